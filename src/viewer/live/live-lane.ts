/** The last half minute of one thread, as shares in buckets: a ring, so that a run of any length takes the same memory. */
import { STATE_COUNT, type ThreadState } from '../../core/threads/states';
import { LIVE_BUCKETS } from '../../core/trace/live-frame';
import type { LiveSharesView } from '../../core/trace/live-frame-view';
import { SHARE_SUM } from '../../core/trace/shares';
import type { Nanoseconds } from '../../core/units';
import type { ColumnShares, ILaneSource } from '../lanes/lane-source';
import type { TimeRange } from '../lanes/time-scale';

/** One bucket more than is shown: the newest one has only begun. */
const CAPACITY = LIVE_BUCKETS + 1;

export class LiveLane implements ILaneSource {
  constructor(private readonly _bucketNs: Nanoseconds) {}

  /** Those that have occurred so far. */
  get states(): readonly ThreadState[] {
    return this._states;
  }

  /** Time in a state, in buckets, over what is kept. */
  total(state: ThreadState): number {
    return this._sums[state] / SHARE_SUM;
  }

  /**
   * Take buckets in; those told before are replaced, those older than the ring are left out.
   *
   * @param states of the told shares: those that occur in their frame, while what is kept may have others
   */
  write(told: LiveSharesView, states: readonly ThreadState[]): void {
    const last = told.first + told.count - 1;
    if (told.count === 0) {
      return;
    }
    for (const state of states) {
      if (!this._states.includes(state)) {
        this._states.push(state);
      }
    }
    this._advance(last);
    const oldest = Math.max(told.first, this._newest - CAPACITY + 1);
    for (let bucket = oldest; bucket <= last; bucket++) {
      this._clear(bucket);
      const to = (bucket % CAPACITY) * STATE_COUNT;
      const from = (bucket - told.first) * states.length;
      for (let i = 0; i < states.length; i++) {
        const share = told.shares[from + i];
        this._shares[to + states[i]] = share;
        this._sums[states[i]] += share;
      }
    }
  }

  /** As ILaneSource says; nothing is allocated. */
  columnShares(range: TimeRange, columns: number, out: ColumnShares): void {
    out.fill(0, 0, columns * STATE_COUNT);
    for (let i = 0; i < this._states.length; i++) {
      const state = this._states[i];
      if (this._sums[state] > 0) {
        this.addState(state, range, columns, out, state, STATE_COUNT);
      }
    }
  }

  /** Add the shares of one state in each column over `range` to out[offset], out[offset + stride], … */
  addState(
    state: ThreadState,
    range: TimeRange,
    columns: number,
    out: Float64Array,
    offset: number,
    stride: number
  ): void {
    const scale = columns / (range.end - range.start);
    const bucketNs = this._bucketNs;
    const oldest = Math.max(0, this._newest - CAPACITY + 1);
    const first = Math.max(oldest, Math.floor(range.start / bucketNs));
    const last = Math.min(this._newest, Math.ceil(range.end / bucketNs) - 1);
    for (let bucket = first; bucket <= last; bucket++) {
      const share = this._shares[(bucket % CAPACITY) * STATE_COUNT + state];
      if (share === 0) {
        continue;
      }
      const left = Math.max(0, (bucket * bucketNs - range.start) * scale);
      const right = Math.min(
        columns,
        ((bucket + 1) * bucketNs - range.start) * scale
      );
      // A bucket may be a part of a column, or lie in several.
      for (let column = Math.floor(left); column < right; column++) {
        const covered = Math.min(right, column + 1) - Math.max(left, column);
        out[offset + column * stride] += (covered * share) / SHARE_SUM;
      }
    }
  }

  /** Only shares are known. */
  intervalAt(): undefined {
    return undefined;
  }

  visitExact(): void {
    // None is known.
  }

  resolutionAt(): Nanoseconds {
    return this._bucketNs;
  }

  /** Make room up to a bucket. */
  private _advance(to: number): void {
    if (to - this._newest >= CAPACITY) {
      this._shares.fill(0);
      this._sums.fill(0);
      this._newest = to;
    }
    while (this._newest < to) {
      this._clear(++this._newest);
    }
  }

  private _clear(bucket: number): void {
    const at = (bucket % CAPACITY) * STATE_COUNT;
    for (let state = 0; state < STATE_COUNT; state++) {
      this._sums[state] -= this._shares[at + state];
      this._shares[at + state] = 0;
    }
  }

  private readonly _states: ThreadState[] = [];
  /** [bucket modulo CAPACITY][ThreadState]; 0 where nothing is known. */
  private readonly _shares = new Uint8Array(CAPACITY * STATE_COUNT);
  private readonly _sums = new Float64Array(STATE_COUNT);
  private _newest = -1;
}
