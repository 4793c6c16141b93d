/** What was read, round after round, as spells: rows of equal readings in a row. */
import type { Address, Nanoseconds, StackIndex } from '../../units';
import { grown } from '../growing-column';

const INITIAL_ROWS = 16;

/** Where a state changes between two readings; times are whole nanoseconds. */
export function halfway(before: Nanoseconds, after: Nanoseconds): Nanoseconds {
  return Math.floor((before + after) / 2);
}

/** Of one thread. */
export class ThreadSeries {
  length = 0;
  /** Time of the first and of the last reading. */
  first = new Float64Array(INITIAL_ROWS);
  last = new Float64Array(INITIAL_ROWS);
  /** ThreadState. */
  state = new Uint8Array(INITIAL_ROWS);
  lock = new Float64Array(INITIAL_ROWS);
  /** SleepKind. */
  sleep = new Uint8Array(INITIAL_ROWS);
  stack = new Int32Array(INITIAL_ROWS);
  /** Time on a CPU so far, at the last reading. */
  cpu = new Float64Array(INITIAL_ROWS);
  /** Readings in all. */
  readings = 0;

  push(
    time: Nanoseconds,
    state: number,
    lock: Address,
    sleep: number,
    stack: StackIndex,
    cpu: Nanoseconds
  ): void {
    this.readings++;
    const before = this.length - 1;
    if (
      before >= 0 &&
      this.state[before] === state &&
      this.stack[before] === stack &&
      this.lock[before] === lock &&
      this.sleep[before] === sleep
    ) {
      this.last[before] = time;
      this.cpu[before] = cpu;
      return;
    }
    const row = this.length++;
    if (row === this.first.length) {
      const { first, last, cpu, state, lock, sleep, stack } = this;
      Object.assign(
        this,
        grown({ first, last, cpu, state, lock, sleep, stack })
      );
    }
    this.first[row] = time;
    this.last[row] = time;
    this.state[row] = state;
    this.lock[row] = lock;
    this.sleep[row] = sleep;
    this.stack[row] = stack;
    this.cpu[row] = cpu;
  }
}

/** Of one GIL: who had it, whether it slept, and where it stood. */
export class HolderSeries {
  length = 0;
  first = new Float64Array(INITIAL_ROWS);
  last = new Float64Array(INITIAL_ROWS);
  /** A thread's number, or NOBODY, or SOMEBODY. */
  thread = new Int32Array(INITIAL_ROWS);
  running = new Uint8Array(INITIAL_ROWS);
  stack = new Int32Array(INITIAL_ROWS);
  /** Readings of each row. */
  readings = new Uint32Array(INITIAL_ROWS);

  push(
    time: Nanoseconds,
    thread: number,
    running: number,
    stack: StackIndex
  ): void {
    const before = this.length - 1;
    if (
      before >= 0 &&
      this.thread[before] === thread &&
      this.running[before] === running &&
      this.stack[before] === stack
    ) {
      this.last[before] = time;
      this.readings[before]++;
      return;
    }
    const row = this.length++;
    if (row === this.first.length) {
      const { first, last, thread, running, stack, readings } = this;
      Object.assign(
        this,
        grown({ first, last, thread, running, stack, readings })
      );
    }
    this.first[row] = time;
    this.last[row] = time;
    this.thread[row] = thread;
    this.running[row] = running;
    this.stack[row] = stack;
    this.readings[row] = 1;
  }
}
