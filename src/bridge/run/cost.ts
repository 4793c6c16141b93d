/** What tracing cost: lower bounds, from the hits within the run and the calibrated cost of one. */
import { WaitKind, type ThreadsResult } from '../../core/threads/result';
import type { Nanoseconds } from '../../core/units';

export interface Cost {
  /** Added time in percent of what the run would have taken without it. */
  overhead_percent: number;
  /** The part that was spent while a thread held the GIL, or was just taking it: it made others wait. */
  lengthened_holds_ns: Nanoseconds;
}

/**
 * A request and a drop a hold, two probes for each round of a wait, two for each run of the collector and for
 * each wait for a lock.
 *
 * @param hits as the kernel counted them in the whole recording: in `waits`, holds are known that no probe saw
 */
export function costOf(
  result: ThreadsResult,
  nsPerHit: Nanoseconds,
  hits: number
): Cost {
  const { waits, holds, lockWaits, collections } = result;
  let rounds = 0;
  let acquires = 0;
  for (let row = 0; row < waits.length; row++) {
    const contended = waits.kind[row] === WaitKind.Contended ? 1 : 0;
    rounds += waits.ignored[row] + contended;
    acquires += contended;
  }
  const seen =
    2 * (holds.length + rounds + lockWaits.length + collections.length);
  const duration = result.end - result.begin;
  return {
    overhead_percent: addedPercent(Math.min(seen, hits) * nsPerHit, duration),
    lengthened_holds_ns: Math.round(
      (acquires + 2 * collections.length) * nsPerHit
    )
  };
}

/** What was added to what the time would have been without it, in percent with one decimal. */
export function addedPercent(
  added: Nanoseconds,
  duration: Nanoseconds
): number {
  const bare = Math.max(duration - added, duration / 100);
  return duration > 0 ? Math.round((1000 * added) / bare) / 10 : 0;
}
