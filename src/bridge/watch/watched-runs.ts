/** The rung `watch`: recordings by watchpoints on the GIL, and what they say of themselves. */
import type { ThreadsResult } from '../../core/threads/result';
import type { WatchInfo } from '../../core/trace/document';
import { readPrivileges } from '../doctor/privileges';
import { BridgeFailure } from '../failure';
import { findPerf } from '../perf/find-perf';
import type { LiveRecording } from '../live/live-recording';
import type { HelloRequest, StartRequest } from '../protocol/messages';
import {
  DEFAULT_DEPTH,
  type CaptureFacts,
  type Recorded,
  type RunRecording
} from '../run/run-recording';
import { OverheadBudget } from '../run/overhead-budget';
import { streamFacts } from '../run/summary-facts';
import { waitedOnLines } from '../run/waited-on-lines';
import {
  locateInterpreter,
  type RunningInterpreter
} from '../target/running-interpreter';
import { calibrateWatch, type WatchCalibration } from './calibrate-watch';
import { watchCost } from './watch-cost';
import { isOutOfWatchpoints, requirePermission } from './watch-capture';
import { WatchRecording, type WatchResult } from './watch-recording';
import { lesserChoices, type WaitWords } from './words';

/** Prepares once, then starts recording after recording of one kernel. */
export class WatchedRuns {
  /** @param _onProgress told what is being done before a run can start */
  constructor(
    private readonly _hello: HelloRequest,
    private readonly _onProgress: (runId: string, phase: string) => void
  ) {}

  /**
   * @param insteadOf the better rung that was refused, if this one was not asked for
   * @throws BridgeFailure; nothing is left behind then.
   */
  async start(
    request: StartRequest,
    insteadOf?: CaptureFacts['instead_of']
  ): Promise<RunRecording> {
    if (process.arch !== 'x64') {
      throw new BridgeFailure(
        'unsupported-python',
        `watchpoints work on x86-64 for now, not on ${process.arch}`
      );
    }
    const perf = findPerf();
    const interpreter = locateInterpreter(this._hello);
    const calibration = await this._calibrate(
      perf,
      interpreter,
      request.run.id
    );
    const recording = await this._record(
      perf,
      interpreter,
      calibration,
      request
    );
    return new WatchedRun(
      recording,
      calibration.nsPerHit,
      request.max_overhead,
      insteadOf
    );
  }

  /** Watches all words that were trusted, or as many as the process has watchpoints for. */
  private async _record(
    perf: string,
    interpreter: RunningInterpreter,
    calibration: WatchCalibration,
    request: StartRequest
  ): Promise<WatchRecording> {
    let refused: unknown;
    for (const waitWords of lesserChoices(calibration.waitWords)) {
      try {
        return await WatchRecording.start({
          perf,
          pid: this._hello.pid,
          interpreter,
          waitWords,
          layout: calibration.layout,
          // Where waits can't be watched, the scheduler's records are all that tells of them.
          schedulerStates: request.states || waitWords.wait === undefined,
          depth: request.depth ?? DEFAULT_DEPTH,
          switchInterval: this._hello.switch_interval_ns,
          launcher: request.source?.launcher ?? [],
          budget:
            request.max_overhead === undefined
              ? undefined
              : new OverheadBudget(request.max_overhead, calibration.nsPerHit)
        });
      } catch (error) {
        if (!isOutOfWatchpoints(error)) {
          throw error;
        }
        refused = error;
      }
    }
    throw refused;
  }

  /** Calibrates once, if that could tell all; the code of a process doesn't change. */
  private async _calibrate(
    perf: string,
    interpreter: RunningInterpreter,
    runId: string
  ): Promise<WatchCalibration> {
    if (
      this._calibration?.identity === interpreter.identity &&
      this._calibration.lasting
    ) {
      return this._calibration;
    }
    // The test takes seconds; this costs nothing.
    requirePermission(readPrivileges());
    this._calibration = await calibrateWatch(
      perf,
      this._hello,
      interpreter,
      attempt =>
        this._onProgress(
          runId,
          `testing the watchpoints on this interpreter${attempt === 1 ? '' : `, attempt ${attempt}`}`
        )
    );
    return this._calibration;
  }

  private _calibration: WatchCalibration | undefined;
}

class WatchedRun implements RunRecording {
  constructor(
    private readonly _recording: WatchRecording,
    private readonly _nsPerHit: number,
    private readonly _maxOverhead: number | undefined,
    private readonly _insteadOf: CaptureFacts['instead_of']
  ) {
    this.live = _recording.live(_nsPerHit);
  }

  readonly mode = 'watch';
  readonly live: LiveRecording;

  async finish(began: bigint, ended: bigint): Promise<Recorded> {
    const recorded = await this._recording.finish(began, ended);
    const { summary, result } = recorded;
    return {
      result,
      capture: this._facts(recorded),
      origin: this._recording.origin,
      clock: summary?.clock,
      problem: recorded.ended ?? summary?.error?.message
    };
  }

  removeProbes(): Promise<void> {
    return this._recording.release();
  }

  cancel(): Promise<void> {
    return this._recording.cancel();
  }

  private _facts({
    summary,
    result,
    hits,
    lineSamples,
    ownGils,
    shedAt
  }: WatchResult): CaptureFacts {
    const { waitWords, layout } = this._recording;
    return {
      mode: this.mode,
      ...streamFacts(summary === undefined ? [] : [summary]),
      hits,
      ns_per_hit: Math.round(this._nsPerHit),
      ...watchCost(result, this._nsPerHit),
      watch: watchInfo(result, waitWords, ownGils),
      lock_waits: false,
      collections: false,
      ...(layout && {
        line_samples: {
          count: lineSamples.count,
          period_ns: Math.round(lineSamples.period)
        }
      }),
      ...(shedAt !== undefined &&
        this._maxOverhead !== undefined && {
          shed: {
            at_ns: Math.round(shedAt - result.begin),
            resumed_ns: Math.round(result.end - result.begin),
            max_overhead_percent: this._maxOverhead
          }
        }),
      ...(this._insteadOf && { instead_of: this._insteadOf })
    };
  }
}

function watchInfo(
  result: ThreadsResult,
  words: WaitWords,
  ownGils: boolean
): WatchInfo {
  return {
    wait_starts: words.wait !== undefined,
    forced_switches: words.yield !== undefined,
    other_gils: ownGils,
    ...waitedOnLines(result)
  };
}
