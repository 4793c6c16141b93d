import type { Nanoseconds } from '../units';
import { NO_TIME } from './pending-rows';

const TWO_32 = 2 ** 32;
const ALL_ONES = 0xffffffff;

/**
 * Turns perf's u64 times into numbers relative to the origin. The two halves are subtracted apart, so
 * that the result is exact as long as it is below 2^53 ns (104 days), whatever the origin.
 */
export class TimeOrigin {
  constructor(origin: bigint | undefined) {
    if (origin !== undefined) {
      this._set(Number(origin >> 32n), Number(origin & 0xffffffffn));
    }
  }

  /** The origin in CLOCK_MONOTONIC ns; 0 until it is known. */
  get value(): bigint {
    return (BigInt(this._high) << 32n) + BigInt(this._low);
  }

  /** The upper half of the origin, or -1 if it is not known. */
  get high(): number {
    return this._known ? this._high : -1;
  }

  /** The lower half of the origin. */
  get low(): number {
    return this._low;
  }

  /** Reads the time at `at`; NO_TIME for 0 and ~0, which perf writes where it has none. */
  read(view: DataView, at: number): Nanoseconds {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    if ((high === 0 && low === 0) || (high === ALL_ONES && low === ALL_ONES)) {
      return NO_TIME;
    }
    if (!this._known) {
      this._set(high, low);
    }
    return (high - this._high) * TWO_32 + (low - this._low);
  }

  private _set(high: number, low: number): void {
    this._high = high;
    this._low = low;
    this._known = true;
  }

  private _known = false;
  private _high = 0;
  private _low = 0;
}
