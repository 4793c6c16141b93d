/**
 * One recording of a process: a capture whose records are analysed as they come, and beside it the reader of
 * Python stacks. When tracing costs more than it may, the probes of every take and drop are given up.
 */
import { gilOfInterpreter } from '../../core/cpython/gil';
import type { StreamSummary } from '../../core/perfdata/records';
import { ThreadAnalysis } from '../../core/threads/analysis';
import { NO_STACKS } from '../../core/threads/line-stacks';
import type { StackReadings } from '../../core/threads/stack-readings';
import type { Address, Nanoseconds } from '../../core/units';
import { errorMessage } from '../failure';
import type { LiveRecording } from '../live/live-recording';
import { ProcessLines } from '../memory/process-lines';
import { ProcessMemory } from '../memory/process-memory';
import { SleepWatch } from '../memory/sleep-watch';
import { StackSampler } from '../memory/stack-sampler';
import { Capture } from '../perf/capture';
import { planProbes, type ProbeMode } from '../probes/plan';
import { NativeNames } from '../target/native-names';
import { listThreads } from '../target/process';
import { OverheadBudget } from './overhead-budget';
import { addedPercent } from './cost';
import { OwnCpuMeter, percentOfOneCpu } from './own-cpu';
import type { RecordingOptions } from './recording-options';
import type { OverLimit, RecordingResult, Shed } from './recording-result';

/** Mean time between two readings of stacks. */
const STACK_PERIOD: Nanoseconds = 1_000_000;

/** How often codes and sleeping threads are looked at, and the budget is checked, in milliseconds. */
const CHECK_INTERVAL = 100;

/** Where a running thread is in native code, 250 times a second of its own CPU time: each costs an interrupt. */
const CPU_CLOCK_PERIOD: Nanoseconds = 4_000_000;

export class Recording {
  /**
   * Sets the probes, starts perf and returns when records are being made.
   * @throws BridgeFailure; nothing is left behind then.
   */
  static async start(options: RecordingOptions): Promise<Recording> {
    const recording = new Recording(options);
    try {
      await recording._start();
      return recording;
    } catch (error) {
      await recording.cancel();
      throw error;
    }
  }

  private constructor(private readonly _options: RecordingOptions) {
    this._mode = _options.mode;
    this._memory = new ProcessMemory(_options.pid);
    const { layout } = _options.calibration.facts;
    this._lines =
      layout && new ProcessLines(_options.pid, this._memory, layout);
    this._names = new NativeNames(_options.pid);
    this._sleeps = new SleepWatch(_options.pid);
    this._budget =
      _options.maxOverhead === undefined
        ? undefined
        : new OverheadBudget(
            _options.maxOverhead,
            _options.calibration.nsPerHit
          );
  }

  /** The rung that it records on now. */
  get mode(): ProbeMode {
    return this._mode;
  }

  /**
   * Stops, reads the rest and analyses the window.
   * @param began CLOCK_MONOTONIC when the cell's own code began, in nanoseconds
   * @param ended the same for its end
   */
  async finish(began: bigint, ended: bigint): Promise<RecordingResult> {
    clearInterval(this._checker);
    await this._shedding;
    const ownCpu = this._ownCpu?.read();
    const capture = this._capture;
    const broken = capture?.broken;
    const silentFrom =
      broken === undefined ? this._silentFrom : capture?.readUntil;
    const [summary] = await Promise.all([
      capture?.close(),
      this._sampler?.stop()
    ]);
    if (capture && silentFrom !== undefined) {
      // Nobody knows what came after: no state may last on.
      this._live().continueWith({
        events: capture.events,
        strings: capture.strings,
        mode: this._mode,
        gap: { start: silentFrom, end: this._now() }
      });
    }
    this._names.refresh();
    const { origin } = this;
    const readings = this._sampler?.readings;
    const result = this._live().finish(
      { begin: Number(began - origin), end: Number(ended - origin) },
      {
        readings,
        names: this._names,
        switchInterval: this._options.switchInterval
      }
    );
    // Its columns are the result's now; the rest of it is large.
    this._analysis = undefined;
    return {
      result: {
        ...result,
        threads: this._sleeps.describe(result.threads)
      },
      summaries: [...this._summaries, ...(summary ? [summary] : [])],
      hits: this._sum(({ hits }) => hits),
      records: this._sum(({ records }) => records),
      lineSamples: {
        count: readings?.samples.ofHolders ?? 0,
        period: readings?.period ?? 0
      },
      shed: this._shed,
      overLimit: this._overLimit,
      ownCpu,
      origin,
      ended: broken ?? this._failure
    };
  }

