/** What each rung of the ladder gives to the end of a run. */
import type { ClockPair } from '../../core/trace/trace-file';
import type { ThreadsResult } from '../../core/threads/result';
import type { LiveRecording } from '../live/live-recording';
import type { CaptureInfo } from '../../core/trace/document';

/** Python frames of a stack, where the request does not say. */
export const DEFAULT_DEPTH = 64;

/** What the rung knows of its capture; the rest is the same on each. */
export type CaptureFacts = Omit<
  CaptureInfo,
  | 'python'
  | 'free_threaded'
  | 'gil_enabled'
  | 'duration_ns'
  | 'scheduler_states'
  | 'environment'
>;

export interface Recorded {
  result: ThreadsResult;
  capture: CaptureFacts;
  /** CLOCK_MONOTONIC at time 0, in nanoseconds. */
  origin: bigint;
  /** A pair of clock readings, if the capture has one. */
  clock: ClockPair | undefined;
  /** Why the recording is not complete, or undefined. */
  problem: string | undefined;
}

/** A recording that goes on. */
export interface RunRecording {
  /** The rung. */
  readonly mode: string;

  /** What can be seen of it until `finish` or `cancel` is called. */
  readonly live: LiveRecording;

  /**
   * Stops, reads the rest and analyses the window.
   * @param began CLOCK_MONOTONIC when the cell's own code began, in nanoseconds
   * @param ended the same for its end
   */
  finish(began: bigint, ended: bigint): Promise<Recorded>;

  /** Removes what `finish` left in the kernel. */
  removeProbes(): Promise<void>;

  /** Stops and forgets. */
  cancel(): Promise<void>;
}
