/** What a recording by probes gives, and what it says of itself. */
import type { StreamSummary } from '../../core/perfdata/records';
import type { ThreadsResult } from '../../core/threads/result';
import type { Nanoseconds } from '../../core/units';
import type { OwnCpu } from './own-cpu';

/** Tracing cost more than it may, but could not be made cheaper: since when that is known, and why. */
export interface OverLimit {
  at: Nanoseconds;
  reason: string;
}

/** When the probes of every take and drop were given up, and since when waits were recorded again. */
export interface Shed {
  at: Nanoseconds;
  resumed: Nanoseconds;
}

export interface RecordingResult {
  result: ThreadsResult;
  /** One each perf: a second one if probes were given up. */
  summaries: StreamSummary[];
  /**
   * Hits of the probes while records were made, as the kernel counted them, and the records that came. Those of
   * other processes count, too, if somebody else traces the same file there.
   */
  hits: number;
  records: number;
  /** Readings of holders' stacks. */
  lineSamples: { count: number; period: Nanoseconds };
  shed: Shed | undefined;
  overLimit: OverLimit | undefined;
  /** While records were made; undefined where a perf ended too early to tell. */
  ownCpu: OwnCpu | undefined;
  /** CLOCK_MONOTONIC at time 0, in nanoseconds. */
  origin: bigint;
  /** Why the recording ended before it was asked to, or undefined. */
  ended: string | undefined;
}
