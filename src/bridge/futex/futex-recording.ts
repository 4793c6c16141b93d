/**
 * One recording of a process by the calls of futex(2) that its waits for the GIL cause: a capture whose records are
 * analysed as they come, and beside it the reader of Python stacks. Nothing is hit while nobody waits.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { StreamSummary } from '../../core/perfdata/records';
import { ThreadAnalysis } from '../../core/threads/analysis';
import type { ThreadsResult } from '../../core/threads/result';
import type { Nanoseconds } from '../../core/units';
import type { LiveRecording } from '../live/live-recording';
import {
  MemoryBeside,
  type MemoryBesideOptions,
  type ReadBeside
} from '../memory/memory-beside';
import { EventCapture } from '../perf/event-capture';
import { ROOTS_RIGHTS } from '../perf/perf-rights';
import { OwnCpuMeter, percentOfOneCpu, type OwnCpu } from '../run/own-cpu';
import { listThreads } from '../target/process';
import { FUTEX_EVENT, futexFilter } from './futex-event';

/** How often codes are looked at again, in milliseconds. */
const CHECK_INTERVAL = 100;

/** Where a running thread is in native code, 250 times a second of its own CPU time. */
const CPU_CLOCK_PERIOD: Nanoseconds = 4_000_000;

export interface FutexRecordingOptions extends MemoryBesideOptions {
  /** The perf program. */
  perf: string;
}

export interface FutexResult {
  result: ThreadsResult;
  summary: StreamSummary;
  /** Calls on words of the GIL that were seen. */
  calls: number;
  lineSamples: ReadBeside['lineSamples'];
  /** Whether sub-interpreters had GILs of their own, which are not recorded. */
  ownGils: boolean;
  ownCpu: OwnCpu | undefined;
  /** Why the recording ended before it was asked to, or undefined. */
  ended: string | undefined;
}

export class FutexRecording {
  /**
   * Starts perf and returns when records are being made.
   * @throws BridgeFailure; nothing is left behind then.
   */
  static async start(options: FutexRecordingOptions): Promise<FutexRecording> {
    const recording = new FutexRecording(options);
    try {
      await recording._start();
      return recording;
    } catch (error) {
      await recording.cancel();
      throw error;
    }
  }

  private constructor(private readonly _options: FutexRecordingOptions) {
    const { perf, pid, interpreter } = _options;
    this._beside = new MemoryBeside(_options, this.origin);
    this._capture = new EventCapture({
      perf,
      pid,
      events: [
        FUTEX_EVENT,
        ROOTS_RIGHTS.cpuClock(CPU_CLOCK_PERIOD),
        ...ROOTS_RIGHTS.waking
      ],
      filters: { [FUTEX_EVENT]: futexFilter(interpreter.gil.address) },
      // A wait's surroundings are all that this rung has.
      schedulerStates: true,
      rights: ROOTS_RIGHTS,
      origin: this.origin,
      onBatch: batch => this._analysis?.consume(batch)
    });
  }

  /** Absent if Python frames can't be read. */
  get layout(): FrameLayout | undefined {
    return this._options.layout;
  }

  /** What can be seen of it while it goes on. */
  live(): LiveRecording {
    if (this._analysis === undefined) {
      throw new Error('nothing was recorded');
    }
    return {
      analysis: this._analysis.live(() => this._beside.readings),
      schedulerStates: true,
      origin: this.origin,
      lines: () => this._beside.linesAndStacks(),
      catchUp: () => this._capture.catchUp(),
      figures: () => {
        const ownCpu = this._ownCpu?.read();
        return {
          events: this._capture.eventsRead,
          lost: this._capture.lost,
          ...(ownCpu && { reader_cpu_percent: percentOfOneCpu(ownCpu) })
        };
      }
    };
  }

  /** CLOCK_MONOTONIC at time 0 of all records and readings, in nanoseconds. */
  readonly origin = process.hrtime.bigint();

  /**
   * Stops, reads the rest and analyses the window.
   * @param began CLOCK_MONOTONIC when the cell's own code began, in nanoseconds
   * @param ended the same for its end
   */
  async finish(began: bigint, ended: bigint): Promise<FutexResult> {
    clearInterval(this._checker);
    const capture = this._capture;
    const analysis = this._analysis;
    if (analysis === undefined) {
      throw new Error('nothing was recorded');
    }
    const ownCpu = this._ownCpu?.read();
    const { broken } = capture;
    await capture.disable();
    const [summary] = await Promise.all([capture.close(), this._beside.stop()]);
    if (broken !== undefined) {
      // Nobody knows what came after: no state may last on.
      const { events, strings } = capture;
      const gap = { start: capture.readUntil, end: this._now() };
      analysis.continueWith({ events, strings, mode: 'futex', gap });
    }
    const { origin } = this;
    const { sources, lineSamples, unwatched } = this._beside.finish();
    const result = analysis.finish(
      { begin: Number(began - origin), end: Number(ended - origin) },
      sources,
      unwatched
    );
    // Its columns are the result's now; the rest of it is large.
    this._analysis = undefined;
    return {
      result,
      summary,
      calls: this._calls(),
      lineSamples,
      ownGils: unwatched !== undefined,
      ownCpu,
      ended: broken
    };
  }

  /** Waits until perf has let go of its events, after `finish`. */
  async release(): Promise<void> {
    try {
      await this._capture.released();
    } finally {
      this._beside.close();
    }
  }

  /** Stops and forgets. */
  async cancel(): Promise<void> {
    clearInterval(this._checker);
    this._capture.kill();
    await this._beside.stop();
    await this.release();
  }

  private async _start(): Promise<void> {
    const { pid, interpreter, switchInterval } = this._options;
    this._beside.start();
    const capture = this._capture;
    await capture.attach();
    await this._beside.begun();
    const threads = listThreads(pid);
    await capture.enable();
    this._ownCpu = new OwnCpuMeter(
      () => this._now(),
      () => [capture.cpuTime]
    );
    this._analysis = new ThreadAnalysis({
      events: capture.events,
      strings: capture.strings,
      pid,
      schedulerStates: true,
      mode: 'futex',
      switchInterval,
      lines: this._beside.lines,
      mainGil: interpreter.gil.address,
      start: { time: this._now(), threads }
    });
    this._checker = setInterval(() => this._beside.look(), CHECK_INTERVAL);
  }

  private _calls(): number {
    const { events, samplesByEvent } = this._capture;
    return events.reduce(
      (sum, { name }, event) =>
        name === FUTEX_EVENT ? sum + samplesByEvent[event] : sum,
      0
    );
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this.origin);
  }

  private readonly _beside: MemoryBeside;
  private readonly _capture: EventCapture;
  private _analysis: ThreadAnalysis | undefined;
  private _ownCpu: OwnCpuMeter | undefined;
  private _checker: NodeJS.Timeout | undefined;
}
