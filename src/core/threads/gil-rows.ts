/** Growing columns for the holds of one GIL and the waits for it. */
import { grownLength, widened } from './growing-column';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** Holds in the order in which they ended, which is also that of their starts. */
export class HoldRows {
  length = 0;
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);
  forced = new Uint8Array(INITIAL_ROWS);
  /** Where the thread stood when it asked for the GIL, -1 if not known. */
  line = new Int32Array(INITIAL_ROWS);

  /** @returns the row's index */
  push(
    thread: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds,
    line: LineIndex = -1,
    forced = 0
  ): number {
    const row = this.length++;
    if (row === this.thread.length) {
      this._grow();
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    this.forced[row] = forced;
    this.line[row] = line;
    return row;
  }

  /** Puts a row before another. */
  insert(
    row: number,
    thread: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds,
    line: LineIndex
  ): void {
    const { length } = this;
    this.push(thread, start, end, line);
    if (row < length) {
      this.thread.copyWithin(row + 1, row, length);
      this.start.copyWithin(row + 1, row, length);
      this.end.copyWithin(row + 1, row, length);
      this.forced.copyWithin(row + 1, row, length);
      this.line.copyWithin(row + 1, row, length);
      this.thread[row] = thread;
      this.start[row] = start;
      this.end[row] = end;
      this.forced[row] = 0;
      this.line[row] = line;
    }
  }

  private _grow(): void {
    const size = grownLength(this.thread.length);
    this.thread = widened(this.thread, size);
    this.start = widened(this.start, size);
    this.end = widened(this.end, size);
    this.forced = widened(this.forced, size);
    this.line = widened(this.line, size);
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
  /** Thread that woke it last, -1 if not known. */
  waker = new Int32Array(INITIAL_ROWS);
  /** Where the thread stood, -1 if not known. */
  line = new Int32Array(INITIAL_ROWS);

  /** @returns the row's index */
  push(
    thread: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds,
    kind: number,
    ignored: number,
    uncertainty: Nanoseconds,
    holder = -1,
    waker = -1,
    line: LineIndex = -1
  ): number {
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
    this.waker[row] = waker;
    this.line[row] = line;
    return row;
  }

  private _grow(): void {
    const size = grownLength(this.thread.length);
    this.thread = widened(this.thread, size);
    this.start = widened(this.start, size);
    this.end = widened(this.end, size);
    this.kind = widened(this.kind, size);
    this.ignored = widened(this.ignored, size);
    this.uncertainty = widened(this.uncertainty, size);
    this.holder = widened(this.holder, size);
    this.waker = widened(this.waker, size);
    this.line = widened(this.line, size);
  }
}
