/**
 * Time in each state over any span, exactly, whatever the number of intervals within.
 *
 * Every 64 intervals the time since the track's begin is written down per state:
 *
 *     intervals  |....|....|....|....|..      block of 64 intervals
 *     sums       0    C1   C2   C3   C4       C = ns per state up to here
 *
 * The sum of [a, b) is C(b) - C(a), and C(t) is the block's C plus a walk of at most 64 intervals. A tree
 * of longest intervals, as slice viewers have it, would show the one long interval of a pixel and hide
 * the thousand short waits beside it; a thread is in exactly one state at a time, so that areas can be exact.
 */
import type { IntervalTrack } from './interval-track';
import { gallop, lowerBound, resized } from '../columns';
import { revived } from './revived';
import type { Nanoseconds } from '../units';

/** Blocks of 2^6 intervals: K Float64 of them are K / 8 bytes an interval. */
const BLOCK_SHIFT = 6;

/** From so many intervals on in one column, reading the block's sums costs less than a walk. */
const SHORT_WALK = 48;

/** Sums over a track that may still grow. Times are integers below 2^53, so that sums are exact. */
export class StateSums {
  /** Gives a structured clone its methods back; those of its track are given by whoever owns that. */
  static revive(clone: StateSums): StateSums {
    return revived(clone, StateSums);
  }

  /**
   * @param track looked at again with each question: what was appended counts
   * @param stateCount the track's states are smaller than this
   */
  constructor(
    readonly track: IntervalTrack,
    readonly stateCount: number
  ) {
    // Many states, as of a GIL with hundreds of holders, would outweigh the intervals.
    while (1 << this._shift < 4 * stateCount) {
      this._shift++;
    }
    this._before = new Float64Array(stateCount);
    this._after = new Float64Array(stateCount);
  }

  /** Bytes that the sums take besides the track. */
  get byteLength(): number {
    return this._cumulated.byteLength + this._blockStart.byteLength;
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    this._update();
    this._resize(this._blocks);
  }

  /** Fills `out` with the nanoseconds in each state within [from, to). */
  timeInStates(from: Nanoseconds, to: Nanoseconds, out: Float64Array): void {
    this.cumulatedAt(from, this._before);
    this.cumulatedAt(Math.max(from, to), out);
    for (let state = 0; state < this.stateCount; state++) {
      out[state] -= this._before[state];
    }
  }

  /** Fills `out` with the nanoseconds in each state from the track's begin until `time`. */
  cumulatedAt(time: Nanoseconds, out: Float64Array): void {
    this._update();
    out.fill(0, 0, this.stateCount);
    if (this.track.length > 0) {
      this._cumulate(this._blockAt(time), this._clamp(time), out);
    }
  }

  /**
   * Fills `out`, [column][state], with the nanoseconds in each state between each edge and the next one:
   * times in which the thread does not exist count for no state.
   *
   * @param edges ascending
   * @param out at least (edges.length - 1) x stateCount long
   */
  sumEdges(edges: Float64Array, out: Float64Array): void {
    this._update();
    const { length, start, state } = this.track;
    const count = this.stateCount;
    const columns = edges.length - 1;
    out.fill(0, 0, Math.max(columns, 0) * count);
    if (length === 0 || columns < 1) {
      return;
    }
    let before = this._before;
    let after = this._after;
    // Whether `before` has the sums until `from`: not after a short walk.
    let known = false;
    let from = this._clamp(edges[0]);
    let block = this._blockAt(from);
    let row = this._rowAt(block, from);
    for (let column = 0; column < columns; column++) {
      const to = this._clamp(edges[column + 1]);
      if (!(to > from)) {
        continue;
      }
      const base = column * count;
      const far = row + SHORT_WALK;
      if (far >= length || start[far] > to) {
        let begin = from;
        while (row + 1 < length && start[row + 1] <= to) {
          const next = start[row + 1];
          out[base + state[row]] += next - begin;
          begin = next;
          row++;
        }
        out[base + state[row]] += to - begin;
        known = false;
      } else {
        if (!known) {
          block = Math.min(row >>> this._shift, this._blocks - 1);
          this._cumulate(block, from, before);
        }
        block = gallop(this._blockStart, this._blocks, to, true, block + 1) - 1;
        row = this._cumulate(block, to, after);
        for (let i = 0; i < count; i++) {
          out[base + i] = after[i] - before[i];
        }
        [before, after] = [after, before];
        known = true;
      }
      from = to;
    }
  }

  /** Sums until `time`, which lies in the track and not before the block; the interval there. */
  private _cumulate(
    block: number,
    time: Nanoseconds,
    out: Float64Array
  ): number {
    const { length, start, state } = this.track;
    const count = this.stateCount;
    for (let i = 0, at = block * count; i < count; i++, at++) {
      out[i] = this._cumulated[at];
    }
    let row = block << this._shift;
    let begin = start[row];
    while (row + 1 < length) {
      const next = start[row + 1];
      if (next > time) {
        break;
      }
      out[state[row]] += next - begin;
      begin = next;
      row++;
    }
    out[state[row]] += time - begin;
    return row;
  }

  private _clamp(time: Nanoseconds): Nanoseconds {
    const { start, end } = this.track;
    return Math.min(Math.max(time, start[0]), end);
  }

  private _blockAt(time: Nanoseconds): number {
    const above = lowerBound(this._blockStart, this._blocks, time, true);
    return Math.max(above - 1, 0);
  }

  private _rowAt(block: number, time: Nanoseconds): number {
    const { length, start } = this.track;
    let row = block << this._shift;
    while (row + 1 < length && start[row + 1] <= time) {
      row++;
    }
    return row;
  }

  /** Writes down the blocks that were appended. The last interval may still be taken back. */
  private _update(): void {
    const { length, start, state } = this.track;
    const count = this.stateCount;
    if (this._blocks === 0 && length > 0) {
      this._resize(Math.max(1, length >>> this._shift));
      this._blockStart[0] = start[0];
      this._blocks = 1;
    }
    while (this._blocks << this._shift < length - 1) {
      if (this._blocks === this._blockStart.length) {
        const needed = ((length - 1) >>> this._shift) + 1;
        this._resize(Math.max(2 * this._blocks, needed));
      }
      const cumulated = this._cumulated;
      const from = (this._blocks - 1) * count;
      const base = from + count;
      cumulated.copyWithin(base, from, base);
      const end = this._blocks << this._shift;
      let begin = this._blockStart[this._blocks - 1];
      for (let row = end - (1 << this._shift); row < end; row++) {
        const next = start[row + 1];
        cumulated[base + state[row]] += next - begin;
        begin = next;
      }
      this._blockStart[this._blocks++] = begin;
    }
  }

  private _resize(blocks: number): void {
    if (blocks === this._blockStart.length) {
      return;
    }
    const sums = new Float64Array(blocks * this.stateCount);
    this._cumulated = resized(this._cumulated, sums);
    this._blockStart = resized(this._blockStart, new Float64Array(blocks));
  }

  private _shift = BLOCK_SHIFT;
  private _blocks = 0;
  /** [block][state]: nanoseconds from the track's begin to the block's. */
  private _cumulated = new Float64Array(0);
  /** First start of each block, apart from the track's: a search touches few cache lines. */
  private _blockStart = new Float64Array(0);
  private readonly _before: Float64Array;
  private readonly _after: Float64Array;
}
