/** One GIL's readings → who held it from when to when, and on which line. */
import { lowerBound } from '../../columns';
import type { Nanoseconds, StackIndex } from '../../units';
import { halfway, type HolderSeries } from './series';

/** A span of time without anything between, in ascending order. */
export interface Span {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** The rounds of a run. */
export interface Rounds {
  readonly first: Nanoseconds;
  readonly last: Nanoseconds;
  /** Mean time between two. */
  readonly period: Nanoseconds;
}

/**
 * The time around each row of a series: borders lie halfway between two readings. A GIL that was there in the first round
 * is taken to have been there before, and one of the last round after it; any other one, that of a sub-interpreter, came
 * and went half a period around its readings.
 */
export class HoldCells {
  readonly length: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly thread: Int32Array;
  readonly running: Uint8Array;
  /** Where the holder was seen; where it was not, the nearest place in time where that thread was; -1 if none. */
  readonly stack: Int32Array;
  /** How far apart the readings are between which the cell ends. */
  readonly gap: Float64Array;
  /** Readings that saw the stack. */
  readonly seen: Uint32Array;

  /** @param indexOf what stands for a thread's number in `thread` */
  constructor(
    series: HolderSeries,
    begin: Nanoseconds,
    end: Nanoseconds,
    rounds: Rounds,
    indexOf: (thread: number) => number
  ) {
    const from = Math.max(0, lowerBound(series.last, series.length, begin) - 1);
    const to = Math.min(
      series.length,
      lowerBound(series.first, series.length, end) + 1
    );
    const { first, last } = series;
    const rows: number[] = [];
    for (let row = from; row < to; row++) {
      rows.push(row);
    }
    const margin = Math.floor(rounds.period / 2);
    const came = series.length > 0 && first[0] - margin > rounds.first;
    const went =
      series.length > 0 && last[series.length - 1] + margin < rounds.last;
    const startOf = (row: number): Nanoseconds => {
      if (row > 0) {
        return Math.max(begin, halfway(last[row - 1], first[row]));
      }
      return came ? Math.max(begin, first[0] - margin) : begin;
    };
    const endOf = (row: number): Nanoseconds => {
      if (row + 1 < series.length) {
        return Math.min(end, halfway(last[row], first[row + 1]));
      }
      return went ? Math.min(end, last[row] + margin) : end;
    };
    const inside = rows.filter(row => startOf(row) < endOf(row));
    this.length = inside.length;
    this.start = Float64Array.from(inside, startOf);
    this.end = Float64Array.from(inside, endOf);
    this.thread = Int32Array.from(inside, row => indexOf(series.thread[row]));
    this.running = Uint8Array.from(inside, row => series.running[row]);
    this.stack = Int32Array.from(inside, row => series.stack[row]);
    this.gap = Float64Array.from(inside, row =>
      row + 1 < series.length
        ? first[row + 1] - last[row]
        : went
          ? rounds.period
          : 0
    );
    this.seen = Uint32Array.from(inside, row =>
      series.thread[row] >= 0 && series.stack[row] >= 0 ? series.seen[row] : 0
    );
    this._fillStacks();
  }

  /** The first cell that ends after a time. */
  cellAt(time: Nanoseconds): number {
    return lowerBound(this.end, this.length, time, true);
  }

  private _fillStacks(): void {
    const { length, thread, start, end, seen } = this;
    const before = Int32Array.from(this.stack);
    const distance = new Float64Array(length).fill(Infinity);
    const known = new Map<number, { stack: StackIndex; time: Nanoseconds }>();
    for (let cell = 0; cell < length; cell++) {
      if (seen[cell] > 0) {
        known.set(thread[cell], { stack: before[cell], time: end[cell] });
      } else if (thread[cell] >= 0) {
        const near = known.get(thread[cell]);
        if (near !== undefined) {
          this.stack[cell] = near.stack;
          distance[cell] = start[cell] - near.time;
        }
      }
    }
    known.clear();
    for (let cell = length - 1; cell >= 0; cell--) {
      if (seen[cell] > 0) {
        known.set(thread[cell], { stack: before[cell], time: start[cell] });
      } else if (thread[cell] >= 0) {
        const near = known.get(thread[cell]);
        if (near !== undefined && near.time - end[cell] < distance[cell]) {
          this.stack[cell] = near.stack;
        }
      }
    }
  }
}
