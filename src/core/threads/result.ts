/**
 * What the analysis of one run yields: a state for each thread and instant, the holds of the GIL, and
 * the waits for it, each with who held it. All times are relative to the trace's origin.
 */
import type { Nanoseconds, ThreadIndex } from '../units';

/**
 * The states of one thread as a partition of its lifetime: interval i lasts from start[i] to
 * start[i + 1], the last one to `end`. Neighbours differ in state; no interval is empty.
 */
export interface StateTrack {
  readonly length: number;
  readonly start: Float64Array;
  /** ThreadState of each interval. */
  readonly state: Uint8Array;
  readonly end: Nanoseconds;
}

/** One thread that was seen in the run. */
export interface ThreadRecord {
  readonly pid: number;
  readonly tid: number;
  /** The kernel's name of the thread (comm), 15 bytes at most; '' if unknown. */
  readonly comm: string;
  /** tid equals pid: the process's first thread. */
  readonly main: boolean;
  /** First instant of the thread within the run. */
  readonly begin: Nanoseconds;
  /** Its exit, or the end of the run. */
  readonly end: Nanoseconds;
  /** Number of requests for the GIL; 0 means that the thread never touched Python in this run. */
  readonly requests: number;
  /** Nanoseconds in each ThreadState; length STATE_COUNT; sums to end - begin. */
  readonly statesNs: Float64Array;
  readonly track: StateTrack;
}

/** How a wait came about and ended. */
export const WaitKind = {
  /** Waited on the GIL's condition: has at least one wake. */
  Contended: 0,
  /** Waited on the GIL's mutex only: no wake; ended at the previous holder's drop. */
  Handoff: 1,
  /** Dropped the GIL on request and waited until another thread had taken it (forced switch). */
  Forced: 2,
  /** Still waiting when the run or the thread ended. */
  Unfinished: 3
} as const;

export type WaitKind = (typeof WaitKind)[keyof typeof WaitKind];

/** Waits for the GIL, ordered by start; one row each. */
export interface WaitColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly start: Float64Array;
  /** When the GIL was acquired (for Forced: when the forced switch ended; for Unfinished: the end). */
  readonly end: Float64Array;
  /** Index of the thread that held the GIL at the request, -1 if unknown. */
  readonly holder: Int32Array;
  readonly kind: Uint8Array;
  /** Wakes that found the GIL still locked: requests the holder ignored for a whole switch interval. */
  readonly ignored: Uint16Array;
  /** Nanoseconds between the waiter's own last stamp and the previous holder's drop: the hand-off. */
  readonly uncertainty: Float64Array;
}

/** Holds of the GIL, ordered by start. Holds of one GIL never overlap. */
export interface HoldColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 1 if another thread had asked for the GIL for a whole switch interval: a forced switch. */
  readonly forced: Uint8Array;
}

/** How long a thread waited while another held the GIL. */
export interface BlameEntry {
  readonly waiter: ThreadIndex;
  /** -1: time in which nobody is known to have held it (hand-off, or unknown). */
  readonly holder: ThreadIndex;
  readonly waitNs: Nanoseconds;
  /** Number of waits that this holder took part in. */
  readonly count: number;
}

/** Legal but unusual sequences, counted; none of them is an error of the program. */
export interface OddityCounts {
  /** A drop of a thread that was not seen to take the GIL after the start of the run. */
  readonly dropWithoutRequest: number;
  /** take_gil that never returned: the interpreter was finalising, or the run ended. */
  readonly neverAcquired: number;
  /** The thread ended while it held the GIL. */
  readonly exitWhileHolding: number;
  /** Two takes without a drop between, or two drops: the sign of lost records or a missed probe site. */
  readonly brokenAlternation: number;
}

/** The whole result. */
export interface ThreadsResult {
  readonly begin: Nanoseconds;
  readonly end: Nanoseconds;
  /** Whether scheduler states were recorded. */
  readonly schedulerStates: boolean;
  /** At most 65536: columns name them in 16 bits. Those that came later are left out. */
  readonly threads: readonly ThreadRecord[];
  readonly waits: WaitColumns;
  readonly holds: HoldColumns;
  readonly blame: readonly BlameEntry[];
  readonly oddities: OddityCounts;
  /** Spans in which records were lost: every thread concerned is `unknown` there. */
  readonly lossSpans: readonly {
    readonly start: Nanoseconds;
    readonly end: Nanoseconds;
  }[];
}
