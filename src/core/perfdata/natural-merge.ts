/**
 * Stable merge sort of row indexes by time that uses the runs that are there: the rows of one ring
 * buffer come almost sorted (measured: 1 inversion in 1.7 million), so a round over N CPUs is N runs
 * and costs log2(N) passes.
 */
export class NaturalMerge {
  /** Forgets all rows. */
  reset(): void {
    this._runs = 0;
  }

  /** Says that a run begins at `row`; the first one at row 0. */
  beginRun(row: number): void {
    if (this._runs === this._starts.length) {
      const grown = new Uint32Array(2 * this._runs);
      grown.set(this._starts);
      this._starts = grown;
    }
    this._starts[this._runs++] = row;
  }

  /**
   * Row indexes 0 to `length - 1` in the order of their time; rows of the same time keep their order.
   * The result is valid until the next call. It uses the runs up: `reset` comes
   * next.
   */
  sort(time: Float64Array, length: number): Uint32Array {
    if (this._order.length < length) {
      const capacity = Math.max(length, 2 * this._order.length);
      this._order = new Uint32Array(capacity);
      this._spare = new Uint32Array(capacity);
    }
    const order = this._order;
    for (let row = 0; row < length; row++) {
      order[row] = row;
    }
    while (this._runs > 1) {
      this._mergePairs(time, length);
    }
    return this._order;
  }

  /** One pass: runs 0 and 1, runs 2 and 3, and so on. */
  private _mergePairs(time: Float64Array, length: number): void {
    const starts = this._starts;
    const runs = this._runs;
    const from = this._order;
    const to = this._spare;
    let merged = 0;
    for (let run = 0; run < runs; run += 2) {
      const left = starts[run];
      const middle = run + 1 < runs ? starts[run + 1] : length;
      const end = run + 2 < runs ? starts[run + 2] : length;
      mergeTwo(time, from, to, left, middle, end);
      starts[merged++] = left;
    }
    this._runs = merged;
    this._order = to;
    this._spare = from;
  }

  private _starts = new Uint32Array(64);
  private _runs = 0;
  private _order = new Uint32Array(0);
  private _spare = new Uint32Array(0);
}

/** Merges from[left, middle) and from[middle, end) into `to`; the left one first at equal times. */
function mergeTwo(
  time: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  left: number,
  middle: number,
  end: number
): void {
  let a = left;
  let b = middle;
  let out = left;
  if (a < middle && b < end) {
    let rowA = from[a];
    let rowB = from[b];
    let timeA = time[rowA];
    let timeB = time[rowB];
    for (;;) {
      if (timeA <= timeB) {
        to[out++] = rowA;
        if (++a === middle) {
          break;
        }
        rowA = from[a];
        timeA = time[rowA];
      } else {
        to[out++] = rowB;
        if (++b === end) {
          break;
        }
        rowB = from[b];
        timeB = time[rowB];
      }
    }
  }
  while (a < middle) {
    to[out++] = from[a++];
  }
  while (b < end) {
    to[out++] = from[b++];
  }
}
