/** One recording of a process: a capture whose records are analysed as they come. */
import type { RecordBatch, StreamSummary } from '../../core/perfdata/records';
import { ThreadAnalysis } from '../../core/threads/analysis';
import type { ThreadsResult } from '../../core/threads/result';
import { Capture, type CaptureOptions } from '../perf/capture';
import { listThreads } from '../target/process';

export interface RecordingResult {
  result: ThreadsResult;
  summary: StreamSummary;
  /** CLOCK_MONOTONIC at time 0, in nanoseconds. */
  origin: bigint;
  /** Why the recording ended before it was asked to, or undefined. */
  ended: string | undefined;
}

export class Recording {
  /**
   * Sets the probes, starts perf and returns when records are being made.
   * @throws BridgeFailure; nothing is left behind then.
   */
  static async start(
    options: Omit<CaptureOptions, 'onBatch'>
  ): Promise<Recording> {
    let analysis: ThreadAnalysis | undefined;
    const onBatch = (batch: RecordBatch): void => analysis?.consume(batch);
    const capture = await Capture.open({ ...options, onBatch });
    try {
      const threads = listThreads(options.pid);
      await capture.enable();
      analysis = new ThreadAnalysis({
        events: capture.events,
        strings: capture.strings,
        pid: options.pid,
        schedulerStates: options.schedulerStates,
        start: {
          time: Number(process.hrtime.bigint() - capture.origin),
          threads
        }
      });
    } catch (error) {
      await capture.cancel();
      throw error;
    }
    return new Recording(capture, analysis);
  }

  private constructor(
    private readonly _capture: Capture,
    private readonly _analysis: ThreadAnalysis
  ) {}

  /**
   * Stops, reads the rest and analyses the window.
   * @param began CLOCK_MONOTONIC when the cell's own code began, in nanoseconds
   * @param ended the same for its end
   */
  async finish(began: bigint, ended: bigint): Promise<RecordingResult> {
    const { origin, broken } = this._capture;
    const summary = await this._capture.close();
    const result = this._analysis.finish({
      begin: Number(began - origin),
      end: Number(ended - origin)
    });
    return { result, summary, origin, ended: broken };
  }

  /** Removes the probes, after `finish`. */
  async removeProbes(): Promise<void> {
    await this._capture.removeProbes();
  }

  /** Stops and forgets. */
  async cancel(): Promise<void> {
    await this._capture.cancel();
  }
}
