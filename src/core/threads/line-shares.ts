/**
 * How the time of a hold is split over the lines that its holder ran.
 *
 * A hold in which the holder was seen is split halfway between sightings. Holds in which nobody looked are
 * mostly short; they are split as others that began on the same line. To know that split from the holds that were
 * seen, their bias must be undone: a hold of length L is met by evenly spread readings, one each P, with
 * probability L / P, so a hold that was met stands for P / L - 1 others that were not, which together last
 * P - L. That is its weight.
 */
import { boundNear } from '../columns';
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import {
  NO_SAMPLES,
  type LineSamples,
  type ThreadSamples
} from './line-samples';

/** Holds of one GIL in order of time, without overlaps. */
export interface HoldsWithLines {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** LineIndex at the request. */
  readonly line: ArrayLike<LineIndex>;
}

/** Holds of one thread that began on the same line, and that nobody saw. */
export interface Unseen {
  /** By which `split` names it. */
  readonly index: number;
  readonly thread: ThreadIndex;
  readonly line: LineIndex;
  /** How long they lasted, and how long they were wanted: summed by who goes through the holds. */
  heldNs: Nanoseconds;
  wantedNs: Nanoseconds;
  /** The same for the time between the drop before and the request of these and of those that were seen. */
  releasedNs: Nanoseconds;
}

/** Shares of the lines of such holds; they sum to 1. */
export interface Pool {
  readonly unseen: Unseen;
  readonly stack: Int32Array;
  readonly share: Float64Array;
  /** Variance of each share. */
  readonly variance: Float64Array;
}

/** Receives a part of a hold: its stack, -1 if nobody knows, or -2 - (index of the pool). */
export type SharePart = (stackOrPool: number, time: Nanoseconds) => void;

interface GrowingPool extends Unseen {
  /** Sums of the weights and of their squares. */
  weights: Map<StackIndex, { sum: number; squares: number }>;
  holds: number;
}

/** A thread's place in its samples, and the pool of its hold before. */
interface Holder {
  readonly samples: ThreadSamples;
  at: number;
  pool: GrowingPool;
}

/** A hold of so many periods that nobody met was missed: its lines are not known. */
const LONGEST_UNSEEN_PERIODS = 4;

export class LineShares {
  /**
   * @param _holds of one GIL
   * @param _period mean time between two readings of memory
   */
  constructor(
    private readonly _holds: HoldsWithLines,
    private readonly _samples: Pick<LineSamples, 'ofHolder' | 'stackAt'>,
    private readonly _period: Nanoseconds
  ) {}

  /** Looks at a hold: all that follows is about it. Quick for one that lies near those before. */
  find(hold: number): void {
    const thread = this._holds.thread[hold];
    const line = this._holds.line[hold];
    const holder = this._holders[thread] ?? this._addHolder(thread, line);
    if (holder.pool.line !== line) {
      holder.pool = this._poolOf(thread, line);
    }
    const { time } = holder.samples;
    const start = this._holds.start[hold];
    const end = this._holds.end[hold];
    let at = boundNear(time, time.length, start, false, holder.at);
    this.first = at;
    while (at < time.length && time[at] <= end) {
      at++;
    }
    this.last = at;
    holder.at = at;
    this.samples = holder.samples;
    this._pool = holder.pool;
    this._length = end - start;
  }

  /** Samples of the hold's thread; the first one that is in the hold, and the one behind the last. */
  samples = NO_SAMPLES;
  first = 0;
  last = 0;

  /** Those that the hold belongs to if nobody saw it. */
  get unseen(): Unseen {
    return this._pool;
  }

  /** Adds what the hold says of those that nobody met. To be called once for each hold. */
  learn(): void {
    const { stack, even } = this.samples;
    const weight = this._period - this._length;
    let readings = 0;
    for (let i = this.first; i < this.last; i++) {
      readings += even[i];
    }
    if (weight <= 0 || readings === 0) {
      return;
    }
    for (let i = this.first; i < this.last; i++) {
      if (even[i] === 1) {
        addWeight(this._pool, stack[i], weight / readings);
      }
    }
    this._pool.holds++;
  }

  /** What `split` gives for the hold if nobody looked in it. */
  get unseenPlace(): number {
    return this._length > LONGEST_UNSEEN_PERIODS * this._period
      ? -1
      : -2 - this._pool.index;
  }

