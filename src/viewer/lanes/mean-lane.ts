/** Several lanes as one: the mean of their threads. */
import { STATE_COUNT, type ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import type { Lane } from './lane-data';
import type { ColumnShares, ILaneSource } from './lane-source';
import type { TimeRange } from './time-scale';

export class MeanLane implements ILaneSource {
  constructor(private readonly _lanes: readonly Lane[]) {
    this.states = [
      ...new Set(_lanes.flatMap(({ source }) => [...source.states]))
    ];
  }

  readonly states: readonly ThreadState[];

  columnShares(range: TimeRange, columns: number, out: ColumnShares): void {
    const sum = new MeanShares(columns);
    const own = new Float64Array(columns * STATE_COUNT);
    for (const { source, count } of this._lanes) {
      source.columnShares(range, columns, own);
      sum.add(own, count);
    }
    out.set(sum.take().subarray(0, own.length));
  }

  /** Several threads have no interval in common. */
  intervalAt(): undefined {
    return undefined;
  }

  visitExact(): void {
    // As above.
  }

  resolutionAt(time: Nanoseconds): Nanoseconds {
    return this._lanes.reduce(
      (coarsest, { source }) => Math.max(coarsest, source.resolutionAt(time)),
      0
    );
  }
}

/** Adds lanes up to their mean, for who has their shares anyway. */
export class MeanShares {
  constructor(columns: number) {
    this._sum = new Float64Array(columns * STATE_COUNT);
  }

  /** Forget what was added. */
  clear(): void {
    this._sum.fill(0);
    this._count = 0;
  }

  /** @param count number of threads that these shares are the mean of */
  add(shares: ColumnShares, count: number): void {
    const sum = this._sum;
    for (let i = 0; i < sum.length; i++) {
      sum[i] += shares[i] * count;
    }
    this._count += count;
  }

  /** The mean; what was added is gone after that. */
  take(): ColumnShares {
    const { _sum: sum, _count: count } = this;
    for (let i = 0; i < sum.length && count > 0; i++) {
      sum[i] /= count;
    }
    this._count = 0;
    return sum;
  }

  private readonly _sum: ColumnShares;
  private _count = 0;
}
