/** What the reader of stacks, a thread of its own, is told and tells. */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { GilLocation } from '../../core/cpython/gil';
import type { Address, Nanoseconds } from '../../core/units';
import type { NewStacks } from './code-stacks';

/** How it begins. */
export interface StackSamplerOrders {
  pid: number;
  layout: FrameLayout;
  /** _PyRuntime in the process. */
  runtime: Address;
  /** The main interpreter's GIL. */
  gil: GilLocation;
  /** CLOCK_MONOTONIC at time 0, nanoseconds. */
  origin: bigint;
  /** Mean time between two readings. */
  period: Nanoseconds;
  /** Most frames of a stack. */
  depth: number;
  /** Threads that are read in each round beside those that hold a GIL, in turn. */
  others: number;
  /** Two words of 32 bits: see STOP and PERIODS. */
  control: SharedArrayBuffer;
}

/** Word of `control`: not 0 means stop. */
export const STOP = 0;

/** Word of `control`: how many periods a round takes; 0 stands for 1. */
export const PERIODS = 1;

/** Readings since the last message; lines and stack nodes are numbered from the first message on. */
export interface StackSampleMessage extends NewStacks {
  /**
   * Code objects that were seen for the first time: address, an instruction, and so on. They are worth a look
   * at once: a cell's own is freed when the cell ends, before its last records are read.
   */
  codes: Float64Array;
  /** One row each reading of a thread. */
  rows: number;
  tid: Int32Array;
  tstate: Float64Array;
  time: Float64Array;
  node: Int32Array;
  /** 0 if only the innermost frame is sure. */
  complete: Uint8Array;
  /** 1 if it was read because it held the GIL. */
  holding: Uint8Array;
  /** Thread states whose thread was not known, or was another: thread state, tid, time, and so on. */
  states: Float64Array;
  /** Where a holder that did not run stood in native code: tid, time, address, and so on. */
  native: Float64Array;
  /** Rounds since the last message, how many periods each took, and the time since the first of all. */
  rounds: number;
  periods: number;
  elapsed: Nanoseconds;
  /** The last message. */
  done: boolean;
}