  /** Calls `part` for each part of the hold between `from` and `to`. */
  split(from: Nanoseconds, to: Nanoseconds, part: SharePart): void {
    const { first, last } = this;
    if (first === last) {
      part(this.unseenPlace, to - from);
      return;
    }
    const { time, stack } = this.samples;
    let begin = from;
    for (let i = first; i < last && begin < to; i++) {
      const border =
        i + 1 === last ? to : Math.min(to, (time[i] + time[i + 1]) / 2);
      if (border > begin) {
        part(stack[i], border - begin);
        begin = border;
      }
    }
  }

  /** Those that were met so far, by the index that `split` gives. */
  get groups(): readonly Unseen[] {
    return this._pools;
  }

  /** The pools, by the index that `split` gives, when all holds have been learnt from. */
  pools(): Pool[] {
    const byThread = new Map<ThreadIndex, GrowingPool>();
    for (const pool of this._pools) {
      let all = byThread.get(pool.thread);
      if (all === undefined) {
        all = { ...pool, weights: new Map(), holds: 0 };
        byThread.set(pool.thread, all);
      }
      for (const [stack, { sum, squares }] of pool.weights) {
        addWeight(all, stack, sum, squares);
      }
      all.holds += pool.holds;
    }
    return this._pools.map(pool => {
      if (pool.holds > 0) {
        return { unseen: pool, ...finished(pool) };
      }
      if (pool.line >= 0) {
        // Never met: shorter than a reading takes, so it hardly left the line on which it began.
        const stack = this._samples.stackAt(pool.thread, pool.line, 0);
        return {
          unseen: pool,
          stack: Int32Array.of(stack),
          share: Float64Array.of(1),
          // Nothing supports it: it may be wrong altogether.
          variance: Float64Array.of(1 / 3)
        };
      }
      const all = byThread.get(pool.thread);
      return all !== undefined && all.holds > 0
        ? { unseen: pool, ...finished(all) }
        : {
            unseen: pool,
            stack: Int32Array.of(-1),
            share: Float64Array.of(1),
            variance: Float64Array.of(0)
          };
    });
  }

  private _addHolder(thread: ThreadIndex, line: LineIndex): Holder {
    const holder = {
      samples: this._samples.ofHolder(thread),
      at: 0,
      pool: this._poolOf(thread, line)
    };
    this._holders[thread] = holder;
    return holder;
  }

  private _poolOf(thread: ThreadIndex, line: LineIndex): GrowingPool {
    const key = (line + 1) * 2 ** 17 + thread;
    let pool = this._poolsByKey.get(key);
    if (pool === undefined) {
      pool = newPool(this._pools.length, thread, line);
      this._pools.push(pool);
      this._poolsByKey.set(key, pool);
    }
    return pool;
  }

  private readonly _holders: (Holder | undefined)[] = [];
  /** Of the hold that was looked at. */
  private _pool = newPool(-1, -1, -1);
  private _length: Nanoseconds = 0;
  private readonly _pools: GrowingPool[] = [];
  private readonly _poolsByKey = new Map<number, GrowingPool>();
}

function newPool(
  index: number,
  thread: ThreadIndex,
  line: LineIndex
): GrowingPool {
  return {
    index,
    thread,
    line,
    heldNs: 0,
    wantedNs: 0,
    releasedNs: 0,
    weights: new Map(),
    holds: 0
  };
}

function addWeight(
  { weights }: GrowingPool,
  stack: StackIndex,
  weight: number,
  squares = weight * weight
): void {
  const before = weights.get(stack);
  if (before) {
    before.sum += weight;
    before.squares += squares;
  } else {
    weights.set(stack, { sum: weight, squares });
  }
}

/** Shares are ratios of weighted sums: their variance is that of the weighted residuals. */
function finished(
  pool: GrowingPool
): Pick<Pool, 'stack' | 'share' | 'variance'> {
  const all = [...pool.weights.values()];
  const total = all.reduce((sum, weight) => sum + weight.sum, 0);
  const squares = all.reduce((sum, weight) => sum + weight.squares, 0);
  return {
    stack: Int32Array.from(pool.weights.keys()),
    share: Float64Array.from(all, ({ sum }) => sum / total),
    variance: Float64Array.from(all, weight => {
      const share = weight.sum / total;
      return (
        (weight.squares * (1 - share) ** 2 +
          (squares - weight.squares) * share ** 2) /
        total ** 2
      );
    })
  };
}
