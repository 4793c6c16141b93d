/** Growing columns for the waits for `threading` locks. */
import { GrowingSpans } from './growing-spans';
import type { Address, LineIndex, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 16;

/** In the order in which they began. */
export class LockWaitRows extends GrowingSpans {
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  /** Infinity while it lasts. */
  end = new Float64Array(INITIAL_ROWS);
  /** Address of the lock, 0 if not known. */
  lock = new Float64Array(INITIAL_ROWS);
  /** Thread that released the lock: the one that woke the waiter; -1 if not known. */
  holder = new Int32Array(INITIAL_ROWS);
  /** Where the thread stood, -1 if not known. */
  line = new Int32Array(INITIAL_ROWS);

  /** @returns the row's index */
  push(
    thread: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds,
    lock: Address,
    holder = -1,
    line: LineIndex = -1
  ): number {
    const row = this.length++;
    if (row === this.start.length) {
      this.grow();
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    this.lock[row] = lock;
    this.holder[row] = holder;
    this.line[row] = line;
    return row;
  }

  protected columns() {
    const { thread, start, end, lock, holder, line } = this;
    return { thread, start, end, lock, holder, line };
  }
}
