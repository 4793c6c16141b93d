/** A function of time that is constant between steps: what a thread did, from when on. */
import type { Nanoseconds } from '../units';
import { grown } from './growing-column';

/**
 * Steps in order of time: value[i] holds from start[i] until start[i + 1]. Neighbours differ and no step
 * is empty.
 */
export class StepTrack {
  constructor(time: Nanoseconds, value: number) {
    this.start[0] = time;
    this.value[0] = value;
  }

  /** Number of steps, at least one. */
  length = 1;
  start = new Float64Array(4);
  value = new Uint8Array(4);

  /** The value that holds now. */
  get last(): number {
    return this.value[this.length - 1];
  }

  /** When the last step began. */
  get lastStart(): Nanoseconds {
    return this.start[this.length - 1];
  }

  /**
   * From `time` on the value holds. A time before the last step counts as that step's: within one
   * thread the order of records is right even where a stamp is not.
   */
  append(time: Nanoseconds, value: number): void {
    const end = this.length - 1;
    if (time <= this.start[end]) {
      this.replaceLast(value);
    } else if (this.value[end] !== value) {
      if (this.length === this.start.length) {
        this._grow();
      }
      this.start[this.length] = time;
      this.value[this.length] = value;
      this.length++;
    }
  }

  /** Corrects the value of the last step. */
  replaceLast(value: number): void {
    const end = this.length - 1;
    if (end > 0 && this.value[end - 1] === value) {
      this.length--;
    } else {
      this.value[end] = value;
    }
  }

  /** Index of the step that holds at `time`; 0 for a time before the first one. */
  indexAt(time: Nanoseconds): number {
    let low = 0;
    let high = this.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.start[middle] <= time) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Drops the oldest steps, all but the last one at most. */
  forget(steps: number): void {
    const count = Math.min(steps, this.length - 1);
    if (count > 0) {
      this.start.copyWithin(0, count, this.length);
      this.value.copyWithin(0, count, this.length);
      this.length -= count;
    }
  }

  /**
   * Begins anew with one step.
   *
   * @param spare how many more steps than are read may be appended while they are
   * @returns the steps from `first` on, which stay until others were appended in their place
   */
  rewind(
    first: number,
    spare: number,
    time: Nanoseconds,
    value: number
  ): { length: number; start: Float64Array; value: Uint8Array } {
    const from = spare + 1;
    const length = this.length - first;
    while (from + length > this.start.length) {
      this._grow();
    }
    this.start.copyWithin(from, first, this.length);
    this.value.copyWithin(from, first, this.length);
    this.length = 1;
    this.start[0] = time;
    this.value[0] = value;
    return {
      length,
      start: this.start.subarray(from, from + length),
      value: this.value.subarray(from, from + length)
    };
  }

  private _grow(): void {
    Object.assign(this, grown({ start: this.start, value: this.value }));
  }
}
