/** Growing columns for spans of threads: runs of the collector. */
import { widened } from './growing-column';
import type { Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 16;

export class SpanRows {
  length = 0;
  thread = new Uint32Array(INITIAL_ROWS);
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);

  push(thread: ThreadIndex, start: Nanoseconds, end: Nanoseconds): number {
    const row = this.length++;
    if (row === this.thread.length) {
      this.thread = widened(this.thread, 2 * row);
      this.start = widened(this.start, 2 * row);
      this.end = widened(this.end, 2 * row);
    }
    this.thread[row] = thread;
    this.start[row] = start;
    this.end[row] = end;
    return row;
  }
}
