/**
 * One recording of a process by watchpoints on its GIL: a capture whose records are analysed as they come, and
 * beside it the reader of Python stacks.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { StreamSummary } from '../../core/perfdata/records';
import { ThreadAnalysis } from '../../core/threads/analysis';
import type { ThreadsResult } from '../../core/threads/result';
import type { WatchedWords } from '../../core/threads/site';
import type { Nanoseconds } from '../../core/units';
import type { LiveRecording } from '../live/live-recording';
import {
  MemoryBeside,
  type MemoryBesideOptions,
  type ReadBeside
} from '../memory/memory-beside';
import type { EventCapture } from '../perf/event-capture';
import { addedPercent } from '../run/cost';
import type { OverheadBudget } from '../run/overhead-budget';
import { listThreads } from '../target/process';
import { ProcessStores } from './process-stores';
import { openWatchCapture } from './watch-capture';
import { watchedWords, watchEvents, type WaitWords } from './words';

/** How often codes are looked at again and the budget is checked, in milliseconds. */
const CHECK_INTERVAL = 100;

/** Where a running thread is in native code, 250 times a second of its own CPU time; a user sees no kernel code. */
const CPU_CLOCK = 'cpu-clock/period=4000000,name=cpu-clock/u';

export interface WatchRecordingOptions extends MemoryBesideOptions {
  /** The perf program. */
  perf: string;
  /** Which words are watched beside gil->locked. */
  waitWords: WaitWords;
  schedulerStates: boolean;
  /** When to give up; undefined: never. */
  budget: OverheadBudget | undefined;
}

export interface WatchResult {
  result: ThreadsResult;
  summary: StreamSummary | undefined;
  /** Writes that were seen: those that were lost are counted in the summary. */
  hits: number;
  lineSamples: ReadBeside['lineSamples'];
  /** Whether sub-interpreters had GILs of their own, which are not watched. */
  ownGils: boolean;
  /** Since when nothing was recorded because it cost too much. */
  shedAt: Nanoseconds | undefined;
  /** Why the recording ended before it was asked to, or undefined. */
  ended: string | undefined;
}

export class WatchRecording {
  /**
   * Starts perf and returns when records are being made.
   * @throws BridgeFailure; nothing is left behind then.
   */
  static async start(options: WatchRecordingOptions): Promise<WatchRecording> {
    const recording = new WatchRecording(options);
    try {
      await recording._start();
      return recording;
    } catch (error) {
      await recording.cancel();
      throw error;
    }
  }

  private constructor(private readonly _options: WatchRecordingOptions) {
    const { interpreter, waitWords } = _options;
    this._beside = new MemoryBeside(_options, this.origin);
    this._words = watchedWords(interpreter.gil, waitWords);
  }

  /** Which words are watched beside gil->locked. */
  get waitWords(): WaitWords {
    return this._options.waitWords;
  }

  /** Absent if Python frames can't be read. */
  get layout(): FrameLayout | undefined {
    return this._options.layout;
  }

  /**
   * What can be seen of it while it goes on.
   * @param nsPerHit calibrated cost of a hit
   */
  live(nsPerHit: number): LiveRecording {
    if (this._analysis === undefined) {
      throw new Error('nothing was recorded');
    }
    return {
      analysis: this._analysis.live(() => this._beside.readings),
      schedulerStates: this._options.schedulerStates,
      origin: this.origin,
      lines: () => this._beside.linesAndStacks(),
      catchUp: () => this._capture?.catchUp() ?? Promise.resolve(0),
      figures: () => ({
        events: this._capture?.eventsRead ?? 0,
        lost: this._capture?.lost ?? 0,
        overhead_percent: addedPercent(this._hits() * nsPerHit, this._now())
      })
    };
  }

  /** CLOCK_MONOTONIC at time 0 of all records and readings, in nanoseconds. */
  readonly origin = process.hrtime.bigint();

  /**
   * Stops, reads the rest and analyses the window.
   * @param began CLOCK_MONOTONIC when the cell's own code began, in nanoseconds
   * @param ended the same for its end
   */
  async finish(began: bigint, ended: bigint): Promise<WatchResult> {
    clearInterval(this._checker);
    await this._shedding;
    const capture = this._capture;
    const analysis = this._analysis;
    if (capture === undefined || analysis === undefined) {
      throw new Error('nothing was recorded');
    }
    const broken = this._shedAt === undefined ? capture.broken : undefined;
    const silentFrom = broken === undefined ? this._shedAt : capture.readUntil;
    await capture.disable();
    const [summary] = await Promise.all([capture.close(), this._beside.stop()]);
    if (silentFrom !== undefined) {
      // Nobody knows what came after: no state may last on.
      const { events, strings } = capture;
      const gap = { start: silentFrom, end: this._now() };
      analysis.continueWith({ events, strings, mode: 'watch', gap });
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
      hits: this._hits(),
      lineSamples,
      ownGils: unwatched !== undefined,
      shedAt: this._shedAt,
      ended: broken
    };
  }

  /** Waits until perf has let go of its watchpoints, after `finish`. */
  async release(): Promise<void> {
    try {
      await this._capture?.released();
    } finally {
      this._beside.close();
    }
  }

  /** Stops and forgets. */
  async cancel(): Promise<void> {
    clearInterval(this._checker);
    this._capture?.kill();
    await this._beside.stop();
    await this.release();
  }

  private async _start(): Promise<void> {
    const { perf, pid, interpreter, schedulerStates, switchInterval } =
      this._options;
    this._beside.start();
    const capture = await openWatchCapture({
      perf,
      pid,
      events: [...watchEvents(this._words), CPU_CLOCK],
      schedulerStates,
      origin: this.origin,
      onBatch: batch => this._analysis?.consume(batch)
    });
    this._capture = capture;
    await this._beside.begun();
    const threads = listThreads(pid);
    await capture.enable();
    this._analysis = new ThreadAnalysis({
      events: capture.events,
      strings: capture.strings,
      pid,
      schedulerStates,
      mode: 'watch',
      watched: {
        words: this._words,
        stores: new ProcessStores(this._beside.memory)
      },
      switchInterval,
      lines: this._beside.lines,
      mainGil: interpreter.gil.address,
      start: { time: this._now(), threads }
    });
    this._checker = setInterval(() => this._check(), CHECK_INTERVAL);
  }

  private _check(): void {
    this._beside.look();
    const now = this._now();
    if (
      this._shedding === undefined &&
      this._options.budget?.isPassed(this._hits(), now)
    ) {
      this._shedAt = now;
      this._shedding = this._shed().catch(() => undefined);
    }
  }

  /** Gives the watchpoints up: even while perf's events are disabled, it would hold them. */
  private async _shed(): Promise<void> {
    await this._capture?.disable();
    await this._capture?.stop();
  }

  /** Writes that were seen. */
  private _hits(): number {
    const { events = [], samplesByEvent = [] } = this._capture ?? {};
    return events.reduce(
      (sum, { address }, event) =>
        address === undefined ? sum : sum + samplesByEvent[event],
      0
    );
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this.origin);
  }

  private readonly _beside: MemoryBeside;
  private readonly _words: WatchedWords;
  private _analysis: ThreadAnalysis | undefined;
  private _capture: EventCapture | undefined;
  private _checker: NodeJS.Timeout | undefined;
  private _shedding: Promise<void> | undefined;
  private _shedAt: Nanoseconds | undefined;
}