  /** Removes the probes, after `finish`. */
  async removeProbes(): Promise<void> {
    try {
      await Promise.all(this._captures.map(capture => capture.removeProbes()));
    } finally {
      this._closeMemory();
    }
  }

  /** Stops and forgets. */
  async cancel(): Promise<void> {
    clearInterval(this._checker);
    try {
      // What waits for an answer of perf ends with it.
      await Promise.all([
        this._sampler?.stop(),
        ...this._captures.map(capture => capture.cancel())
      ]);
      await this._shedding;
    } finally {
      this._closeMemory();
    }
  }

  /** What can be seen of it while it goes on. */
  live(): LiveRecording {
    const { schedulerStates, calibration } = this._options;
    const readings = (): StackReadings | undefined => this._sampler?.readings;
    return {
      analysis: this._live().live(readings),
      schedulerStates,
      origin: this.origin,
      lines: () => ({
        lines: this._lines?.lines ?? [],
        stacks: readings()?.stacks ?? NO_STACKS
      }),
      catchUp: () => this._capture?.catchUp() ?? Promise.resolve(0),
      figures: () => {
        const ownCpu = this._ownCpu?.read();
        const records = this._sum(capture => capture.records);
        return {
          events: this._sum(capture => capture.eventsRead),
          lost: this._sum(capture => capture.lost),
          overhead_percent: addedPercent(
            records * calibration.nsPerHit,
            this._now()
          ),
          ...(ownCpu && { reader_cpu_percent: percentOfOneCpu(ownCpu) })
        };
      }
    };
  }

  /** CLOCK_MONOTONIC at time 0 of all records and readings, in nanoseconds. */
  readonly origin = process.hrtime.bigint();

  private async _start(): Promise<void> {
    const { pid, schedulerStates } = this._options;
    this._startSampler();
    const capture = await this._define(this._mode);
    this._capture = capture;
    if (this._budget) {
      // Now: each definition takes the kernel milliseconds, in which no records could be read.
      this._reserve = await this._define('waits');
    }
    await capture.attach();
    await this._sampler?.begun();
    const threads = listThreads(pid);
    await capture.enable();
    this._ownCpu = new OwnCpuMeter(
      () => this._now(),
      () => this._captures.map(({ cpuTime }) => cpuTime)
    );
    this._analysis = new ThreadAnalysis({
      events: capture.events,
      strings: capture.strings,
      pid,
      schedulerStates,
      mode: this._mode,
      lines: this._lines,
      mainGil: this._options.code.gil.address,
      gilOfInterpreter: (process, interpreter) =>
        process === pid ? this._gilOf(interpreter) : undefined,
      start: { time: this._now(), threads }
    });
    this._checker = setInterval(() => this._check(), CHECK_INTERVAL);
  }

  private _closeMemory(): void {
    this._lines?.close();
    this._memory.close();
  }

