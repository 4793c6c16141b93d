/** Whether tracing costs more than it may. */
import type { Nanoseconds } from '../../core/units';

/** Before this time a figure says nothing: imports and first calls come in bursts. */
const SETTLING: Nanoseconds = 300_000_000;

export class OverheadBudget {
  /**
   * @param maxPercent what tracing may add to the time that the program would take without it
   * @param nsPerHit calibrated cost of a probe hit
   */
  constructor(
    private readonly _maxPercent: number,
    private readonly _nsPerHit: number
  ) {}

  /**
   * @param hits so far
   * @param time since the recording began
   */
  isPassed(hits: number, time: Nanoseconds): boolean {
    const added = hits * this._nsPerHit;
    const bare = Math.max(time - added, time / 100);
    return time >= SETTLING && (100 * added) / bare > this._maxPercent;
  }
}
