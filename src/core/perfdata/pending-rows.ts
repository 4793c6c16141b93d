import type { Nanoseconds } from '../units';
import { ARGUMENT_COLUMNS, type RecordKind } from './records';
import type { BatchColumns } from './batch-columns';

/**
 * Time of a record that perf made up or that carries none: perf delivers those (time 0 or ~0) before
 * all others.
 */
export const NO_TIME: Nanoseconds = -Infinity;

/** Doubles of a row before its arguments. */
export const ROW_HEAD = 3;

/** Doubles of the first buffer: 8 KiB. */
const FIRST_CAPACITY = 1024;

/** Up to so many doubles (4 MiB) the buffer grows fourfold: copying it costs more than the memory. */
const SMALL = 512 * 1024;

/**
 * Rows that wait for their round, one behind the other, each as long as its record has arguments:
 *
 *     double   0      1           2                       3 ...
 *              time   pid, tid    cpu/kind/event, count   arguments
 *
 * A row is written once and read once, so it lies in one piece: a column for each field would cost a
 * cache line a field. Rows are named by the index of their first double.
 */
export class PendingRows {
  /** The rows as doubles. A new array when it grows. */
  values = new Float64Array(FIRST_CAPACITY);
  /** The same memory as 32-bit words. */
  words = new Int32Array(this.values.buffer);
  /** Where the next row begins. */
  end = 0;

  /**
   * Appends a row with room for `count` arguments and returns the index in `values` of the first of
   * them. All of them must be written: what stands there is left over.
   */
  append(
    kind: RecordKind,
    event: number,
    time: Nanoseconds,
    pid: number,
    tid: number,
    cpu: number,
    count: number
  ): number {
    const row = this.end;
    const end = row + ROW_HEAD + count;
    if (end > this.values.length) {
      this._grow(end);
    }
    this.end = end;
    this.values[row] = time;
    const words = this.words;
    const word = 2 * row;
    words[word + 2] = pid;
    words[word + 3] = tid;
    words[word + 4] = (cpu << 16) | (kind << 8) | event;
    words[word + 5] = count;
    return row + ROW_HEAD;
  }

  /** Copies the rows `order[from]` to `order[to - 1]` into the columns, from their start. */
  copyTo(
    batch: BatchColumns,
    order: Uint32Array,
    from: number,
    to: number
  ): void {
    batch.reserve(to - from);
    const { values, words } = this;
    const { kind, event, time, pid, tid, cpu, args } = batch;
    for (let index = from; index < to; index++) {
      const row = order[index];
      const word = 2 * row;
      const target = index - from;
      const place = words[word + 4];
      const count = words[word + 5];
      time[target] = values[row];
      pid[target] = words[word + 2];
      tid[target] = words[word + 3];
      cpu[target] = place >> 16;
      kind[target] = place >> 8;
      event[target] = place;
      for (let column = 0; column < count; column++) {
        args[column][target] = values[row + ROW_HEAD + column];
      }
    }
    batch.length = to - from;
  }

  /** Forgets all rows but those in `order[0, count)`, which may move: their names are renewed. */
  keep(order: Uint32Array, count: number): void {
    if (count === 0) {
      this.end = 0;
      return;
    }
    let first = order[0];
    for (let index = 1; index < count; index++) {
      if (order[index] < first) {
        first = order[index];
      }
    }
    const span = this.end - first;
    if (span > 4 * count * (ROW_HEAD + ARGUMENT_COLUMNS)) {
      this._compact(order, count);
    } else if (first >= span) {
      // Not before it is worth it: then a row is moved once at most for each that went.
      this.values.copyWithin(0, first, this.end);
      this.end = span;
      for (let index = 0; index < count; index++) {
        order[index] -= first;
      }
    }
  }

  /** Moves rows that lie far apart together. */
  private _compact(order: Uint32Array, count: number): void {
    const old = this.words;
    this._allocate(Math.max(FIRST_CAPACITY, 2 * count * ROW_HEAD));
    this.end = 0;
    for (let index = 0; index < count; index++) {
      const word = 2 * order[index];
      const end = this.end + ROW_HEAD + old[word + 5];
      if (end > this.values.length) {
        this._grow(end);
      }
      this.words.set(
        old.subarray(word, word + 2 * (end - this.end)),
        2 * this.end
      );
      order[index] = this.end;
      this.end = end;
    }
  }

  private _grow(needed: number): void {
    const old = this.values;
    const factor = old.length < SMALL ? 4 : 2;
    this._allocate(Math.max(needed, factor * old.length));
    this.values.set(old);
  }

  private _allocate(capacity: number): void {
    this.values = new Float64Array(capacity);
    this.words = new Int32Array(this.values.buffer);
  }
}