  private async _define(mode: ProbeMode): Promise<Capture> {
    const { perf, uprobes, pid, code, calibration, schedulerStates, maxIds } =
      this._options;
    const { rights } = uprobes;
    const capture = await Capture.define({
      perf,
      uprobes,
      pid,
      plan: planProbes(code, calibration.facts, mode),
      serial: this._captures.length,
      schedulerStates,
      events: [
        rights.cpuClock(CPU_CLOCK_PERIOD),
        ...(schedulerStates ? rights.waking : [])
      ],
      origin: this.origin,
      maxIds,
      onBatch: batch => this._analysis?.consume(batch)
    });
    this._captures.push(capture);
    return capture;
  }

  private _startSampler(): void {
    const { pid, code, calibration, depth } = this._options;
    const { layout } = calibration.facts;
    if (layout === undefined || this._lines === undefined) {
      return;
    }
    this._sampler = new StackSampler(
      {
        pid,
        layout,
        runtime: code.runtime.address,
        gil: code.gil,
        origin: this.origin,
        period: STACK_PERIOD,
        depth,
        others: 1
      },
      this._lines.codes,
      this._options.launcher
    );
  }

  private _check(): void {
    this._lines?.revalidate();
    this._sleeps.look();
    if (
      this._mode === 'full' &&
      this._shedding === undefined &&
      this._capture &&
      this._reserve &&
      this._budget?.isPassed(this._capture.records, this._now())
    ) {
      this._shedding = this._shedProbes(this._capture, this._reserve).catch(
        (error: unknown) => {
          if (this._silentFrom === undefined) {
            this._overLimit = { at: this._now(), reason: errorMessage(error) };
          } else {
            this._failure = errorMessage(error);
          }
        }
      );
    }
  }

  /**
   * Goes on with the sites of waits only. The second perf records before the first one is stopped: while a perf
   * lets go of its probes, which takes it a second, no other can attach or enable any. What the second one
   * writes is kept until the first one is read: its events have other numbers.
   */
  private async _shedProbes(capture: Capture, next: Capture): Promise<void> {
    await next.attach();
    next.hold();
    const at = this._now();
    this._silentFrom = at;
    await capture.disable();
    await next.enable();
    const resumed = this._now();
    this._summaries.push(await capture.close());
    this._silentFrom = undefined;
    this._capture = next;
    this._mode = 'waits';
    this._shed = { at, resumed };
    this._live().continueWith({
      events: next.events,
      strings: next.strings,
      mode: this._mode,
      gap: { start: at, end: resumed }
    });
    next.deliver();
  }

  private _gilOf(interpreter: Address): Address | undefined {
    const { layout } = this._options.calibration.facts;
    return (
      layout &&
      gilOfInterpreter(this._memory.read, interpreter, layout)?.address
    );
  }

  private _sum(figure: (capture: Capture) => number): number {
    return this._captures.reduce((sum, capture) => sum + figure(capture), 0);
  }

  private _live(): ThreadAnalysis {
    if (this._analysis === undefined) {
      throw new Error('nothing was recorded');
    }
    return this._analysis;
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this.origin);
  }

  private _mode: ProbeMode;
  private readonly _memory: ProcessMemory;
  private readonly _lines: ProcessLines | undefined;
  private readonly _names: NativeNames;
  private readonly _sleeps: SleepWatch;
  private readonly _budget: OverheadBudget | undefined;
  private _analysis: ThreadAnalysis | undefined;
  private _sampler: StackSampler | undefined;
  /** The one that records now; all, the ended ones too. */
  private _capture: Capture | undefined;
  private readonly _captures: Capture[] = [];
  /** The one that takes over when tracing costs too much. */
  private _reserve: Capture | undefined;
  private readonly _summaries: StreamSummary[] = [];
  private _checker: NodeJS.Timeout | undefined;
  private _shedding: Promise<void> | undefined;
  private _shed: Shed | undefined;
  private _overLimit: OverLimit | undefined;
  private _ownCpu: OwnCpuMeter | undefined;
  /** Since when nothing is recorded because the second perf failed, and why it did. */
  private _silentFrom: Nanoseconds | undefined;
  private _failure: string | undefined;
}
