/**
 * How the time of a hold is split over the lines that its holder ran.
 *
 * A hold in which the holder was seen is split halfway between sightings. Holds in which nobody looked are
 * mostly short; they are split as others that began on the same line. To know that split from the holds that were
 * seen, their bias must be undone: a hold of length L is met by evenly spread readings, one each P, with
 * probability L / P, so a hold that was met stands for P / L - 1 others that were not, which together last
 * P - L. That is its weight.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { LineSamples, ThreadSamples } from './line-samples';

/** Holds of one GIL in order of time, without overlaps. */
export interface HoldsWithLines {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** LineIndex at the request. */
  readonly line: ArrayLike<LineIndex>;
}

/** Shares of the holds that nobody saw and that began on the same line; they sum to 1. */
export interface Pool {
  readonly stack: Int32Array;
  readonly share: Float64Array;
  /** Variance of each share. */
  readonly variance: Float64Array;
}

/** Receives a part of a hold: its stack, -1 if nobody knows, or -2 - (index of the pool). */
export type SharePart = (stackOrPool: number, time: Nanoseconds) => void;

interface GrowingPool {
  thread: ThreadIndex;
  line: LineIndex;
  /** Sums of the weights and of their squares. */
  weights: Map<StackIndex, { sum: number; squares: number }>;
  holds: number;
}

/** A hold of so many periods that nobody met was missed: its lines are not known. */
const LONGEST_UNSEEN_PERIODS = 4;

export class LineShares {
  /**
   * @param holds of one GIL
   * @param period mean time between two readings of memory
   */
  constructor(
    private readonly _holds: HoldsWithLines,
    private readonly _samples: LineSamples,
    private readonly _period: Nanoseconds
  ) {
    const { length, thread, start, end, line } = _holds;
    this.first = new Int32Array(length);
    this.count = new Int32Array(length);
    this.pool = new Int32Array(length);
    // One entry a thread: its place in its samples, and the line and pool of its hold before.
    const threads = highest(thread, length) + 1;
    const samples = Array.from({ length: threads }, (_, index) =>
      _samples.ofHolder(index)
    );
    const cursor = new Int32Array(threads);
    const lineBefore = new Int32Array(threads).fill(NO_LINE_YET);
    const poolBefore = new Int32Array(threads);
    for (let hold = 0; hold < length; hold++) {
      const holder = thread[hold];
      const { time } = samples[holder];
      let at = cursor[holder];
      while (at < time.length && time[at] < start[hold]) {
        at++;
      }
      this.first[hold] = at;
      while (at < time.length && time[at] <= end[hold]) {
        at++;
      }
      this.count[hold] = at - this.first[hold];
      cursor[holder] = at;
      if (lineBefore[holder] !== line[hold]) {
        lineBefore[holder] = line[hold];
        poolBefore[holder] = this._poolOf(holder, line[hold]);
      }
      this.pool[hold] = poolBefore[holder];
      if (this.count[hold] > 0) {
        this._weigh(hold, samples[holder]);
      }
    }
  }

  /** Adds what a hold that was met says of those that were not. */
  private _weigh(hold: number, { stack, even }: ThreadSamples): void {
    const weight =
      this._period - (this._holds.end[hold] - this._holds.start[hold]);
    if (weight <= 0) {
      return;
    }
    const first = this.first[hold];
    const last = first + this.count[hold];
    let readings = 0;
    for (let i = first; i < last; i++) {
      readings += even[i];
    }
    const growing = this._pools[this.pool[hold]];
    for (let i = first; i < last; i++) {
      if (even[i] === 1) {
        addWeight(growing, stack[i], weight / readings);
      }
    }
    growing.holds += readings > 0 ? 1 : 0;
  }

  private _poolOf(thread: ThreadIndex, line: LineIndex): number {
    const key = (line + 1) * 2 ** 17 + thread;
    let pool = this._poolIndexes.get(key);
    if (pool === undefined) {
      pool =
        this._pools.push({ thread, line, weights: new Map(), holds: 0 }) - 1;
      this._poolIndexes.set(key, pool);
    }
    return pool;
  }

  /** By hold: its first sample in the thread's samples, and how many it has. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** By hold: index of the pool that it belongs to if nobody saw it. */
  readonly pool: Int32Array;

  /** What `split` gives for a hold in which nobody looked. */
  unseenPlace(hold: number): number {
    const length = this._holds.end[hold] - this._holds.start[hold];
    return length > LONGEST_UNSEEN_PERIODS * this._period
      ? -1
      : -2 - this.pool[hold];
  }

  /** Thread and line of the request of a pool's holds. */
  poolKey(pool: number): { thread: ThreadIndex; line: LineIndex } {
    return this._pools[pool];
  }

  /** Number of pools. */
  get poolCount(): number {
    return this._pools.length;
  }

  /** Calls `part` for each part of the hold between `from` and `to`. */
  split(
    hold: number,
    from: Nanoseconds,
    to: Nanoseconds,
    part: SharePart
  ): void {
    const count = this.count[hold];
    if (count === 0) {
      part(this.unseenPlace(hold), to - from);
      return;
    }
    const { time, stack } = this._samples.ofHolder(this._holds.thread[hold]);
    const first = this.first[hold];
    let begin = from;
    for (let i = first; i < first + count && begin < to; i++) {
      const last = i + 1 === first + count;
      const border = last ? to : Math.min(to, (time[i] + time[i + 1]) / 2);
      if (border > begin) {
        part(stack[i], border - begin);
        begin = border;
      }
    }
  }

  /** The pools, by the index that `split` gives. */
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
        return finished(pool);
      }
      if (pool.line >= 0) {
        // Never met: shorter than a reading takes, so it hardly left the line on which it began.
        const stack = this._samples.stackAt(pool.thread, pool.line, 0);
        return {
          stack: Int32Array.of(stack),
          share: Float64Array.of(1),
          // Nothing supports it: it may be wrong altogether.
          variance: Float64Array.of(1 / 3)
        };
      }
      const all = byThread.get(pool.thread);
      return all !== undefined && all.holds > 0
        ? finished(all)
        : {
            stack: Int32Array.of(-1),
            share: Float64Array.of(1),
            variance: Float64Array.of(0)
          };
    });
  }

  private readonly _pools: GrowingPool[] = [];
  private readonly _poolIndexes = new Map<number, number>();
}

/** Less than any line. */
const NO_LINE_YET = -2;

function highest(threads: ArrayLike<ThreadIndex>, length: number): number {
  let most = -1;
  for (let row = 0; row < length; row++) {
    most = threads[row] > most ? threads[row] : most;
  }
  return most;
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
function finished(pool: GrowingPool): Pool {
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
