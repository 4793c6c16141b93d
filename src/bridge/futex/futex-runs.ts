/** The rung `futex`: recordings by calls of futex(2), and what they say of themselves. */
import { findPerf } from '../perf/find-perf';
import type { LiveRecording } from '../live/live-recording';
import type { HelloRequest, StartRequest } from '../protocol/messages';
import { percentOfOneCpu } from '../run/own-cpu';
import {
  DEFAULT_DEPTH,
  type CaptureFacts,
  type Recorded,
  type RunRecording
} from '../run/run-recording';
import { streamFacts } from '../run/summary-facts';
import { waitedOnLines } from '../run/waited-on-lines';
import { checkMachine } from '../target/interpreter';
import {
  locateInterpreter,
  type RunningInterpreter
} from '../target/running-interpreter';
import { calibrateFutex, type FutexCalibration } from './calibrate-futex';
import { checkFutexEvent } from './futex-event';
import { FutexRecording, type FutexResult } from './futex-recording';

/** Prepares once, then starts recording after recording of one kernel. */
export class FutexRuns {
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
    checkMachine();
    checkFutexEvent();
    const perf = findPerf();
    const interpreter = locateInterpreter(this._hello);
    const { layout } = await this._calibrate(perf, interpreter, request.run.id);
    const recording = await FutexRecording.start({
      perf,
      pid: this._hello.pid,
      interpreter,
      layout,
      depth: request.depth ?? DEFAULT_DEPTH,
      switchInterval: this._hello.switch_interval_ns,
      launcher: request.source?.launcher ?? []
    });
    return new FutexRun(recording, insteadOf);
  }

  /** Calibrates once; the code of a process doesn't change. */
  private async _calibrate(
    perf: string,
    interpreter: RunningInterpreter,
    runId: string
  ): Promise<FutexCalibration> {
    if (this._calibration?.identity !== interpreter.identity) {
      this._onProgress(runId, 'testing futex calls on this interpreter');
      this._calibration = await calibrateFutex(perf, this._hello, interpreter);
    }
    return this._calibration;
  }

  private _calibration: FutexCalibration | undefined;
}

class FutexRun implements RunRecording {
  constructor(
    private readonly _recording: FutexRecording,
    private readonly _insteadOf: CaptureFacts['instead_of']
  ) {
    this.live = _recording.live();
  }

  readonly mode = 'futex';
  readonly live: LiveRecording;

  async finish(began: bigint, ended: bigint): Promise<Recorded> {
    const recorded = await this._recording.finish(began, ended);
    const { summary, result } = recorded;
    return {
      result,
      capture: this._facts(recorded),
      origin: this._recording.origin,
      clock: summary.clock,
      problem: recorded.ended ?? summary.error?.message
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
    calls,
    lineSamples,
    ownGils,
    ownCpu
  }: FutexResult): CaptureFacts {
    return {
      mode: this.mode,
      ...streamFacts([summary]),
      hits: calls,
      ...(ownCpu && { reader_cpu_percent: percentOfOneCpu(ownCpu) }),
      futex: { other_gils: ownGils, ...waitedOnLines(result) },
      lock_waits: false,
      collections: false,
      ...(this._recording.layout && {
        line_samples: {
          count: lineSamples.count,
          period_ns: Math.round(lineSamples.period)
        }
      }),
      ...(this._insteadOf && { instead_of: this._insteadOf })
    };
  }
}
