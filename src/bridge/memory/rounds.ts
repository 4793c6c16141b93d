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
  /** Two words of 32 bits: see STOP and PERIODS. */
  control: SharedArrayBuffer;
}

/** Word of `control`: not 0 means stop. */
export const STOP = 0;

/** Word of `control`: how many periods there are between two rounds; 0 stands for 1. */
export const PERIODS = 1;

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
