/** Why threads waited for the GIL: each wait by what the holders did meanwhile. */
import { lowerBound } from '../../columns';
import { WaitKind } from '../../threads/result';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import { KEPT_INTERVALS, keptHolds, timeInCall } from './kept-holds';
import type { RunColumns } from './run-columns';
import {
  briefThreads,
  sleepingHolders,
  starvedThreads
} from './thread-manners';

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
  const brief = briefThreads(columns, switchInterval);
  // Sampled waits may be several in a row, with holds of the waiter between that no reading met.
  const starved =
    columns.document.capture.mode === 'sample'
      ? new Set<ThreadIndex>()
      : starvedThreads(columns);
  const sleepers = sleepingHolders(columns);
  const kept = keptHolds(columns, switchInterval, sleepers);
  // A thread waits once at a time: where its waits overlap, a drop was missed.
  const waitedUntil = new Float64Array(columns.rowOf.length).fill(-Infinity);
  for (let i = 0; i < waits.length; i++) {
    const waiter = waits.thread[i];
    const start = Math.max(waits.start[i], waitedUntil[waiter]);
    const duration = waits.end[i] - start;
    if (waits.kind[i] === WaitKind.Forced || duration <= 0) {
      continue;
    }
    waitedUntil[waiter] = waits.end[i];
    const met = holdsKnown
      ? holdsWithin(columns, i, kept)
      : holderOf(columns, i, switchInterval, sleepers);
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
  /** Who held it longest, -1 if not known, and how often it took it, or at least took it when it was free. */
  readonly thread: ThreadIndex;
  readonly holds: number;
}

function holdsWithin(
  { waits, holds, document, rowOf }: RunColumns,
  wait: number,
  kept: Uint8Array
): Met {
  const start = waits.start[wait];
  const end = waits.end[wait];
  const waiter = waits.thread[wait];
  const pidOf = (thread: ThreadIndex): number =>
    document.threads[rowOf[thread]].pid;
  const first = Math.max(0, lowerBound(holds.start, holds.length, start) - 1);
  const last = Math.min(holds.length, first + MOST_HOLDS);
  const met = new Map<ThreadIndex, { holds: number; time: Nanoseconds }>();
  let keptTime = 0;
  for (let row = first; row < last && holds.start[row] < end; row++) {
    const overlap =
      Math.min(end, holds.end[row]) - Math.max(start, holds.start[row]);
    const holder = holds.thread[row];
    // Each process has a GIL of its own.
    if (overlap <= 0 || holder === waiter || pidOf(holder) !== pidOf(waiter)) {
      continue;
    }
    keptTime += kept[row] * overlap;
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

/**
 * A waiter asks in vain once in a switch interval. Where it woke far more often, or most of its sleeps were shorter (the rung
 * `futex` counts whole ones only), drops woke it, and the GIL was taken again before it was awake.
 */
const OFTEN = 1.5;
const SELDOM = 0.5;

/** Where holds are not known: who held the GIL at the request, and how long it ran on while requests were ignored. */
function holderOf(
  { waits, tracks }: RunColumns,
  wait: number,
  switchInterval: Nanoseconds,
  sleepers: ReadonlySet<ThreadIndex>
): Met {
  const thread = waits.holder[wait];
  const from = waits.start[wait];
  const to = waits.end[wait];
  const ignored = waits.ignored[wait];
  const rounds = Math.floor((to - from) / switchInterval);
  const dropped = ignored > OFTEN * (rounds + 1) || ignored < SELDOM * rounds;
  const ran =
    thread >= 0 && ignored >= KEPT_INTERVALS && !dropped
      ? timeInCall(tracks[thread], from, to, sleepers.has(thread))
      : 0;
  return {
    kept: ran >= KEPT_INTERVALS * switchInterval ? to - from : 0,
    holds: dropped ? rounds : 0,
    thread
  };
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
