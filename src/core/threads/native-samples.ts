/** Where threads were seen in native code, now and then while they ran: `cpu-clock` samples. */
import { grown } from './growing-column';
import type { Address, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** In order of time. */
export class NativeSampleRows {
  length = 0;
  time = new Float64Array(INITIAL_ROWS);
  thread = new Uint32Array(INITIAL_ROWS);
  ip = new Float64Array(INITIAL_ROWS);

  push(time: Nanoseconds, thread: ThreadIndex, ip: Address): void {
    const row = this.length++;
    if (row === this.time.length) {
      Object.assign(
        this,
        grown({ time: this.time, thread: this.thread, ip: this.ip })
      );
    }
    this.time[row] = time;
    this.thread[row] = thread;
    this.ip[row] = ip;
  }
}
