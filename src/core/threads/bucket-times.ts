/** How long a thread was in each state, in steps of time of one length. */
import type { Nanoseconds } from '../units';
import { STATE_COUNT } from './states';

/** Takes the pieces of a thread's life, in order of time, without gaps. */
export interface StateTimes {
  add(state: number, start: Nanoseconds, end: Nanoseconds): void;
}

export class BucketTimes implements StateTimes {
  /**
   * @param begin where bucket 0 begins
   * @param bucketNs length of a bucket
   */
  constructor(
    private readonly _begin: Nanoseconds,
    private readonly _bucketNs: Nanoseconds
  ) {}

  /** [bucket][ThreadState], from the first one asked for on; longer than asked for. */
  times = new Float64Array(64 * STATE_COUNT);

  /** The bucket that a time lies in. */
  bucketAt(time: Nanoseconds): number {
    return Math.floor((time - this._begin) / this._bucketNs);
  }

  startOf(bucket: number): Nanoseconds {
    return this._begin + bucket * this._bucketNs;
  }

  /** Forgets all, and sums `count` buckets from `first` on. */
  restart(first: number, count: number): void {
    const length = count * STATE_COUNT;
    if (length > this.times.length) {
      this.times = new Float64Array(2 * length);
    } else {
      this.times.fill(0, 0, length);
    }
    this._first = first;
    this._count = count;
  }

  add(state: number, start: Nanoseconds, end: Nanoseconds): void {
    const first = this._first;
    let time = Math.max(start, this.startOf(first));
    const until = Math.min(end, this.startOf(first + this._count));
    let bucket = this.bucketAt(time);
    while (time < until) {
      const next = Math.min(until, this.startOf(bucket + 1));
      this.times[(bucket - first) * STATE_COUNT + state] += next - time;
      time = next;
      bucket++;
    }
  }

  private _first = 0;
  private _count = 0;
}
