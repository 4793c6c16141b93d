/** What was read, round after round, as spells: rows of equal readings in a row. */
import type { Address, Nanoseconds, StackIndex } from '../../units';
import { grown } from '../growing-column';
import { thin } from './thinning';

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
  /** Readings of each row, and in all. */
  seen = new Uint32Array(INITIAL_ROWS);
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
      this.seen[before]++;
      return;
    }
    const row = this.length++;
    if (row === this.first.length) {
      Object.assign(this, grown(this._columns));
    }
    this.first[row] = time;
    this.last[row] = time;
    this.state[row] = state;
    this.lock[row] = lock;
    this.sleep[row] = sleep;
    this.stack[row] = stack;
    this.cpu[row] = cpu;
    this.seen[row] = 1;
  }

  /** Forgets about half the readings; see thinning.ts. */
  thin(random: () => number): void {
    const { state, stack, lock, sleep } = this;
    thin(
      this,
      Object.values(this._columns),
      (a, b) =>
        state[a] === state[b] &&
        stack[a] === stack[b] &&
        lock[a] === lock[b] &&
        sleep[a] === sleep[b],
      random
    );
    this.readings = Math.ceil(this.readings / 2);
  }

  private get _columns() {
    const { first, last, cpu, state, lock, sleep, stack, seen } = this;
    return { first, last, cpu, state, lock, sleep, stack, seen };
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
  seen = new Uint32Array(INITIAL_ROWS);

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
      this.seen[before]++;
      return;
    }
    const row = this.length++;
    if (row === this.first.length) {
      Object.assign(this, grown(this._columns));
    }
    this.first[row] = time;
    this.last[row] = time;
    this.thread[row] = thread;
    this.running[row] = running;
    this.stack[row] = stack;
    this.seen[row] = 1;
  }

  /** Forgets about half the readings; see thinning.ts. */
  thin(random: () => number): void {
    const { thread, running, stack } = this;
    thin(
      this,
      Object.values(this._columns),
      (a, b) =>
        thread[a] === thread[b] &&
        running[a] === running[b] &&
        stack[a] === stack[b],
      random
    );
  }

  private get _columns() {
    const { first, last, thread, running, stack, seen } = this;
    return { first, last, thread, running, stack, seen };
  }
}
