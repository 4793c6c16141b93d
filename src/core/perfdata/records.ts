/**
 * What the reader gives to the rest: batches of records in time order, one column per field, so that
 * no object is made per event.
 */

/** Kinds of records that reach the analysis. Everything else is counted and skipped by the reader. */
export const RecordKind = {
  /** PERF_RECORD_SAMPLE of a tracepoint, uprobe or software event; `event` says which. */
  Sample: 0,
  /** PERF_RECORD_SWITCH(_CPU_WIDE): the thread got a CPU. */
  SwitchIn: 1,
  /** The thread left its CPU by itself: it sleeps or waits. */
  SwitchOut: 2,
  /** The thread was taken off its CPU while runnable (PERF_RECORD_MISC_SWITCH_OUT_PREEMPT). */
  SwitchOutPreempted: 3,
  /** A new thread or process: args[0] = parent pid, args[1] = parent tid. */
  Fork: 4,
  /** The thread ended. */
  Exit: 5,
  /** The thread's name changed: args[0] = index into `strings`; args[1] = 1 if by exec. */
  Comm: 6,
  /** Records were lost on `cpu`, at or before `time`: args[0] = how many. */
  Lost: 7
} as const;

export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Number of argument columns of a batch. */
export const ARGUMENT_COLUMNS = 8;

/** Value of `RecordBatch.event` for records that are not samples. */
export const NO_EVENT = 255;

/**
 * Records in time order, as columns. Only the first `length` rows are valid, and only until the
 * receiver returns: the reader uses the same arrays again.
 */
export interface RecordBatch {
  readonly length: number;
  /** RecordKind of each row. */
  readonly kind: Uint8Array;
  /** Index into the reader's `events`, or NO_EVENT. */
  readonly event: Uint8Array;
  /** Time of each row, relative to the reader's origin. */
  readonly time: Float64Array;
  readonly pid: Int32Array;
  readonly tid: Int32Array;
  readonly cpu: Int16Array;
  /**
   * Numeric fields. For a sample: the event's own fields (no common_*, no __probe_*) in the order of
   * its format file, as in `EventDescription.fields`; for other kinds as said at RecordKind. A row has
   * values only in as many columns as it has fields: in the others anything may stand.
   */
  readonly args: readonly Float64Array[];
}

/** One event of the stream, as its header and tracepoint format describe it. */
export interface EventDescription {
  /** As perf names it, for example `giltracer:request_4711` or `cpu-clock`. */
  readonly name: string;
  /**
   * Names of the numeric fields that stand in `args`, in this order; at most ARGUMENT_COLUMNS. An event
   * that is no tracepoint has `ip`, the instruction at which it came, if it was sampled.
   */
  readonly fields: readonly string[];
  /** Of a watchpoint: the address that it watches. Its `ip` is that of the instruction behind the access. */
  readonly address?: number;
}

/** Why a stream could not be read further. What came before it is kept. */
export class PerfStreamError extends Error {
  constructor(
    message: string,
    /** Offset in the stream of the record that could not be read, in bytes. */
    readonly offset: number,
    /** perf's record type, or undefined if not even its header could be read. */
    readonly recordType: number | undefined
  ) {
    super(message);
    this.name = 'PerfStreamError';
  }
}

/** What is known when a stream has ended. */
export interface StreamSummary {
  /** All bytes taken in. */
  readonly bytes: number;
  /** Records by perf's record type, the skipped ones included. */
  readonly recordsByType: ReadonlyMap<number, number>;
  /** Samples by index into `events`. */
  readonly samplesByEvent: readonly number[];
  /**
   * Records lost, in all: the larger of the sum of LOST and the sum of LOST_SAMPLES, which count the
   * same losses (only the second knows of a loss at the very end).
   */
  readonly lost: number;
  /** Records that came later than their round allows; they were delivered all the same. */
  readonly late: number;
  /** perf's own version, from the header feature, if it was there. */
  readonly perfVersion: string | undefined;
  /** The kernel's release, from the header feature, if it was there. */
  readonly kernelRelease: string | undefined;
  /** CLOCK_MONOTONIC and wall clock at one instant (HEADER_CLOCK_DATA), if it was there. */
  readonly clock:
    { readonly monotonicNs: bigint; readonly wallNs: bigint } | undefined;
  /** Set if the stream was truncated or corrupt. */
  readonly error: PerfStreamError | undefined;
}
