/**
 * Why threads that could run, or held the GIL, were off their CPUs: for each other, which a replay makes anew; or because they slept
 * or other programs had the CPUs, which it takes as it was.
 */
import { ThreadState } from '../../threads/states';
import type { Nanoseconds } from '../../units';
import type { RecordedRun } from './recorded-run';

const BUCKETS = 2048;

export class CpuUse {
  /** @param _cpus how many CPUs the threads may use */
  constructor(
    { threads, begin, end }: RecordedRun,
    private readonly _cpus: number
  ) {
    this._begin = begin;
    this._width = (end - begin) / BUCKETS;
    for (const { track } of threads) {
      for (let i = 0; i < track.length; i++) {
        const to = i + 1 < track.length ? track.start[i + 1] : track.end;
        switch (track.state[i]) {
          case ThreadState.RunningGil:
          case ThreadState.Running:
            this._add(this._running, track.start[i], to);
            break;
          case ThreadState.HoldingOffCpu:
          case ThreadState.Preempted:
            this._add(this._off, track.start[i], to);
            break;
          default:
        }
      }
    }
  }

  /** Of a time off the CPU the part that other threads of the run did not cause. */
  others(from: Nanoseconds, to: Nanoseconds): number {
    const middle = (from + to) / 2 - this._begin;
    const bucket = Math.min(BUCKETS - 1, Math.floor(middle / this._width));
    const running = this._running[bucket];
    const off = this._off[bucket];
    const idle = Math.min(running + off, this._cpus) - running;
    return off > 0 ? Math.min(1, Math.max(0, idle / off)) : 1;
  }

  /** Adds one thread's time to the mean number of threads in each bucket. */
  private _add(
    threads: Float64Array,
    start: Nanoseconds,
    end: Nanoseconds
  ): void {
    const { _width: width } = this;
    const from = start - this._begin;
    const to = end - this._begin;
    let bucket = Math.floor(from / width);
    for (let at = from; at < to && bucket < BUCKETS; bucket++) {
      const until = Math.min(to, (bucket + 1) * width);
      threads[bucket] += (until - at) / width;
      at = until;
    }
  }

  private readonly _begin: Nanoseconds;
  private readonly _width: Nanoseconds;
  private readonly _running = new Float64Array(BUCKETS);
  private readonly _off = new Float64Array(BUCKETS);
}
