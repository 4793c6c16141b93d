/**
 * The overview of one track for frames that show much of it: the sums of StateSums at even steps of time,
 * so that a frame reads a few values a column and none of the intervals.
 *
 *     time   |-------|-------|-------|--          edges at whole multiples of 2^k ns on the clock
 *     sums   C0      C1      C2      C3           exact ns per state since the track's begin
 *
 * Since the sums are cumulated, any coarser level is the same table read with a longer stride, and one
 * level is kept. It is bounded: when a track grows, every second edge goes (k + 1).
 *
 * What is exact: the sums at the edges, so each span between edges, and each frame as a whole. What is
 * not: a column's edge within a bucket is put there by proportion, which moves at most a quarter of a
 * bucket of each state between two neighbours, at most 1/16 of a column since a column is at least
 * BUCKETS_PER_COLUMN wide. That is for drawing. Tables and tooltips ask StateSums, which is always exact.
 */
import { resized } from '../columns';
import { revived } from './revived';
import type { StateSums } from './state-sums';
import { cutEvenly } from './time-edges';
import type { Nanoseconds } from '../units';

/** Fewer buckets in a column would show: then the intervals themselves are read. */
export const BUCKETS_PER_COLUMN = 4;

/** Fewer intervals than this in a bucket take less memory than the bucket does. */
const INTERVALS_PER_BUCKET = 32;

/** Most buckets of a track: 8 a column on a wide screen at a quarter of the trace. */
const MOST_BUCKETS = 1 << 16;

/** A smaller table would save no time. */
const LEAST_BUCKETS = 256;

/** Edges that are looked up at once. */
const BATCH = 512;

export class BucketSums {
  /** Gives a structured clone its methods back; those of its sums are given by whoever owns them. */
  static revive(clone: BucketSums): BucketSums {
    return revived(clone, BucketSums);
  }

  constructor(private readonly _sums: StateSums) {
    this._columns = new Array<Float64Array | undefined>(_sums.stateCount);
  }

  /** Length of a bucket, a power of two; Infinity while the track is too small for an overview. */
  get bucketNs(): Nanoseconds {
    this.update();
    return this._width;
  }

  /** Bytes that the table takes. */
  get byteLength(): number {
    return this._columns.reduce((sum, c) => sum + (c?.byteLength ?? 0), 0);
  }

  /**
   * Fills `out`, [column][state], with the nanoseconds in each state of a frame's equal columns. Columns sum
   * to what `timeInStates` says of the frame. Times before the track's begin and behind its end count
   * for no state.
   *
   * @param out at least columns x stateCount long
   */
  sumColumns(
    from: Nanoseconds,
    to: Nanoseconds,
    columns: number,
    out: Float64Array
  ): void {
    const edges = cutEvenly(from, to, columns, this._edges);
    this._edges = edges;
    this.update();
    const width = this._width;
    if (!(to - from >= columns * BUCKETS_PER_COLUMN * width)) {
      this._sums.sumEdges(edges, out);
      return;
    }
    // The frame's own edges and those outside of the table stay exact: columns sum to the frame.
    let low = 1;
    while (low < columns && edges[low] < this._first * width) {
      low++;
    }
    let high = columns - 1;
    while (high > low && edges[high] > this._lastEdge()) {
      high--;
    }
    if (high <= low) {
      this._sums.sumEdges(edges, out);
      return;
    }
    const count = this._sums.stateCount;
    this._sums.sumEdges(edges.subarray(0, low + 1), out);
    this._sums.sumEdges(edges.subarray(high), out.subarray(high * count));
    this._sumInner(edges, low, high, out);
  }

  /** The columns between two edges within the table, and what they take of their exact neighbours. */
  private _sumInner(
    edges: Float64Array,
    low: number,
    high: number,
    out: Float64Array
  ): void {
    const count = this._sums.stateCount;
    if (this._bucket.length < edges.length) {
      this._bucket = new Int32Array(edges.length);
      this._part = new Float64Array(edges.length);
    }
    const bucket = this._bucket;
    const part = this._part;
    for (let edge = low; edge <= high; edge++) {
      const place = edges[edge] / this._width - this._first;
      const whole = Math.min(Math.floor(place), this._count - 2);
      bucket[edge] = whole;
      part[edge] = place - whole;
    }
    const exactLow = new Float64Array(count);
    const exactHigh = new Float64Array(count);
    this._sums.cumulatedAt(edges[low], exactLow);
    this._sums.cumulatedAt(edges[high], exactHigh);
    out.fill(0, low * count, high * count);
    for (let state = 0; state < count; state++) {
      const table = this._columns[state];
      if (table === undefined) {
        continue;
      }
      let before = between(table, bucket[low], part[low]);
      out[(low - 1) * count + state] += before - exactLow[state];
      let at = low * count + state;
      for (let edge = low + 1; edge <= high; edge++, at += count) {
        const after = between(table, bucket[edge], part[edge]);
        out[at] = after - before;
        before = after;
      }
      out[at] += exactHigh[state] - before;
    }
  }

