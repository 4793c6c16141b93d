/** What watchpoints cost: lower bounds, from the hits within the run and the calibrated cost of one. */
import { WaitKind, type ThreadsResult } from '../../core/threads/result';
import type { Nanoseconds } from '../../core/units';
import type { Cost } from '../run/cost';

/**
 * A take and a drop a hold, and one hit for each round of a wait and for each forced switch. A hit at a take or a
 * drop lengthens the hold: the thread has the GIL or, just behind the drop, gil->mutex still.
 */
export function watchCost(
  { waits, holds, begin, end }: ThreadsResult,
  nsPerHit: Nanoseconds
): Cost {
  let rounds = 0;
  for (let row = 0; row < waits.length; row++) {
    rounds += waits.kind[row] === WaitKind.Handoff ? 0 : 1 + waits.ignored[row];
  }
  const added = (2 * holds.length + rounds) * nsPerHit;
  const duration = end - begin;
  const bare = Math.max(duration - added, duration / 100);
  return {
    overhead_percent: duration > 0 ? Math.round((1000 * added) / bare) / 10 : 0,
    lengthened_holds_ns: Math.round(2 * holds.length * nsPerHit)
  };
}
