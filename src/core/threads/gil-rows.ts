/** Growing columns for the holds of one GIL and the waits for it. */
import { GrowingSpans } from './growing-spans';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** Holds in the order in which they ended, which is also that of their starts. */
export class HoldRows extends GrowingSpans {
  /** Longer numbers only where there are so many threads. */
  thread: Uint16Array | Uint32Array = new Uint16Array(INITIAL_ROWS);
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
    if (row === this.start.length) {
      this.grow();
    }
    if (thread > 0xffff && this.thread instanceof Uint16Array) {
      this.thread = Uint32Array.from(this.thread);
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
      for (const column of Object.values(this.columns())) {
        const last = column[length];
        column.copyWithin(row + 1, row, length);
        column[row] = last;
      }
    }
  }

  protected columns() {
    const { thread, start, end, forced, line } = this;
    return { thread, start, end, forced, line };
  }
}

/** Waits in the order in which they were resolved, which is not that of their starts, until they are sorted. */
export class WaitRows extends GrowingSpans {
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
    if (row === this.start.length) {
      this.grow();
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

  protected columns() {
    const { thread, start, end, kind } = this;
    const { ignored, uncertainty, holder, waker, line } = this;
    return {
      thread,
      start,
      end,
      kind,
      ignored,
      uncertainty,
      holder,
      waker,
      line
    };
  }
}
