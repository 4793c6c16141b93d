/** What the bridge does for one kernel: prepare once, then record run after run, one at a time. */
import { examine, type DoctorReport } from '../doctor/examine';
import { BridgeFailure, errorMessage } from '../failure';
import { LiveView } from '../live/live-view';
import { ThreadBoard } from '../memory/thread-board';
import type {
  HelloRequest,
  LiveNotice,
  StartRequest,
  StopAnswer,
  StopRequest
} from '../protocol/messages';
import { checkInterpreter } from '../target/interpreter';
import {
  finishRun,
  runInfo,
  sourceContext,
  type ActiveRun,
  type FinishedRun,
  type RunEnd
} from './finish-run';
import { RunStore } from './run-store';
import { Rungs } from './rungs';

export class KernelSession {
  /**
   * @param onProgress told what is being done while a result is built, or the doctor tries (no run's, then)
   * @param onLive told how a run goes on, as long as nobody reads the live socket
   */
  constructor(
    private readonly _hello: HelloRequest,
    private readonly _onProgress: (
      runId: string | undefined,
      phase: string
    ) => void,
    onLive: (notice: LiveNotice) => void
  ) {
    this._live = new LiveView(onLive);
    this._store = new RunStore(_hello.run_store, _hello.store_cap);
    this._rungs = new Rungs(_hello, _onProgress);
  }

  /** Opens the live socket, if the kernel has a connection file. A failure is told with the first result. */
  async openLive(): Promise<void> {
    const { connection_file: file } = this._hello;
    const failure =
      file === undefined ? undefined : await this._live.open(file);
    if (failure !== undefined) {
      this._lateFailures.push(failure);
      process.stderr.write(`giltracer: ${failure}\n`);
    }
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
    checkInterpreter(this._hello);
    const recording = await this._rungs.start(request);
    this._active = {
      hello: this._hello,
      start: request,
      recording,
      store: this._store,
      startedAt: new Date(),
      began: process.hrtime.bigint(),
      onProgress: phase => this._onProgress(request.run.id, phase)
    };
    this._live.begin({
      info: runInfo(this._active, 'running'),
      mode: recording.mode,
      recording: recording.live,
      began: this._active.began,
      sources: sourceContext(request.source),
      board:
        request.thread_board &&
        new ThreadBoard(this._hello.pid, request.thread_board)
    });
    return recording.mode;
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
      const active = this._take(runId);
      this._live.freeze();
      await active.recording.cancel();
      this._live.end(runInfo(active, 'failed', 'The code did not run.'));
    }
  }

  /**
   * What can be done for this kernel, tried for real.
   * @throws BridgeFailure busy: the tries would get into the run's way.
   */
  async examine(): Promise<DoctorReport> {
    if (this._active) {
      throw new BridgeFailure('busy', 'a cell of this kernel is being traced');
    }
    return examine(this._hello, phase => this._onProgress(undefined, phase));
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
    try {
      await this.settle();
      await this._finishActive();
    } finally {
      this._rungs.close();
      await this._live.close();
    }
  }

  private async _finishActive(): Promise<void> {
    const active = this._active;
    if (!active) {
      return;
    }
    this._active = undefined;
    try {
      const finished = await this._finish(active, {
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
    this._live.freeze();
    try {
      const finished = await finishRun(active, end);
      this._live.end(finished.info);
      return finished;
    } catch (error) {
      this._live.end(runInfo(active, 'failed', `${errorMessage(error)}.`));
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

  private readonly _live: LiveView;
  private readonly _store: RunStore;
  private readonly _rungs: Rungs;
  private _active: ActiveRun | undefined;
  private _unsettled:
    { runId: string; afterAnswer: () => Promise<void> } | undefined;
  /** What went wrong after an answer, and was not told yet. */
  private readonly _lateFailures: string[] = [];
}