  private _lastEdge(): Nanoseconds {
    return (this._first + this._count - 1) * this._width;
  }

  /** Brings the table up to what the track has settled. Every question does so; doing it before saves time then. */
  update(): void {
    const { length, start, settled } = this._sums.track;
    if (length === this._seenLength && settled === this._seenSettled) {
      return;
    }
    this._seenLength = length;
    this._seenSettled = settled;
    const most = Math.min(length / INTERVALS_PER_BUCKET, MOST_BUCKETS);
    const span = settled - start[0];
    if (most < LEAST_BUCKETS || !(span > 0)) {
      return;
    }
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(span / most, 1)));
    // Narrower buckets are worth a new start only where they are much narrower: a late busy phase.
    if (this._width === Infinity || wanted * 4 <= this._width) {
      this._width = wanted;
      this._first = Math.ceil(start[0] / wanted);
      this._count = 0;
      this._columns.fill(undefined);
    }
    while (this._width < wanted) {
      this._dropEverySecondEdge();
    }
    this._extendTo(settled, start[0]);
  }

  /** Looks up the edges until `settled`; what lies before it never changes again. */
  private _extendTo(settled: Nanoseconds, begin: Nanoseconds): void {
    const states = this._sums.stateCount;
    const edges = new Float64Array(BATCH + 1);
    const times = new Float64Array(BATCH * states);
    for (;;) {
      const next = this._first + this._count;
      const behind = Math.floor(settled / this._width) + 1;
      const batch = Math.min(BATCH, behind - next);
      if (batch <= 0) {
        return;
      }
      edges[0] = this._count === 0 ? begin : (next - 1) * this._width;
      for (let i = 0; i < batch; i++) {
        edges[i + 1] = (next + i) * this._width;
      }
      this._sums.sumEdges(edges.subarray(0, batch + 1), times);
      this._reserve(this._count + batch);
      for (let state = 0; state < states; state++) {
        let sum = this._columns[state]?.[this._count - 1] ?? 0;
        for (let i = 0, at = state; i < batch; i++, at += states) {
          sum += times[at];
          if (sum > 0) {
            this._column(state)[this._count + i] = sum;
          }
        }
      }
      this._count += batch;
    }
  }

  private _column(state: number): Float64Array {
    return (this._columns[state] ??= new Float64Array(this._capacity));
  }

  private _reserve(capacity: number): void {
    if (capacity <= this._capacity) {
      return;
    }
    this._capacity = Math.max(capacity, 2 * this._capacity);
    this._columns.forEach((column, state) => {
      if (column !== undefined) {
        this._columns[state] = resized(
          column,
          new Float64Array(this._capacity)
        );
      }
    });
  }

  private _dropEverySecondEdge(): void {
    const odd = Math.abs(this._first % 2);
    const kept = (this._count - odd + 1) >> 1;
    for (const column of this._columns) {
      if (column !== undefined) {
        for (let i = 0; i < kept; i++) {
          column[i] = column[2 * i + odd];
        }
      }
    }
    this._first = (this._first + odd) / 2;
    this._count = kept;
    this._width *= 2;
  }

  private _width: Nanoseconds = Infinity;
  /** The first edge is at _first x _width. */
  private _first = 0;
  /** Number of edges. */
  private _count = 0;
  private _capacity = 0;
  /** For each state that occurred: nanoseconds since the track's begin, at each edge. */
  private readonly _columns: (Float64Array | undefined)[];
  private _seenLength = 0;
  private _seenSettled: Nanoseconds = -Infinity;
  private _edges: Float64Array = new Float64Array(0);
  private _bucket = new Int32Array(0);
  private _part = new Float64Array(0);
}

/** The sum at a place within a bucket, by proportion. */
function between(table: Float64Array, bucket: number, part: number): number {
  const sum = table[bucket];
  return sum + (table[bucket + 1] - sum) * part;
}
