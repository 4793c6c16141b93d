/**
 * What threads waited for from each other: the thread that started them, the release of a lock, the end of a thread.
 *
 * An event happens in one thread's programme and is awaited in others'. All that is awaited lies before in the recorded
 * time, so that no replay can wait in a circle.
 */
import { lowerBound } from '../../columns';
import { ThreadState } from '../../threads/states';
import type { Nanoseconds, ThreadIndex } from '../../units';
import type { Excerpt } from './excerpt';
import type { RecordedRun } from './recorded-run';

/** Something to be put into a thread's programme. */
export interface Mark {
  readonly time: Nanoseconds;
  readonly signal: boolean;
  readonly event: number;
}

/** What of a thread's waiting is replaced by events. */
export interface ThreadLinks {
  /** In order of time. */
  readonly marks: Mark[];
  /** Waits that last as long as the replay makes them, in order of time. */
  readonly elastic: {
    readonly start: Nanoseconds;
    readonly end: Nanoseconds;
  }[];
  /** Event of its start; -1 if it was there before. */
  birth: number;
  /** Event of its end; -1 if it outlived the run. */
  exit: number;
  /** Nobody waits for its end: it would go on. */
  endless: boolean;
  /** Ends of threads that it started that it must wait for at its own. */
  readonly lastly: number[];
}

export interface Links {
  readonly threads: readonly ThreadLinks[];
  readonly events: number;
}

/** join() returns so soon before or after the kernel says that the thread ended. */
const JOIN_TIME: Nanoseconds = 2_000_000;

/** States of a thread that has let go of the GIL for the last time, until its end. */
const ENDING: readonly number[] = [ThreadState.Running, ThreadState.Preempted];

/** A thread ends so soon before the run when it is told to, and nobody waits for it. */
const ENDS_WITH_RUN: Nanoseconds = 20_000_000;

export function findLinks(run: RecordedRun, excerpt: Excerpt): Links {
  const threads = run.threads.map((): ThreadLinks => ({
    marks: [],
    elastic: [],
    birth: -1,
    exit: -1,
    endless: false,
    lastly: []
  }));
  let events = 0;
  const children: ThreadIndex[][] = run.threads.map(() => []);
  const main = run.threads.findIndex(thread => thread.main);
  run.threads.forEach(({ track }, thread) => {
    const end = endOf(run, thread);
    threads[thread].endless = end >= run.end && thread !== main;
    const begin = track.length > 0 ? track.start[0] : track.end;
    if (begin > run.begin) {
      const parent = holderAt(run, begin) ?? main;
      if (parent >= 0 && parent !== thread) {
        threads[thread].birth = events;
        threads[parent].marks.push({
          time: begin,
          signal: true,
          event: events++
        });
        if (end < run.end) {
          threads[thread].exit = events++;
          children[parent].push(thread);
        }
      }
    }
  });
  events = linkLocks(run, excerpt, threads, events);
  children.forEach((own, parent) => {
    own.sort((a, b) => endOf(run, a) - endOf(run, b));
    linkJoins(run, threads, parent, own);
  });
  for (const { marks, elastic } of threads) {
    marks.sort((a, b) => a.time - b.time);
    elastic.sort((a, b) => a.start - b.start);
  }
  return { threads, events };
}

/** Waits for locks of which it is known who released them. */
function linkLocks(
  { lockWaits, threads: recorded }: RecordedRun,
  excerpt: Excerpt,
  threads: readonly ThreadLinks[],
  events: number
): number {
  const { length, thread, start, end, holder } = lockWaits;
  for (let row = 0; row < length; row++) {
    const by = holder[row];
    if (by < 0 || by === thread[row] || recorded[by] === undefined) {
      continue;
    }
    const { track } = recorded[by];
    const released = Math.min(end[row], track.end);
    threads[thread[row]].elastic.push({ start: start[row], end: end[row] });
    if (excerpt.has(released) && excerpt.has(end[row])) {
      const event = events++;
      threads[by].marks.push({ time: released, signal: true, event });
      threads[thread[row]].marks.push({ time: end[row], signal: false, event });
    }
  }
  return events;
}

/**
 * A thread waits for those that it started: at the end of the first wait that lasts beyond their end.
 *
 * @param children in order of their ends
 */
function linkJoins(
  run: RecordedRun,
  threads: readonly ThreadLinks[],
  parent: ThreadIndex,
  children: readonly ThreadIndex[]
): void {
  const { track } = run.threads[parent];
  const { marks, elastic, lastly } = threads[parent];
  let child = 0;
  for (let i = 0; i < track.length && child < children.length; i++) {
    const state = track.state[i];
    const start = track.start[i];
    const end = i + 1 < track.length ? track.start[i + 1] : track.end;
    const waits =
      state === ThreadState.WaitingLock || state === ThreadState.OffCpu;
    if (!waits) {
      continue;
    }
    let joined = false;
    while (
      child < children.length &&
      endOf(run, children[child]) < end + JOIN_TIME
    ) {
      const ended = endOf(run, children[child]);
      joined ||= ended > start && ended > end - JOIN_TIME;
      const { exit } = threads[children[child++]];
      marks.push({ time: end, signal: false, event: exit });
    }
    if (joined) {
      elastic.push({ start, end });
    }
  }
  for (const each of children.slice(child)) {
    // One that ended with the run ended because it was told to.
    if (endOf(run, each) < run.end - ENDS_WITH_RUN) {
      lastly.push(threads[each].exit);
    } else {
      threads[each].endless = true;
    }
  }
}

/**
 * When a thread was done. join() returns as soon as the interpreter has forgotten the thread, which then takes some more time to
 * end: so one that outlived the run by that was done when it let go of the GIL for the last time.
 */
function endOf(
  { threads, end }: RecordedRun,
  thread: ThreadIndex
): Nanoseconds {
  const { track } = threads[thread];
  if (track.end < end) {
    return track.end;
  }
  let last = track.length;
  while (last > 0 && ENDING.includes(track.state[last - 1])) {
    last--;
  }
  const done = last < track.length ? track.start[last] : track.end;
  return last > 0 && end - done < JOIN_TIME ? done : track.end;
}

/** Who held the GIL: only a thread that does starts another one. */
function holderAt(
  { holds }: RecordedRun,
  time: Nanoseconds
): ThreadIndex | undefined {
  const next = lowerBound(holds.start, holds.length, time, true);
  return next > 0 && holds.end[next - 1] >= time
    ? holds.thread[next - 1]
    : undefined;
}
