import type { Nanoseconds } from '../units';
import { ARGUMENT_COLUMNS, type RecordKind } from './records';

/** Small: most readers in tests, and many captures, see few records. It doubles when full. */
const FIRST_CAPACITY = 256;

/**
 * Time of a record that perf made up or that carries none: perf delivers those (time 0 or ~0) before
 * all others.
 */
export const NO_TIME: Nanoseconds = -Infinity;

/** Rows of records as columns that grow; the shape of a RecordBatch. */
export class RowColumns {
  constructor() {
    this._allocate(FIRST_CAPACITY);
  }

  /** Valid rows. */
  length = 0;
  kind = new Uint8Array(0);
  event = new Uint8Array(0);
  time = new Float64Array(0);
  pid = new Int32Array(0);
  tid = new Int32Array(0);
  cpu = new Int16Array(0);
  args: Float64Array[] = [];

  get capacity(): number {
    return this.time.length;
  }

  /** Makes room for at least so many rows; their values are kept. */
  reserve(rows: number): void {
    if (rows > this.capacity) {
      this._allocate(Math.max(rows, 2 * this.capacity));
    }
  }

  /**
   * Appends a row without arguments and returns its index. Argument columns are zero behind the last
   * row, see `removeAll`.
   */
  append(
    kind: RecordKind,
    event: number,
    time: Nanoseconds,
    pid: number,
    tid: number,
    cpu: number
  ): number {
    const row = this.length;
    if (row === this.capacity) {
      this.reserve(row + 1);
    }
    this.kind[row] = kind;
    this.event[row] = event;
    this.time[row] = time;
    this.pid[row] = pid;
    this.tid[row] = tid;
    this.cpu[row] = cpu;
    this.length = row + 1;
    return row;
  }

  /**
   * Copies rows of `source`, those at `order[from]` to `order[to - 1]`, behind the own ones.
   * @param argumentColumns how many argument columns hold anything
   */
  appendRows(
    source: RowColumns,
    order: Uint32Array,
    from: number,
    to: number,
    argumentColumns: number
  ): void {
    const count = to - from;
    this.reserve(this.length + count);
    const start = this.length;
    const { kind, event, time, pid, tid, cpu } = this;
    for (let index = 0; index < count; index++) {
      const row = order[from + index];
      const target = start + index;
      kind[target] = source.kind[row];
      event[target] = source.event[row];
      time[target] = source.time[row];
      pid[target] = source.pid[row];
      tid[target] = source.tid[row];
      cpu[target] = source.cpu[row];
    }
    for (let column = 0; column < argumentColumns; column++) {
      const target = this.args[column];
      const values = source.args[column];
      for (let index = 0; index < count; index++) {
        target[start + index] = values[order[from + index]];
      }
    }
    this.length = start + count;
  }

  /** Empties it; `argumentColumns` as in `appendRows`. */
  removeAll(argumentColumns: number): void {
    for (let column = 0; column < argumentColumns; column++) {
      this.args[column].fill(0, 0, this.length);
    }
    this.length = 0;
  }

  private _allocate(capacity: number): void {
    this.kind = grow(this.kind, new Uint8Array(capacity));
    this.event = grow(this.event, new Uint8Array(capacity));
    this.time = grow(this.time, new Float64Array(capacity));
    this.pid = grow(this.pid, new Int32Array(capacity));
    this.tid = grow(this.tid, new Int32Array(capacity));
    this.cpu = grow(this.cpu, new Int16Array(capacity));
    this.args = Array.from({ length: ARGUMENT_COLUMNS }, (_, column) =>
      grow(this.args[column] ?? [], new Float64Array(capacity))
    );
  }
}

function grow<T extends { set(values: ArrayLike<number>): void }>(
  old: ArrayLike<number>,
  grown: T
): T {
  grown.set(old);
  return grown;
}
