/** What the reader of rounds, a thread of its own, is told and tells (rung `sample`). */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { GilLocation } from '../../core/cpython/gil';
import type { SampledBatch } from '../../core/threads/sampled/batch';
import type { Address, Nanoseconds } from '../../core/units';
import type { NewStacks } from './code-stacks';

/** How it begins. */
export interface RoundOrders {
  pid: number;
  layout: FrameLayout;
  /** _PyRuntime in the process. */
  runtime: Address;
  /** The main interpreter's GIL. */
  gil: GilLocation;
  /** CLOCK_MONOTONIC at time 0, nanoseconds. */
  origin: bigint;
  /** Mean time between two rounds. */
  period: Nanoseconds;
  /** Most frames of a stack. */
  depth: number;
  /** CPUs that the process may use, a quota counted as CPUs. */
  cpus: number;
  /** Number of the futex system call. */
  futex: number;
  /** One word of 32 bits: not 0 means stop. */
  control: SharedArrayBuffer;
}

export const STOP = 0;

/** Rounds since the last message. */
export interface RoundMessage {
  /** Its stacks are numbered as `stacks` says. */
  batch: SampledBatch;
  stacks: NewStacks;
  /** Time that the reader spent on a CPU so far. */
  cpuNs: Nanoseconds;
  /** Why threads are missing, if some are. */
  problem: string | undefined;
  /** The last message. */
  done: boolean;
}
