/** Why threads waited for the GIL: each wait by what the holders did meanwhile. */
import { lowerBound } from '../../columns';
import { ThreadState } from '../../threads/states';
import { WaitKind, type StateTrack } from '../../threads/result';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import type { RunColumns } from './run-columns';

const { RunningGil, OnCpu } = ThreadState;

/** Waiting time of one reason, and the charged lines of those that made others wait. */
export class WaitTime {
  total: Nanoseconds = 0;
  readonly waiters = new Map<ThreadIndex, Nanoseconds>();
  readonly holderLines = new Map<LineIndex, Nanoseconds>();
  count = 0;

  add(waiter: ThreadIndex, line: LineIndex, time: Nanoseconds): void {
    this.total += time;
    this.count++;
    this.waiters.set(waiter, (this.waiters.get(waiter) ?? 0) + time);
    this.holderLines.set(line, (this.holderLines.get(line) ?? 0) + time);
  }
}

/** All time that threads waited for the GIL, by why. */
export interface GilWaits {
  /** A call kept the GIL, whoever asked for it. */
  readonly kept: WaitTime;
  /** The waiter wanted the GIL for a moment only, and waited for the turn of a thread that never gives it up by itself. */
  readonly convoy: WaitTime;
  /** A thread let go of the GIL and had it again, time after time, before the waiter got it. */
  readonly starved: WaitTime;
  /** All others: threads of Python code take turns. */
  readonly shared: WaitTime;
}

/**
 * A hold that was wanted for so many switch intervals and whose thread was on a CPU all the while is one call: the
 * interpreter looks at a request between any two instructions (Python/ceval_gil.c). Where holds are sampled, two or three in a row
 * may look like one, and where the machine is busy the waiter asks late.
 */
const KEPT_INTERVALS = 3;

/** Part of a switch interval that a thread may need the GIL for at a time to be called brief. */
const BRIEF = 0.2;

/**
 * A thread that had the GIL for so small a part of the time in which it had or wanted it, compared with all threads, was
 * starved if others had it again and again meanwhile: where threads take turns, each gets its part.
 */
const STARVED_PART = 0.4;

/** So many holds of one thread within a wait tell that it had the GIL again and again. */
const STARVED_HOLDS = 4;

/** Of the holds in a wait at most so many are looked at: with hundreds of threads each wait has hundreds. */
const MOST_HOLDS = 64;

/** @param holdsKnown false on rungs that record waits only: then a wait itself tells how often its request was ignored */
export function gilWaits(
  columns: RunColumns,
  switchInterval: Nanoseconds,
  holdsKnown: boolean
): GilWaits {
  const { waits, stacks } = columns;
  const found: GilWaits = {
    kept: new WaitTime(),
    convoy: new WaitTime(),
    starved: new WaitTime(),
    shared: new WaitTime()
  };
  const brief = holdsKnown
    ? briefThreads(columns, BRIEF * switchInterval)
    : new Set<ThreadIndex>();
  const starved = starvedThreads(columns);
  const kept = keptTimes(columns, switchInterval);
  for (let i = 0; i < waits.length; i++) {
    const duration = waits.end[i] - waits.start[i];
    const waiter = waits.thread[i];
    if (waits.kind[i] === WaitKind.Forced || duration <= 0) {
      continue;
    }
    const met = holdsKnown
      ? holdsWithin(columns, i, kept)
      : holderOf(columns, i, switchInterval);
    const line = stacks.chargedIndex(waits.holderStack[i]);
    const keptTime = Math.min(duration, met.kept);
    if (keptTime > 0) {
      found.kept.add(waiter, line, keptTime);
    }
    const rest = duration - keptTime;
    if (rest > 0) {
      const why =
        starved.has(waiter) && met.holds >= STARVED_HOLDS
          ? found.starved
          : brief.has(waiter) && met.thread >= 0 && !brief.has(met.thread)
            ? found.convoy
            : found.shared;
      why.add(waiter, line, rest);
    }
  }
  return found;
}

/** What other threads did within a wait. */
interface Met {
  /** Time that calls kept the GIL. */
  readonly kept: Nanoseconds;
  /** Who held it longest, -1 if not known, and how often it took it. */
  readonly thread: ThreadIndex;
  readonly holds: number;
}

