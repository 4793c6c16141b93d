/**
 * One recording of a process by watchpoints on its GIL: a capture whose records are analysed as they come, and
 * beside it the reader of Python stacks.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { StreamSummary } from '../../core/perfdata/records';
import { ThreadAnalysis } from '../../core/threads/analysis';
import type { ThreadsResult } from '../../core/threads/result';
import type { WatchedWords } from '../../core/threads/site';
import { StackReadingRows } from '../../core/threads/stack-readings';
import type { Nanoseconds } from '../../core/units';
import { ProcessLines } from '../memory/process-lines';
import { ProcessMemory } from '../memory/process-memory';
import { StackSampler } from '../memory/stack-sampler';
import type { EventCapture } from '../perf/event-capture';
import type { OverheadBudget } from '../run/overhead-budget';
import { NativeNames } from '../target/native-names';
import { listThreads } from '../target/process';
import type { RunningInterpreter } from '../target/running-interpreter';
import { OwnGils } from './own-gils';
import { ProcessStores } from './process-stores';
import { openWatchCapture } from './watch-capture';
import { watchedWords, watchEvents, type WaitWords } from './words';

/** Mean time between two readings of stacks. */
const STACK_PERIOD: Nanoseconds = 1_000_000;

/**
 * Threads that are read each time beside the holder: no event tells where a thread waits, so that each must be read within
 * its wait.
 */
const OTHERS = 4;

/** How often codes are looked at again and the budget is checked, in milliseconds. */
const CHECK_INTERVAL = 100;

/** Where a running thread is in native code, 250 times a second of its own CPU time; a user sees no kernel code. */
const CPU_CLOCK = 'cpu-clock/period=4000000,name=cpu-clock/u';

const NO_READINGS = new StackReadingRows();

export interface WatchRecordingOptions {
  /** The perf program. */
  perf: string;
  /** Process to record. */
  pid: number;
  interpreter: RunningInterpreter;
  /** Which words are watched beside gil->locked. */
  waitWords: WaitWords;
  /** Absent if Python frames can't be read. */
  layout: FrameLayout | undefined;
  schedulerStates: boolean;
  /** Most frames of a stack. */
  depth: number;
  switchInterval: Nanoseconds;
  /** Files of the code that starts the program; their frames are left out of stacks. */
  launcher: readonly string[];
  /** When to give up; undefined: never. */
  budget: OverheadBudget | undefined;
}

export interface WatchResult {
  result: ThreadsResult;
  summary: StreamSummary | undefined;
  /** Writes that were seen: those that were lost are counted in the summary. */
  hits: number;
  /** Readings of holders' stacks. */
  lineSamples: { count: number; period: Nanoseconds };
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
    const { pid, interpreter, waitWords, layout } = _options;
    this._memory = new ProcessMemory(pid);
    this._words = watchedWords(interpreter.gil, waitWords);
    this._lines = layout && new ProcessLines(pid, this._memory, layout);
    this._ownGils =
      layout && new OwnGils(this._memory.read, layout, interpreter.gil.address);
    this._names = new NativeNames(pid);
  }

  /** Which words are watched beside gil->locked. */
  get waitWords(): WaitWords {
    return this._options.waitWords;
  }

  /** Absent if Python frames can't be read. */
  get layout(): FrameLayout | undefined {
    return this._options.layout;
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
    const [summary] = await Promise.all([
      capture.close(),
      this._sampler?.stop()
    ]);
    if (silentFrom !== undefined) {
      // Nobody knows what came after: no state may last on.
      const { events, strings } = capture;
      const gap = { start: silentFrom, end: this._now() };
      analysis.continueWith({ events, strings, mode: 'watch', gap });
    }
    this._names.refresh();
    const { origin } = this;
    const readings = this._sampler?.readings;
    this._ownGils?.look(readings?.samples ?? NO_READINGS);
    const unwatched = this._ownGils?.spans(readings?.samples ?? NO_READINGS);
    const result = analysis.finish(
      { begin: Number(began - origin), end: Number(ended - origin) },
      {
        readings,
        names: this._names,
        switchInterval: this._options.switchInterval
      },
      unwatched
    );
    // Its columns are the result's now; the rest of it is large.
    this._analysis = undefined;
    return {
      result,
      summary,
      hits: this._hits(),
      lineSamples: {
        count: readings?.samples.ofHolders ?? 0,
        period: readings?.period ?? 0
      },
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
      this._closeMemory();
    }
  }

  /** Stops and forgets. */
  async cancel(): Promise<void> {
    clearInterval(this._checker);
    this._capture?.kill();
    await this._sampler?.stop();
    await this.release();
  }

  private async _start(): Promise<void> {
    const { perf, pid, interpreter, schedulerStates, switchInterval } =
      this._options;
    this._startSampler();
    const capture = await openWatchCapture({
      perf,
      pid,
      events: [...watchEvents(this._words), CPU_CLOCK],
      schedulerStates,
      origin: this.origin,
      onBatch: batch => this._analysis?.consume(batch)
    });
    this._capture = capture;
    await this._sampler?.begun();
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
        stores: new ProcessStores(this._memory)
      },
      switchInterval,
      lines: this._lines,
      mainGil: interpreter.gil.address,
      start: { time: this._now(), threads }
    });
    this._checker = setInterval(() => this._check(), CHECK_INTERVAL);
  }

  private _check(): void {
    this._lines?.revalidate();
    this._ownGils?.look(this._sampler?.readings.samples ?? NO_READINGS);
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

  private _startSampler(): void {
    const { pid, interpreter, layout, depth } = this._options;
    if (layout === undefined || this._lines === undefined) {
      return;
    }
    this._sampler = new StackSampler(
      {
        pid,
        layout,
        runtime: interpreter.runtime.address,
        gil: interpreter.gil,
        origin: this.origin,
        period: STACK_PERIOD,
        depth,
        others: OTHERS
      },
      this._lines.codes,
      this._options.launcher
    );
  }

  private _closeMemory(): void {
    this._lines?.close();
    this._memory.close();
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this.origin);
  }

  private readonly _memory: ProcessMemory;
  private readonly _words: WatchedWords;
  private readonly _lines: ProcessLines | undefined;
  private readonly _ownGils: OwnGils | undefined;
  private readonly _names: NativeNames;
  private _analysis: ThreadAnalysis | undefined;
  private _sampler: StackSampler | undefined;
  private _capture: EventCapture | undefined;
  private _checker: NodeJS.Timeout | undefined;
  private _shedding: Promise<void> | undefined;
  private _shedAt: Nanoseconds | undefined;
}
