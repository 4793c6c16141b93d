/**
 * When the GIL is known to have been held, and by which thread state, where takes and drops have no events:
 * those who wait see it.
 */
import { grown } from './growing-column';
import type { Address, Nanoseconds, ThreadIndex } from '../units';

const INITIAL_ROWS = 64;

/** In order of time, without overlaps. */
export class HolderSpanRows {
  length = 0;
  start = new Float64Array(INITIAL_ROWS);
  end = new Float64Array(INITIAL_ROWS);
  /** -1 if nobody has told yet whose the thread state is. */
  thread = new Int32Array(INITIAL_ROWS);
  tstate = new Float64Array(INITIAL_ROWS);

  /**
   * From `time` on the thread, or the one with this thread state, is known to have the GIL. If it is the
   * one that is known already, its span goes on.
   */
  begin(time: Nanoseconds, tstate: Address, thread: ThreadIndex): void {
    const last = this.length - 1;
    if (this._open) {
      const same =
        tstate !== 0
          ? this.tstate[last] === tstate
          : this.thread[last] === thread;
      if (same) {
        return;
      }
      this.close(time);
    }
    const row = this.length++;
    if (row === this.start.length) {
      Object.assign(
        this,
        grown({
          start: this.start,
          end: this.end,
          thread: this.thread,
          tstate: this.tstate
        })
      );
    }
    this.start[row] = time;
    this.end[row] = Infinity;
    this.thread[row] = thread;
    this.tstate[row] = tstate;
    this._open = true;
  }

  /** From `time` on nobody is known to have it. */
  close(time: Nanoseconds): void {
    if (!this._open) {
      return;
    }
    const last = this.length - 1;
    this._open = false;
    if (time > this.start[last]) {
      this.end[last] = time;
    } else {
      this.length--;
    }
  }

  /** Nothing that was seen from `time` on is sure. */
  forgetFrom(time: Nanoseconds): void {
    this._open = false;
    while (this.length > 0 && this.start[this.length - 1] >= time) {
      this.length--;
    }
    const last = this.length - 1;
    if (last >= 0 && this.end[last] > time) {
      this.end[last] = time;
    }
  }

  /** When the present span began; Infinity if there is none. */
  get openSince(): Nanoseconds {
    return this._open ? this.start[this.length - 1] : Infinity;
  }

  /** Whether there is a present span, and it is this thread's. */
  isHeldBy(thread: ThreadIndex, tstate: Address): boolean {
    const last = this.length - 1;
    return (
      this._open &&
      (this.thread[last] === thread ||
        (tstate !== 0 && this.tstate[last] === tstate))
    );
  }

  private _open = false;
}
