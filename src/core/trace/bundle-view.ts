/**
 * A bundle after it was read and checked: what a viewer draws from. Nothing in here is packed, every
 * index is within its table, every number is finite.
 */
import type { ReportDocument, RunInfo } from './document';
import type { Sidecar } from './bundle';
import type { LiveFrameView } from './live-frame-view';
import type { ThreadState } from '../threads/states';
import type { Nanoseconds } from '../units';

/** One lane: one thread, or several that were folded to stay in the budget. */
export interface OverviewLane {
  /** Indexes into `document.threads`. */
  readonly threads: readonly number[];
  /**
   * Number of threads that the lane stands for: more than `threads` lists if the table left rows out.
   * Above 1 the lane's label is "other (count threads)".
   */
  readonly count: number;
}

/** Exact shares of each state, per lane and bucket. */
export interface Overview {
  readonly bucketNs: Nanoseconds;
  /** Number of buckets; bucket i lasts from i x bucketNs to (i + 1) x bucketNs. */
  readonly buckets: number;
  /** The state that each share of a bucket stands for. */
  readonly states: readonly ThreadState[];
  readonly lanes: readonly OverviewLane[];
  /**
   * Share of state s in bucket b of lane l at [(l x buckets + b) x states.length + s], in 1/255 of the
   * time in which the lane's threads existed within the bucket. A bucket sums to 255, or to 0 if none
   * of the threads existed.
   */
  readonly shares: Uint8Array;
}

/**
 * Exact intervals of one thread within a window, as `StateTrack` has them: interval i lasts from
 * start[i] to start[i + 1], the last one to `end`.
 */
export interface WindowTrack {
  /** Index into `document.threads`. */
  readonly thread: number;
  readonly start: Float64Array;
  /** ThreadState of each interval. */
  readonly state: Uint8Array;
  readonly end: Nanoseconds;
}

/** A span in which every interval of the listed threads is there. */
export interface BundleWindow {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly tracks: readonly WindowTrack[];
}

/** What the tables left out to stay in the budget: number of rows. */
export interface OmittedRows {
  readonly threads?: number;
  readonly blame?: number;
  readonly waits?: number;
  readonly lines?: number;
  readonly ignored?: number;
  readonly locks?: number;
}

/** A placeholder has `run` only; a result has `document` and `overview`. */
export interface BundleView {
  readonly kind: 'placeholder' | 'result';
  readonly run: RunInfo;
  readonly document?: ReportDocument;
  readonly overview?: Overview;
  /** Ordered by start, not overlapping. One that spans the run means: every interval is here. */
  readonly windows: readonly BundleWindow[];
  /** Sentences for the reader: what the budget took away. */
  readonly reductions: readonly string[];
  readonly omitted: OmittedRows;
  readonly sidecar?: Sidecar;
  /** Of a run that goes on, where its display is refreshed through the kernel: the newest frame. */
  readonly live?: LiveFrameView;
}