function holdsWithin(
  { waits, holds }: RunColumns,
  wait: number,
  kept: Float64Array
): Met {
  const start = waits.start[wait];
  const end = waits.end[wait];
  const first = Math.max(0, lowerBound(holds.start, holds.length, start) - 1);
  const last = Math.min(holds.length, first + MOST_HOLDS);
  const met = new Map<ThreadIndex, { holds: number; time: Nanoseconds }>();
  let keptTime = 0;
  for (let row = first; row < last && holds.start[row] < end; row++) {
    const overlap =
      Math.min(end, holds.end[row]) - Math.max(start, holds.start[row]);
    const holder = holds.thread[row];
    if (overlap <= 0 || holder === waits.thread[wait]) {
      continue;
    }
    keptTime += kept[row] > 0 ? overlap : 0;
    const before = met.get(holder);
    met.set(holder, {
      holds: (before?.holds ?? 0) + 1,
      time: (before?.time ?? 0) + overlap
    });
  }
  let thread = waits.holder[wait];
  let most = { holds: 0, time: 0 };
  for (const [holder, sum] of met) {
    if (sum.time > most.time) {
      most = sum;
      thread = holder;
    }
  }
  return { kept: keptTime, holds: most.holds, thread };
}

/** Where holds are not known: who held the GIL at the request, and how long it ran on while requests were ignored. */
function holderOf(
  { waits, tracks }: RunColumns,
  wait: number,
  switchInterval: Nanoseconds
): Met {
  const thread = waits.holder[wait];
  const from = waits.start[wait];
  const to = waits.end[wait];
  const ran =
    thread >= 0 && waits.ignored[wait] >= KEPT_INTERVALS
      ? timeOnCpu(tracks[thread], from, to)
      : 0;
  return {
    kept: ran >= KEPT_INTERVALS * switchInterval ? ran : 0,
    holds: 0,
    thread
  };
}

/** Threads that need the GIL for moments only: how long they ran with it each time that they waited for it. */
function briefThreads(
  { waits, document, rowOf }: RunColumns,
  limit: Nanoseconds
): Set<ThreadIndex> {
  const waited = new Uint32Array(rowOf.length);
  for (let i = 0; i < waits.length; i++) {
    waited[waits.thread[i]] += waits.kind[i] === WaitKind.Forced ? 0 : 1;
  }
  const brief = new Set<ThreadIndex>();
  waited.forEach((count, thread) => {
    const { states_ns: states } = document.threads[rowOf[thread]];
    if (count > 0 && (states['running-gil'] ?? 0) / count < limit) {
      brief.add(thread);
    }
  });
  return brief;
}

function starvedThreads({ document, rowOf }: RunColumns): Set<ThreadIndex> {
  const times = document.threads.map(({ states_ns: states }) => ({
    held: (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0),
    waited: states['waiting-gil'] ?? 0
  }));
  const held = times.reduce((sum, time) => sum + time.held, 0);
  const waited = times.reduce((sum, time) => sum + time.waited, 0);
  const limit = (STARVED_PART * held) / Math.max(1, held + waited);
  const starved = new Set<ThreadIndex>();
  rowOf.forEach((row, thread) => {
    const own = times[row];
    if (own.waited > 0 && own.held < limit * (own.held + own.waited)) {
      starved.add(thread);
    }
  });
  return starved;
}

/** For each hold how long its thread ran on a CPU though another one had asked for the GIL; 0 unless that was for long. */
function keptTimes(
  { holds, tracks }: RunColumns,
  switchInterval: Nanoseconds
): Float64Array {
  const kept = new Float64Array(holds.length);
  const limit = KEPT_INTERVALS * switchInterval;
  for (let i = 0; i < holds.length; i++) {
    if (holds.wanted[i] >= limit) {
      const start = holds.start[i];
      const end = holds.end[i];
      const ran = timeOnCpu(tracks[holds.thread[i]], start, end);
      const ranWanted = ran - (end - start - holds.wanted[i]);
      kept[i] = ranWanted >= limit ? ranWanted : 0;
    }
  }
  return kept;
}

function timeOnCpu(
  { length, start, state, end }: StateTrack,
  from: Nanoseconds,
  to: Nanoseconds
): Nanoseconds {
  let time = 0;
  const first = Math.max(0, lowerBound(start, length, from, true) - 1);
  for (let row = first; row < length && start[row] < to; row++) {
    const until = row + 1 < length ? start[row + 1] : end;
    if (state[row] === RunningGil || state[row] === OnCpu) {
      time += Math.max(0, Math.min(until, to) - Math.max(start[row], from));
    }
  }
  return time;
}

/** The key with the largest value; -1 if there is none. */
export function mostOf(sums: ReadonlyMap<number, number>): number {
  let most = -1;
  let largest = 0;
  for (const [key, sum] of sums) {
    if (key >= 0 && sum > largest) {
      largest = sum;
      most = key;
    }
  }
  return most;
}
