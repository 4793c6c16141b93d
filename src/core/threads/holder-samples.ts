/** Which line the holder of a GIL ran, as those saw it that waited for it: their probes read its frame. */
import { grown } from './growing-column';
import type { Address, LineIndex, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** In order of time. */
export class HolderSampleRows {
  length = 0;
  time = new Float64Array(INITIAL_ROWS);
  /** -1 if nobody has told yet whose the thread state is. */
  thread = new Int32Array(INITIAL_ROWS);
  line = new Int32Array(INITIAL_ROWS);
  /** gil->last_holder: the holder's PyThreadState. */
  tstate = new Float64Array(INITIAL_ROWS);

  push(
    time: Nanoseconds,
    thread: ThreadIndex,
    line: LineIndex,
    tstate: Address
  ): void {
    const row = this.length++;
    if (row === this.time.length) {
      Object.assign(
        this,
        grown({
          time: this.time,
          thread: this.thread,
          line: this.line,
          tstate: this.tstate
        })
      );
    }
    this.time[row] = time;
    this.thread[row] = thread;
    this.line[row] = line;
    this.tstate[row] = tstate;
  }
}
