/**
 * The waits of one thread, for what sums can't show: a single long wait stays visible, and can be
 * reached, at any zoom.
 */
import type { Nanoseconds } from '../units';
import { gallop, lowerBound, resized } from '../columns';
import { BlockedWaits } from './blocked-waits';
import { revived } from './revived';

/** No wait. */
export const NO_WAIT = -1;

/** So many waits of one column are looked through sooner than searched. */
const SHORT_WALK = 96;

/**
 * Waits in order of their starts, each with the row by which others know it. A wait belongs to a span if
 * it overlaps it, or starts within it and has no length. Questions are answered by positions in this
 * track. Waits of one thread don't overlap as a rule; should they, only speed is lost.
 */
export class WaitTrack {
  /** Gives a structured clone its methods back. */
  static revive(clone: WaitTrack): WaitTrack {
    BlockedWaits.revive(clone._durations);
    return revived(clone, WaitTrack);
  }

  get length(): number {
    return this._durations.length;
  }

  /** @throws RangeError for a wait that starts before the one appended last, or ends before it starts */
  append(start: Nanoseconds, end: Nanoseconds, row: number): void {
    const { length } = this;
    if (
      !(end >= start) ||
      (length > 0 && !(start >= this._start[length - 1]))
    ) {
      throw new RangeError(
        `the wait of row ${row} from ${start} to ${end} ns is out of order`
      );
    }
    if (length === this._start.length) {
      this._resize(Math.max(16, 2 * length));
    }
    this._start[length] = start;
    this._row[length] = row;
    this._durations.append(end - start);
    if (
      this._reach === undefined &&
      length > 0 &&
      start < this.end(length - 1)
    ) {
      this._reach = this._reached();
    }
    if (this._reach !== undefined) {
      const before = length > 0 ? this._reach[length - 1] : end;
      this._reach[length] = Math.max(before, end);
    }
  }

  start(wait: number): Nanoseconds {
    return this._start[wait];
  }

  end(wait: number): Nanoseconds {
    return this._start[wait] + this._durations.duration(wait);
  }

  duration(wait: number): Nanoseconds {
    return this._durations.duration(wait);
  }

  /** The number that was given with the wait. */
  row(wait: number): number {
    return this._row[wait];
  }

  /**
   * The longest wait, with all its length, that belongs to each span between two edges; of equals the
   * first.
   *
   * @param edges ascending
   * @param out for each span a position or NO_WAIT
   */
  longestPerColumn(edges: Float64Array, out: Int32Array): void {
    const { length } = this;
    const columns = edges.length - 1;
    if (columns < 1 || length === 0) {
      out.fill(NO_WAIT, 0, Math.max(columns, 0));
      return;
    }
    const start = this._start;
    let first = lowerBound(start, length, edges[0]);
    for (let column = 0; column < columns; column++) {
      const from = edges[column];
      const to = edges[column + 1];
      let best = from < to ? this._longestReaching(from, first) : NO_WAIT;
      const far = first + SHORT_WALK;
      if (far >= length || start[far] >= to) {
        let duration = best === NO_WAIT ? -1 : this.duration(best);
        for (; first < length && start[first] < to; first++) {
          if (this.duration(first) > duration) {
            duration = this.duration(first);
            best = first;
          }
        }
      } else {
        const end = gallop(start, length, to, false, far);
        best = this._longer(best, this._durations.longest(first, end));
        first = end;
      }
      out[column] = best;
    }
  }

  /** Positions of the waits that belong to [from, to): some earlier ones, and all from `first` to `end`. */
  waitsIn(from: Nanoseconds, to: Nanoseconds): WaitRange {
    const first = lowerBound(this._start, this.length, from);
    if (!(from < to)) {
      return { earlier: [], first, end: first };
    }
    const earlier: number[] = [];
    for (let wait = this._firstReaching(first, from); wait < first; wait++) {
      if (this.end(wait) > from) {
        earlier.push(wait);
      }
    }
    const end = gallop(this._start, this.length, to, false, first);
    return { earlier, first, end };
  }

  /** The longest of the waits at positions `first` to `end`; NO_WAIT if there is none. */
  longestOf(first: number, end: number): number {
    return this._durations.longest(first, end);
  }

  /** The first wait that starts after `time` and lasts at least `least`; NO_WAIT if there is none. */
  next(time: Nanoseconds, least: Nanoseconds): number {
    const first = lowerBound(this._start, this.length, time, true);
    return this._durations.next(first, least);
  }

  /** The last wait that starts before `time` and lasts at least `least`; NO_WAIT if there is none. */
  previous(time: Nanoseconds, least: Nanoseconds): number {
    const end = lowerBound(this._start, this.length, time);
    return this._durations.previous(end, least);
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    if (this._start.length > this.length) {
      this._resize(this.length);
    }
    this._durations.trim();
  }

  /** Bytes that the columns take. */
  get byteLength(): number {
    return (
      this._start.byteLength +
      this._row.byteLength +
      (this._reach?.byteLength ?? 0) +
      this._durations.byteLength
    );
  }

  /** The longest of the waits before position `first` that reach beyond `from`. */
  private _longestReaching(from: Nanoseconds, first: number): number {
    let best = NO_WAIT;
    for (let wait = this._firstReaching(first, from); wait < first; wait++) {
      if (this.end(wait) > from) {
        best = this._longer(best, wait);
      }
    }
    return best;
  }

  /** The longer of two waits, each of which may be NO_WAIT; of equals the first one. */
  private _longer(one: number, other: number): number {
    if (one === NO_WAIT || other === NO_WAIT) {
      return Math.max(one, other);
    }
    return this.duration(other) > this.duration(one) ? other : one;
  }

  /** No wait before this one reaches beyond `time`, of those before `first`, which start before `time`. */
  private _firstReaching(first: number, time: Nanoseconds): number {
    return this._reach === undefined
      ? Math.max(first - 1, 0)
      : lowerBound(this._reach, first, time, true);
  }

  private _reached(): Float64Array {
    const reach = new Float64Array(this._start.length);
    let reached = -Infinity;
    for (let wait = 0; wait < this.length; wait++) {
      reached = Math.max(reached, this.end(wait));
      reach[wait] = reached;
    }
    return reach;
  }

  private _resize(capacity: number): void {
    this._start = resized(this._start, new Float64Array(capacity));
    this._row = resized(this._row, new Uint32Array(capacity));
    if (this._reach !== undefined) {
      this._reach = resized(this._reach, new Float64Array(capacity));
    }
  }

  private _start = new Float64Array(0);
  private _row = new Uint32Array(0);
  /** The latest end up to each wait; only where waits overlap, else it would repeat the ends. */
  private _reach: Float64Array | undefined;
  private readonly _durations = new BlockedWaits();
}

/** Waits that belong to a span: positions in a WaitTrack. */
export interface WaitRange {
  /** Those that start before the span. */
  readonly earlier: readonly number[];
  /** The first that starts within the span, and the one behind the last. */
  readonly first: number;
  readonly end: number;
}
