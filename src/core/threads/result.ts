/**
 * What the analysis of one run yields: a state for each thread and instant, the holds of the GIL, and
 * the waits for it, each with who held it. All times are relative to the trace's origin.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { LineSplit } from './line-split';
import type { LineSpread } from './sampled/line-sums';
import type { Spread } from './sampled/spread';
import type { StateSpreads } from './sampled/state-spreads';

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
  /** Number of requests for the GIL. */
  readonly requests: number;
  /** Nanoseconds in each ThreadState; length STATE_COUNT; sums to end - begin. */
  readonly statesNs: Float64Array;
  /** How far these may be off, where they are sampled. */
  readonly spreads?: StateSpreads;
  /** Of the nanoseconds in HoldingOffCpu: when it slept; in the rest it had no CPU though it could run. */
  readonly heldAsleepNs?: Nanoseconds;
  /** Nanoseconds of OffCpu by SleepKind, where that was read. */
  readonly sleepNs?: Float64Array;
  /** Half widths of its 95 % intervals. */
  readonly sleepErrorNs?: Float64Array;
  /** Whether it was seen to run Python code: it asked for the GIL, or its frames were read. */
  readonly python: boolean;
  /** For a thread without requests: the library that it was seen in most; undefined if not seen. */
  readonly library?: string;
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
  Unfinished: 3,
  /** Was read to wait, once or several times in a row: how it began and ended is not known. */
  Sampled: 4
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
  /** StackIndex where the waiter stood, exact in its innermost frame; -1 if not known. */
  readonly stack: Int32Array;
  /** StackIndex where the thread was seen that made it wait longest; -1 if not known. */
  readonly holderStack: Int32Array;
  /** Index of the thread that woke it last before it got the GIL (sched_waking), -1 if not known. */
  readonly waker: Int32Array;
}

/** Waits for a `threading` lock, ordered by start. */
export interface LockWaitColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Address of the lock. */
  readonly lock: Float64Array;
  /** Index of the thread that released it: the one that woke the waiter; -1 if not known. */
  readonly holder: Int32Array;
  /** StackIndex where the waiter stood; -1 if not known. */
  readonly stack: Int32Array;
  /** Where they are sampled: how far each may be off, see sampled/spread.ts, and the time between two readings of a thread. */
  readonly sampled?: {
    readonly variance: Float64Array;
    readonly floor: Nanoseconds;
  };
}

/** Runs of the cyclic garbage collector, ordered by start. */
export interface CollectionColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** Holds of the GIL, ordered by start. Holds of one GIL never overlap. */
export interface HoldColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 1 if another thread had asked for the GIL for a whole switch interval: a forced switch. */
  readonly forced: Uint8Array;
  /** Nanoseconds of the hold in which at least one other thread waited for the GIL; 0 = harmless. */
  readonly wanted: Float64Array;
  /** Index into `gils`. */
  readonly gil: Uint16Array;
  /** LineIndex where the thread stood when it asked for the GIL; -1 if not known. */
  readonly line?: Int32Array;
}

/** One GIL: of a process, or of a sub-interpreter that has its own (CPython 3.12+). */
export interface GilRecord {
  readonly pid: number;
  /** Address of its structure in the process; 0 if not known. */
  readonly address: number;
  /** Whether it is the main interpreter's. */
  readonly main: boolean;
}

/** `LineRecord.task` of tasks to which the program gave no name: asyncio calls them Task-1, Task-2, … */
export const UNNAMED_TASK = 'Task-…';

/** A line of Python code that was seen; or, in stacks, the asyncio task that runs the frames above it. */
export interface LineRecord {
  /** co_filename. */
  readonly file: string;
  /** Counted from 1; 0 where the code has no line there. */
  readonly line: number;
  /** co_qualname (3.11+), else co_name. */
  readonly func: string;
  /**
   * Its name, where this is a task: then file and function are its coroutine's, and the line is 0. Tasks
   * that share an entry have a name with an ellipsis.
   */
  readonly task?: string;
}

/** Python stacks as a tree: a node is one frame, its parent the frame that called it. */
export interface StackColumns {
  readonly length: number;
  /** StackIndex of the caller's frame; -1 for the outermost that is known. */
  readonly parent: Int32Array;
  /** LineIndex. */
  readonly line: Int32Array;
}

/** Figures of one line, each for the line itself and with all that it called. */
export interface LineFigures {
  /** Holding the GIL: holds are exact, their split by line is sampled. */
  readonly heldNs: Nanoseconds;
  /** The part of it in which another thread waited. */
  readonly heldWhileWantedNs: Nanoseconds;
  /** Waiting for the GIL: exact. */
  readonly waitedNs: Nanoseconds;
  /** Without the GIL, from a drop on this line to the same thread's next request: exact. */
  readonly releasedNs: Nanoseconds;
}

export interface LineTimes {
  readonly line: LineIndex;
  readonly self: LineFigures;
  readonly total: LineFigures;
  /** Half width of the 95 % interval of `self.heldNs`. */
  readonly heldErrorNs: Nanoseconds;
  /** How often a holder was seen on the line. */
  readonly samples: number;
  /** Number of waits on the line itself. */
  readonly waits: number;
  /** How far the figures may be off, where they are sampled. */
  readonly spread?: LineSpread;
}

/** How long a thread waited on one line while another held the GIL on another. */
export interface LineBlame {
  readonly waiter: ThreadIndex;
  readonly waiterStack: StackIndex;
  /** -1: nobody is known to have held it. */
  readonly holder: ThreadIndex;
  readonly holderStack: StackIndex;
  readonly waitNs: Nanoseconds;
  /** Number of waits that this pair took part in; 0 where waits are sampled: not known. */
  readonly count: number;
  /** How far the time may be off, where it is sampled. */
  readonly spread?: Spread;
}

/** Holds in which a request was ignored for a switch interval or more, by what the holder ran. */
export interface IgnoredRequests {
  readonly holder: ThreadIndex;
  readonly holderStack: StackIndex;
  /** Native function that sat on the GIL, from the ELF symbols; '' if it has none. */
  readonly symbol: string;
  /** File that holds it; '' if not known. */
  readonly library: string;
  /** Time of these holds in which another thread waited. */
  readonly wantedNs: Nanoseconds;
  readonly holds: number;
  /** Switch intervals that passed. */
  readonly requests: number;
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
  /** True where times are estimates from readings: how often something happened is not known then. */
  readonly sampled?: boolean;
  /** At most 65536: columns name them in 16 bits. Those that came later are left out. */
  readonly threads: readonly ThreadRecord[];
  readonly waits: WaitColumns;
  readonly holds: HoldColumns;
  readonly blame: readonly BlameEntry[];
  readonly gils: readonly GilRecord[];
  readonly lockWaits: LockWaitColumns;
  readonly collections: CollectionColumns;
  readonly lines: readonly LineRecord[];
  readonly stacks: StackColumns;
  /** Lines with at least one figure, in no order. */
  readonly lineTimes: readonly LineTimes[];
  readonly lineBlame: readonly LineBlame[];
  /** Absent if lines were not attributed, or in another way. */
  readonly lineSplit?: LineSplit;
  readonly ignored: readonly IgnoredRequests[];
  readonly oddities: OddityCounts;
  /** Spans in which records were lost: every thread concerned is `unknown` there. */
  readonly lossSpans: readonly {
    readonly start: Nanoseconds;
    readonly end: Nanoseconds;
  }[];
}
