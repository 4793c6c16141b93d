/** What the reader of memory saw of the Python stacks of the process's threads. */
import type { Address, Nanoseconds, StackIndex } from '../units';
import type { StackTable } from './line-stacks';

export interface StackReading {
  readonly tid: number;
  /** The innermost frame was read between these two times. */
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
  readonly stack: StackIndex;
  /** False if only its innermost frame is sure: the thread went on while it was read. */
  readonly complete: boolean;
  /** Whether the thread was read because it held the GIL at `from`. */
  readonly holding: boolean;
}

/** A holder that slept, where the kernel says it entered a system call. */
export interface NativeReading {
  readonly tid: number;
  readonly time: Nanoseconds;
  readonly ip: Address;
}

export interface StackReadings {
  /** Of the lines of the run's LineResolver. */
  readonly stacks: StackTable;
  readonly samples: readonly StackReading[];
  readonly native: readonly NativeReading[];
  /** Mean time between two rounds; 0 if there were none. */
  readonly period: Nanoseconds;
}
