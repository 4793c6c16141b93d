/** The longest waits of several threads. */
import type { Nanoseconds, ThreadIndex } from '../units';
import type { ThreadTimeline } from './thread-timeline';
import { NO_WAIT } from './wait-track';

/** A wait of one thread. */
export interface ThreadWait {
  readonly thread: ThreadIndex;
  /** By which others know it: of WaitColumns. */
  readonly row: number;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** Waits of one thread that are next to each other, led by the longest of them. */
interface Candidate {
  readonly thread: ThreadIndex;
  /** Positions in the thread's WaitTrack. */
  readonly longest: number;
  readonly first: number;
  readonly end: number;
  readonly duration: Nanoseconds;
  readonly row: number;
}

/**
 * The longest waits that belong to [from, to), longest first, of equals the one with the smaller row.
 * Takes logarithmic time for each wait that it gives back, however many there are.
 */
export function longestWaits(
  timelines: readonly ThreadTimeline[],
  threads: readonly ThreadIndex[],
  from: Nanoseconds,
  to: Nanoseconds,
  limit: number
): ThreadWait[] {
  // Sorted, best first. Each yields a wait, so that more than are still asked for can't count.
  const candidates: Candidate[] = [];
  const found: ThreadWait[] = [];
  const add = (thread: ThreadIndex, first: number, end: number): void => {
    const { waits } = timelines[thread];
    const longest = waits.longestOf(first, end);
    if (longest === NO_WAIT) {
      return;
    }
    const duration = waits.duration(longest);
    const row = waits.row(longest);
    const added = { thread, longest, first, end, duration, row };
    let at = candidates.length;
    while (at > 0 && isBefore(added, candidates[at - 1])) {
      at--;
    }
    candidates.splice(at, 0, added);
    candidates.length = Math.min(candidates.length, limit - found.length);
  };
  for (const thread of threads) {
    const { earlier, first, end } = timelines[thread].waits.waitsIn(from, to);
    earlier.forEach(wait => add(thread, wait, wait + 1));
    add(thread, first, end);
  }
  while (found.length < limit) {
    const best = candidates.shift();
    if (best === undefined) {
      break;
    }
    const { thread, longest, first, end } = best;
    found.push(threadWait(timelines, thread, longest));
    add(thread, first, longest);
    add(thread, longest + 1, end);
  }
  return found;
}

/** The wait at a position of a thread's track. */
export function threadWait(
  timelines: readonly ThreadTimeline[],
  thread: ThreadIndex,
  wait: number
): ThreadWait {
  const { waits } = timelines[thread];
  return {
    thread,
    row: waits.row(wait),
    start: waits.start(wait),
    end: waits.end(wait)
  };
}

function isBefore(one: Candidate, other: Candidate): boolean {
  return (
    one.duration > other.duration ||
    (one.duration === other.duration && one.row < other.row)
  );
}
