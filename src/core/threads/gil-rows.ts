/** Growing columns for the holds of one GIL and the waits for it. */
import type { Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** Holds in the order in which they ended, which is also that of their starts. */
export class HoldRows {
  length = 0;
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);
  forced = new Uint8Array(INITIAL_ROWS);

  /** @returns the row's index */
  push(thread: ThreadIndex, start: Nanoseconds, end: Nanoseconds): number {
    const row = this.length++;
    if (row === this.thread.length) {
      this._grow();
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    this.forced[row] = 0;
    return row;
  }

  pushAll(rows: HoldRows): void {
    for (let i = 0; i < rows.length; i++) {
      const row = this.push(rows.thread[i], rows.start[i], rows.end[i]);
      this.forced[row] = rows.forced[i];
    }
  }

  private _grow(): void {
    const size = 2 * this.thread.length;
    this.thread = copyTo(new Uint32Array(size), this.thread);
    this.start = copyTo(new Float64Array(size), this.start);
    this.end = copyTo(new Float64Array(size), this.end);
    this.forced = copyTo(new Uint8Array(size), this.forced);
  }
}

/** Waits in the order in which they were resolved: not that of their starts. */
export class WaitRows {
  length = 0;
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);
  /** WaitKind. */
  kind = new Uint8Array(INITIAL_ROWS);
  ignored = new Uint16Array(INITIAL_ROWS);
  uncertainty = new Float64Array(INITIAL_ROWS);
  /** Thread that held the GIL at the request; -1 until it is looked up. */
  holder = new Int32Array(INITIAL_ROWS);

  push(
    thread: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds,
    kind: number,
    ignored: number,
    uncertainty: Nanoseconds,
    holder = -1
  ): void {
    const row = this.length++;
    if (row === this.thread.length) {
      this._grow();
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    this.kind[row] = kind;
    this.ignored[row] = ignored > 0xffff ? 0xffff : ignored;
    this.uncertainty[row] = uncertainty;
    this.holder[row] = holder;
  }

  pushAll(rows: WaitRows): void {
    for (let i = 0; i < rows.length; i++) {
      this.push(
        rows.thread[i],
        rows.start[i],
        rows.end[i],
        rows.kind[i],
        rows.ignored[i],
        rows.uncertainty[i],
        rows.holder[i]
      );
    }
  }

  private _grow(): void {
    const size = 2 * this.thread.length;
    this.thread = copyTo(new Uint32Array(size), this.thread);
    this.start = copyTo(new Float64Array(size), this.start);
    this.end = copyTo(new Float64Array(size), this.end);
    this.kind = copyTo(new Uint8Array(size), this.kind);
    this.ignored = copyTo(new Uint16Array(size), this.ignored);
    this.uncertainty = copyTo(new Float64Array(size), this.uncertainty);
    this.holder = copyTo(new Int32Array(size), this.holder);
  }
}

function copyTo<
  Column extends
    Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array
>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
