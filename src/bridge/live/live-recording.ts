/** What a recording of any rung gives to those who watch it. */
import type { LiveAnalysis } from '../../core/threads/live-analysis';
import type { LineRecord, StackColumns } from '../../core/threads/result';
import type { LiveFigures } from '../../core/trace/live-run';
import type { Nanoseconds } from '../../core/units';

export interface LiveRecording {
  /** Of the records or readings so far. Not to be asked when the recording is being finished. */
  readonly analysis: LiveAnalysis;
  readonly schedulerStates: boolean;
  /** CLOCK_MONOTONIC at time 0 of the recording, in nanoseconds. */
  readonly origin: bigint;

  /** All lines and stacks so far. */
  lines(): { lines: readonly LineRecord[]; stacks: StackColumns };

  /**
   * Takes in what has happened until now.
   * @returns up to when all is known
   */
  catchUp(): Promise<Nanoseconds>;

  figures(): Omit<LiveFigures, 'events_per_second'>;
}
