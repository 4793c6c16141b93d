/**
 * What a reader of /proc and of memory saw in some rounds (rung `sample`). A round looks at each GIL once, and at
 * some threads or all of them, each at its own instant.
 */
import type { Address, Nanoseconds } from '../../units';

/** A thread when it is first seen, and again when it has begun to run Python. */
export interface SampledThread {
  /** Its number in all batches of a run: 0, 1, … in the order in which threads are met. */
  readonly index: number;
  readonly pid: number;
  readonly tid: number;
  /** The kernel's name of the thread; '' if unknown. */
  readonly comm: string;
  /** Number of the GIL that it takes, -1 for a thread that has no Python thread state. */
  readonly gil: number;
  /** When it was not there yet; -Infinity for a thread that was there at the first round. */
  readonly born: Nanoseconds;
}

/** One row a round and GIL, in order of time. */
export interface HolderReadings {
  readonly length: number;
  readonly time: Float64Array;
  readonly gil: Uint16Array;
  /** SampledThread.index of the holder, or NOBODY, or SOMEBODY. */
  readonly thread: Int32Array;
  /** 1 unless the holder sleeps in the kernel. */
  readonly running: Uint8Array;
  /** Where the holder stood; -1 if it could not be read before it went on. */
  readonly stack: Int32Array;
}

/** No thread had the GIL. */
export const NOBODY = -1;
/** A thread had the GIL whose number is not known. */
export const SOMEBODY = -2;

/** One row each reading of a thread, in order of time. */
export interface ThreadReadings {
  readonly length: number;
  readonly time: Float64Array;
  /** SampledThread.index */
  readonly thread: Int32Array;
  /** ThreadState: RunningGil and HoldingOffCpu, too. */
  readonly state: Uint8Array;
  /** Of WaitingLock: the address that it sleeps on; else 0. */
  readonly lock: Float64Array;
  /** Of OffCpu: SleepKind; else 0. */
  readonly sleep: Uint8Array;
  /** Where it stood; -1 if not known. */
  readonly stack: Int32Array;
  /** Time that the thread has spent on a CPU in all, as the kernel counts it; 0 where it does not tell. */
  readonly cpu: Float64Array;
}

export interface SampledBatch {
  readonly threads: readonly SampledThread[];
  /** Addresses of GILs that were met: numbered from the first on. */
  readonly gils: readonly Address[];
  /** Rounds in this batch. */
  readonly rounds: number;
  /** Readings of threads, not among `readings`, that contradicted themselves again and again: the thread went on meanwhile. */
  readonly dropped: number;
  readonly holders: HolderReadings;
  readonly readings: ThreadReadings;
  /**
   * Spans in which a thread could run, but had no CPU: thread, start, end, the time within which that lies somewhere,
   * and so on.
   */
  readonly queued: Float64Array;
  /** Threads that have ended: thread, time, and so on. */
  readonly ended: Float64Array;
}
