/** Growing columns for spans of threads: runs of the collector. */
import { GrowingSpans } from './growing-spans';
import type { Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 16;

export class SpanRows extends GrowingSpans {
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);

  push(thread: ThreadIndex, start: Nanoseconds, end: Nanoseconds): number {
    const row = this.length++;
    if (row === this.start.length) {
      this.grow();
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    return row;
  }

  protected columns() {
    const { thread, start, end } = this;
    return { thread, start, end };
  }
}
