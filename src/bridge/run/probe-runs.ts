/** The rungs `full` and `waits`: recordings with probes, and what they say of themselves. */
import type { Nanoseconds } from '../../core/units';
import { calibrate, type Calibration } from '../calibration/calibrate';
import { findPerf } from '../perf/find-perf';
import type { PerfRights } from '../perf/perf-rights';
import {
  InterpreterCodeReader,
  type InterpreterCode
} from '../probes/interpreter-code';
import type { ProbeMode } from '../probes/plan';
import { openUprobes } from '../probes/open-uprobes';
import type { Uprobes } from '../probes/uprobes';
import type { LiveRecording } from '../live/live-recording';
import type { HelloRequest, StartRequest } from '../protocol/messages';
import { checkMachine } from '../target/interpreter';
import { costOf } from './cost';
import { percentOfOneCpu } from './own-cpu';
import { Recording } from './recording';
import type { RecordingResult } from './recording-result';
import { DEFAULT_DEPTH } from './run-recording';
import type { CaptureFacts, Recorded, RunRecording } from './run-recording';
import { streamFacts } from './summary-facts';

/** Prepares once, then starts recording after recording of one kernel. */
export class ProbeRuns {
  /** @param _onProgress told what is being done before a run can start */
  constructor(
    private readonly _hello: HelloRequest,
    private readonly _onProgress: (runId: string, phase: string) => void
  ) {
    this._codes = new InterpreterCodeReader(_hello.python);
  }

  /** @throws BridgeFailure; nothing is left behind then. */
  async start(request: StartRequest, mode: ProbeMode): Promise<RunRecording> {
    checkMachine();
    const perf = findPerf();
    const uprobes = await this._open();
    await uprobes.removeLeftovers();
    const code = this._codes.read(this._hello);
    const calibration = await this._calibrate(
      perf,
      uprobes,
      code,
      request.run.id
    );
    const recording = await Recording.start({
      perf,
      uprobes,
      pid: this._hello.pid,
      code,
      calibration,
      mode,
      // A wait's surroundings are all that `waits` has.
      schedulerStates: request.states || mode === 'waits',
      depth: request.depth ?? DEFAULT_DEPTH,
      switchInterval: this._hello.switch_interval_ns,
      maxOverhead: request.max_overhead,
      launcher: request.source?.launcher ?? []
    });
    return new ProbeRun(
      recording,
      code,
      calibration,
      mode,
      request,
      uprobes.rights
    );
  }

  /** After the last run. */
  close(): void {
    this._uprobes?.close();
  }

  private async _open(): Promise<Uprobes> {
    if (this._uprobes?.usable !== true) {
      this._uprobes?.close();
      this._uprobes = undefined;
      this._uprobes = await openUprobes();
    }
    return this._uprobes;
  }

  /** Calibrates once; the code of a process doesn't change. */
  private async _calibrate(
    perf: string,
    uprobes: Uprobes,
    code: InterpreterCode,
    runId: string
  ): Promise<Calibration> {
    if (this._calibration?.identity !== code.identity) {
      this._onProgress(runId, 'testing the probes on this interpreter');
      this._calibration = await calibrate(
        perf,
        uprobes,
        this._hello,
        code,
        this._codes
      );
    }
    return this._calibration;
  }

  private readonly _codes: InterpreterCodeReader;
  private _calibration: Calibration | undefined;
  private _uprobes: Uprobes | undefined;
}

class ProbeRun implements RunRecording {
  constructor(
    private readonly _recording: Recording,
    private readonly _code: InterpreterCode,
    private readonly _calibration: Calibration,
    readonly mode: ProbeMode,
    private readonly _request: StartRequest,
    private readonly _rights: PerfRights
  ) {
    this.live = _recording.live();
  }

  readonly live: LiveRecording;

  async finish(began: bigint, ended: bigint): Promise<Recorded> {
    const recorded = await this._recording.finish(began, ended);
    const { summaries, result, origin } = recorded;
    return {
      result,
      capture: this._facts(recorded),
      origin,
      clock: summaries.at(0)?.clock,
      problem:
        recorded.ended ?? summaries.find(({ error }) => error)?.error?.message
    };
  }

  removeProbes(): Promise<void> {
    return this._recording.removeProbes();
  }

  cancel(): Promise<void> {
    return this._recording.cancel();
  }

  private _facts(recorded: RecordingResult): CaptureFacts {
    const { summaries, result, shed, overLimit, ownCpu, lineSamples } =
      recorded;
    const sinceBegin = (time: Nanoseconds): Nanoseconds =>
      Math.max(0, Math.round(time - result.begin));
    const { nsPerHit, facts } = this._calibration;
    const { max_overhead: maxOverhead } = this._request;
    const stream = streamFacts(summaries);
    // The kernel counts hits of other processes, too, where somebody else traces the same file.
    const hits = Math.min(recorded.hits, recorded.records + stream.lost);
    return {
      mode: this.mode,
      ...stream,
      hits,
      ns_per_hit: Math.round(nsPerHit),
      ...costOf(result, nsPerHit, hits),
      ...(ownCpu && { reader_cpu_percent: percentOfOneCpu(ownCpu) }),
      lock_waits: this._code.locks !== undefined,
      ...(this._rights.waking.length === 0 && { wakers: false }),
      collections: this.mode === 'full' && this._code.collectors.length > 0,
      ...(facts.layout && {
        line_samples: {
          count: lineSamples.count,
          period_ns: Math.round(lineSamples.period)
        }
      }),
      ...(shed &&
        maxOverhead !== undefined && {
          shed: {
            at_ns: sinceBegin(shed.at),
            resumed_ns: sinceBegin(shed.resumed),
            max_overhead_percent: maxOverhead
          }
        }),
      ...(overLimit &&
        maxOverhead !== undefined && {
          over_limit: {
            at_ns: sinceBegin(overLimit.at),
            max_overhead_percent: maxOverhead,
            reason: overLimit.reason
          }
        })
    };
  }
}
