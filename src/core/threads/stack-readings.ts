/** What the reader of memory saw of the Python stacks of the process's threads. */
import type { Address, Nanoseconds, StackIndex } from '../units';
import { grown } from './growing-column';
import type { StackTable } from './line-stacks';

const INITIAL_ROWS = 1024;

/** Readings in order of time, one row each. */
export class StackReadingRows {
  length = 0;
  /** What the interpreter says is its thread; of a sub-interpreter's state it may be its creator's. */
  tid = new Int32Array(INITIAL_ROWS);
  /** The PyThreadState that was read. */
  tstate = new Float64Array(INITIAL_ROWS);
  /** When its innermost frame was read. */
  time = new Float64Array(INITIAL_ROWS);
  stack = new Int32Array(INITIAL_ROWS);
  /** 0 if only the innermost frame is sure: the thread went on while it was read. */
  complete = new Uint8Array(INITIAL_ROWS);
  /** 1 if the thread was read because it held the GIL. */
  holding = new Uint8Array(INITIAL_ROWS);

  push(
    tid: number,
    tstate: Address,
    time: Nanoseconds,
    stack: StackIndex,
    complete: boolean,
    holding: boolean
  ): void {
    const row = this.length++;
    if (row === this.tid.length) {
      Object.assign(
        this,
        grown({
          tid: this.tid,
          tstate: this.tstate,
          time: this.time,
          stack: this.stack,
          complete: this.complete,
          holding: this.holding
        })
      );
    }
    this.tid[row] = tid;
    this.tstate[row] = tstate;
    this.time[row] = time;
    this.stack[row] = stack;
    this.complete[row] = complete ? 1 : 0;
    this.holding[row] = holding ? 1 : 0;
  }

  /** How many are of threads that held the GIL. */
  get ofHolders(): number {
    let count = 0;
    for (let row = 0; row < this.length; row++) {
      count += this.holding[row];
    }
    return count;
  }

  /** Keeps every second reading of each kind, so that those left are as even as before. */
  thin(): void {
    const seen = [0, 0];
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      if (seen[this.holding[row]]++ % 2 === 0) {
        this.tid[kept] = this.tid[row];
        this.tstate[kept] = this.tstate[row];
        this.time[kept] = this.time[row];
        this.stack[kept] = this.stack[row];
        this.complete[kept] = this.complete[row];
        this.holding[kept] = this.holding[row];
        kept++;
      }
    }
    this.length = kept;
  }
}

/** A holder that slept, where the kernel says it entered a system call. */
export interface NativeReading {
  readonly tid: number;
  readonly time: Nanoseconds;
  readonly ip: Address;
}

/** A thread that was found with a thread state, whether its stack could be read or not. */
export interface StateReading {
  /** As StackReadingRows.tid. */
  readonly tid: number;
  readonly tstate: Address;
  readonly time: Nanoseconds;
}

export interface StackReadings {
  /** Of the lines of the run's LineResolver. */
  readonly stacks: StackTable;
  readonly samples: StackReadingRows;
  /** Whose thread states were found to be: once each, and again when one was found to be another's. */
  readonly states: readonly StateReading[];
  readonly native: readonly NativeReading[];
  /** Mean time between two readings of a holder; 0 if there were none. */
  readonly period: Nanoseconds;
}
