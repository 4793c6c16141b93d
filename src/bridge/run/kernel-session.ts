/** What the bridge does for one kernel: prepare once, then record run after run, one at a time. */
import { calibrate, type Calibration } from '../calibration/calibrate';
import { BridgeFailure, errorMessage } from '../failure';
import { findPerf } from '../perf/find-perf';
import {
  InterpreterCodeReader,
  type InterpreterCode
} from '../probes/interpreter-code';
import type { ProbeMode } from '../probes/plan';
import { findTracefs, removeLeftovers } from '../probes/tracefs';
import type {
  HelloRequest,
  StartRequest,
  StopAnswer,
  StopRequest
} from '../protocol/messages';
import { checkInterpreter } from '../target/interpreter';
import { Recording } from './recording';
import {
  finishRun,
  type ActiveRun,
  type FinishedRun,
  type RunEnd
} from './finish-run';
import { RunStore } from './run-store';

/** Python frames of a stack, where the request does not say. */
const DEFAULT_DEPTH = 64;

/**
 * The rung that is asked for.
 * @throws BridgeFailure bad-request if this bridge has no such rung.
 */
function modeOf({ mode = 'auto' }: StartRequest): ProbeMode {
  switch (mode) {
    case 'auto':
    case 'full':
      return 'full';
    case 'waits':
      return 'waits';
    default:
      throw new BridgeFailure(
        'bad-request',
        `this bridge has no mode ${mode}: use full or waits`
      );
  }
}

export class KernelSession {
  /** @param onProgress told what is being done while a result is built */
  constructor(
    private readonly _hello: HelloRequest,
    private readonly _onProgress: (runId: string, phase: string) => void
  ) {
    this._store = new RunStore(_hello.run_store);
  }

  /** Process id of the kernel. */
  get pid(): number {
    return this._hello.pid;
  }

  /**
   * Begins to record. Returns the rung.
   * @throws BridgeFailure; nothing is left behind then.
   */
  async start(request: StartRequest): Promise<string> {
    if (this._active) {
      throw new BridgeFailure(
        'busy',
        'another cell of this kernel is being traced'
      );
    }
    const mode = modeOf(request);
    checkInterpreter(this._hello);
    const tracefs = findTracefs();
    const perf = findPerf();
    await removeLeftovers(tracefs);
    const code = this._codes.read(this._hello);
    const calibration = await this._calibrate(
      perf,
      tracefs,
      code,
      request.run.id
    );
    const recording = await Recording.start({
      perf,
      tracefs,
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
    this._active = {
      hello: this._hello,
      start: request,
      recording,
      sites: {
        locks: code.locks !== undefined,
        collections: mode === 'full' && code.collectors.length > 0
      },
      calibration,
      maxOverhead: request.max_overhead,
      store: this._store,
      startedAt: new Date(),
      began: process.hrtime.bigint(),
      onProgress: phase => this._onProgress(request.run.id, phase)
    };
    return mode;
  }

  /**
   * Ends the run and builds its result.
   * @throws BridgeFailure no-such-run; the system's error if the run store can't be written. Nothing is left
   *   behind then.
   */
  async stop(request: StopRequest): Promise<Omit<StopAnswer, 'id' | 'ok'>> {
    const active = this._take(request.run_id);
    const finished = await this._finish(active, {
      began: BigInt(request.began_ns),
      ended: BigInt(request.ended_ns),
      gilEnabled: request.gil_enabled,
      environment: request.environment,
      source: request.source,
      threadNames: new Map(
        request.threads.map(thread => [thread.tid, thread.name])
      ),
      save: request.save,
      saveRelativeTo: request.save_relative_to
    });
    this._unsettled = {
      runId: request.run_id,
      afterAnswer: finished.afterAnswer
    };
    const { answer } = finished;
    return {
      ...answer,
      warnings: [...answer.warnings, ...this._lateFailures.splice(0)]
    };
  }

  /** Ends the run and forgets it; no run of that id is no error. */
  async cancel(runId: string): Promise<void> {
    if (this._active?.start.run.id === runId) {
      await this._take(runId).recording.cancel();
    }
  }

  /**
   * What can wait until the answer is out: the trace file in the run store, removal of the probes. What goes wrong is
   * told with the next result.
   */
  async settle(): Promise<void> {
    const unsettled = this._unsettled;
    this._unsettled = undefined;
    try {
      await unsettled?.afterAnswer();
    } catch (error) {
      const failure = `the trace of the run before is not complete in the run store: ${errorMessage(error)}`;
      this._lateFailures.push(failure);
      process.stderr.write(`giltracer: run ${unsettled?.runId}: ${failure}\n`);
    }
  }

  /** The kernel has gone: a run in progress is finished as partial. */
  async close(): Promise<void> {
    await this.settle();
    const active = this._active;
    if (!active) {
      return;
    }
    this._active = undefined;
    try {
      const finished = await finishRun(active, {
        began: active.began,
        ended: process.hrtime.bigint(),
        gilEnabled: this._hello.gil_enabled,
        threadNames: new Map(),
        save: active.start.save,
        early: 'the program ended before the run was stopped'
      });
      await finished.afterAnswer();
    } finally {
      await active.recording.cancel();
    }
  }

  private async _finish(active: ActiveRun, end: RunEnd): Promise<FinishedRun> {
    try {
      return await finishRun(active, end);
    } catch (error) {
      await active.recording.cancel();
      throw error;
    }
  }

  private _take(runId: string): ActiveRun {
    const active = this._active;
    if (active?.start.run.id !== runId) {
      throw new BridgeFailure(
        'no-such-run',
        `no run ${runId} is being recorded`
      );
    }
    this._active = undefined;
    return active;
  }

  /** Calibrates once; the code of a process doesn't change. */
  private async _calibrate(
    perf: string,
    tracefs: string,
    code: InterpreterCode,
    runId: string
  ): Promise<Calibration> {
    if (this._calibration?.identity !== code.identity) {
      this._onProgress(runId, 'testing the probes on this interpreter');
      this._calibration = await calibrate(
        perf,
        tracefs,
        this._hello,
        code,
        this._codes
      );
    }
    return this._calibration;
  }

  private readonly _store: RunStore;
  private readonly _codes = new InterpreterCodeReader();
  private _active: ActiveRun | undefined;
  private _calibration: Calibration | undefined;
  private _unsettled:
    { runId: string; afterAnswer: () => Promise<void> } | undefined;
  /** What went wrong after an answer, and was not told yet. */
  private readonly _lateFailures: string[] = [];
}
