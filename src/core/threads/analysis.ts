/** Records of a capture, in order of time → a state for each thread and instant, holds, waits, blame. */
import { RecordKind, type RecordBatch } from '../perfdata/records';
import type { Nanoseconds } from '../units';
import type { RecordedStream, ThreadAnalysisOptions } from './analysis-options';
import {
  DEFAULT_SWITCH_INTERVAL,
  type AttributionSources
} from './attribution';
import { buildResult } from './build-result';
import { recordsWaitsOnly } from './gil';
import type { LiveAnalysis } from './live-analysis';
import { LostRecords } from './lost-records';
import { OddityLog } from './oddity-log';
import { CpuPhase, GilPhase } from './phases';
import { ProbeHits } from './probe-hits';
import { RecordedLive } from './recorded-live';
import type { ThreadsResult } from './result';
import { ranAt, settleByStart, switchedIn, switchedOut } from './scheduler';
import { Site, SiteTable } from './site';
import type { StackReadings } from './stack-readings';
import { ThreadRegistry } from './thread-registry';
import type { TracedThread } from './traced-thread';
import { forgetUnwatched, type UnwatchedSpan } from './unwatched-spans';

export type {
  RecordedStream,
  StartSnapshot,
  ThreadAnalysisOptions
} from './analysis-options';

export class ThreadAnalysis {
  constructor(private readonly _options: ThreadAnalysisOptions) {
    const { events, strings, pid, start, mode = 'full' } = _options;
    const { schedulerStates, mainGil = 0, watched } = _options;
    const { switchInterval = DEFAULT_SWITCH_INTERVAL } = _options;
    this._sites = new SiteTable(events, watched?.words);
    this._strings = strings;
    this._registry = new ThreadRegistry({
      pid,
      mode,
      sites: this._sites,
      schedulerStates,
      switchInterval,
      oddities: this._oddities,
      mainGil
    });
    this._hits = new ProbeHits(this._registry, mode, _options);
    this._losses = new LostRecords(this._registry, this._hits);
    this._recordedFrom = start.time;
    this._lastTime = start.time;
    for (const { tid, comm, running, ...thread } of start.threads) {
      const added = this._registry.addOld(thread.pid, tid);
      added.comm = comm;
      added.startRunning = running;
    }
  }

  /**
   * Takes in the next records. Nothing is allocated per record, and nothing of the batch is kept.
   * Records of unknown events and of other processes are passed over.
   */
  consume(batch: RecordBatch): void {
    const { length, kind, time, cpu } = batch;
    for (let row = 0; row < length; row++) {
      switch (kind[row]) {
        case RecordKind.Sample:
          this._sample(batch, row);
          break;
        case RecordKind.SwitchIn:
        case RecordKind.SwitchOut:
        case RecordKind.SwitchOutPreempted:
          // A thread that is being reaped has no id any more: -1 (perf_event_pid_type, kernel/events/core.c).
          if (this._options.schedulerStates && batch.tid[row] > 0) {
            this._switch(batch, row);
          }
          break;
        default:
          this._lifecycle(batch, row);
      }
      this._losses.seen(cpu[row], time[row]);
    }
  }

  /**
   * From now on the records are those of another stream. What was known up to the gap stays; in the gap
   * every thread is unknown.
   */
  continueWith(
    stream: RecordedStream & {
      gap: { start: Nanoseconds; end: Nanoseconds };
    }
  ): void {
    const { events, strings, mode } = stream;
    const end = stream.gap.end;
    const start = Math.min(Math.max(stream.gap.start, this._lastTime), end);
    this._sites = new SiteTable(events, this._options.watched?.words);
    this._strings = strings;
    this._losses.unrecorded(start, end);
    this._registry.useMode(mode, this._sites);
    this._registry.oldFrom = end;
    this._hits.useMode(mode);
    if (recordsWaitsOnly(mode)) {
      for (const thread of this._registry.threads) {
        if (thread.died === Infinity) {
          thread.gilTrack.append(end, GilPhase.Unrecorded);
        }
      }
    }
  }

  /**
   * What is known so far, for a view that goes along. Not to be asked any more after `finish`.
   *
   * @param readings what the reader of stacks has seen so far
   */
  live(readings: () => StackReadings | undefined): LiveAnalysis {
    return new RecordedLive(this._registry, readings);
  }

  /**
   * Settles what is open and clips everything to the window, the cell's own begin and end. To be called
   * once, after the last record.
   *
   * @param sources what else is known of lines and native code
   * @param unwatched when threads used GILs that were not recorded; undefined if there are no such GILs
   */
  finish(
    window: { begin: Nanoseconds; end: Nanoseconds },
    sources: AttributionSources = { switchInterval: DEFAULT_SWITCH_INTERVAL },
    unwatched?: readonly UnwatchedSpan[]
  ): ThreadsResult {
    if (unwatched !== undefined) {
      forgetUnwatched(this._registry, unwatched);
    }
    this._learnFromReadings(sources);
    const { threads, gils } = this._registry;
    const end = Math.max(window.end, this._lastTime);
    for (const gil of gils) {
      gil.events.finish(end);
    }
    for (const thread of threads) {
      settleByStart(thread);
      this._hits.collections.close(thread, Math.min(thread.died, end));
      if (
        !thread.seen &&
        thread.startRunning === false &&
        thread.gilTrack.last === GilPhase.Unknown
      ) {
        // Asleep throughout, and nobody was seen to wait for it.
        thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
      }
    }
    return buildResult({
      begin: window.begin,
      end: window.end,
      recordedFrom: this._recordedFrom,
      schedulerStates: this._options.schedulerStates,
      threads,
      gils,
      lockWaits: this._hits.lockWaits.rows,
      collections: this._hits.collections.rows,
      lossSpans: this._losses.spans,
      gaps: this._losses.gaps,
      oddities: this._oddities,
      native: this._hits.native,
      lines: this._options.lines?.lines ?? [],
      sources
    });
  }

  /** Threads that never waited have no record with their thread state where only waits are recorded. */
  private _learnFromReadings({ readings }: AttributionSources): void {
    for (const { tid, tstate, time } of readings?.states ?? []) {
      const thread = this._registry.lastWith(tid);
      if (thread && thread.born <= time && time <= thread.died) {
        // Which interpreter's it is, was not read.
        for (const { pid, owners } of this._registry.gils) {
          if (pid === thread.pid) {
            owners.suppose(thread, tstate, time);
          }
        }
      }
    }
  }

  private _sample(batch: RecordBatch, row: number): void {
    const sites = this._sites;
    const event = batch.event[row];
    if (event >= sites.site.length) {
      // Names and fields of all events stand before the first sample, not before the first record.
      sites.update();
    }
    const site = event < sites.site.length ? sites.site[event] : Site.None;
    if (site === Site.None) {
      return;
    }
    const time = batch.time[row];
    const thread = this._registry.find(
      batch.pid[row],
      batch.tid[row],
      time,
      // The last thing that a thread does is to wake others, after its end.
      site >= Site.CpuClock
    );
    if (site === Site.Waking) {
      this._hits.waking(thread, time, batch, row, sites);
    }
    if (thread === undefined) {
      return;
    }
    this._touch(thread, time, batch.cpu[row]);
    if (thread.cpuTrack.last !== CpuPhase.On && this._options.schedulerStates) {
      ranAt(thread, time);
    }
    this._hits.hit(site, thread, time, batch, row, sites);
  }

  private _switch(batch: RecordBatch, row: number): void {
    const time = batch.time[row];
    // A system-wide capture sees an ended thread leave its CPU for good.
    const thread = this._registry.find(
      batch.pid[row],
      batch.tid[row],
      time,
      true
    );
    if (thread === undefined) {
      return;
    }
    this._touch(thread, time, batch.cpu[row]);
    const kind = batch.kind[row];
    if (kind === RecordKind.SwitchIn) {
      switchedIn(thread, time);
    } else {
      switchedOut(thread, time, kind === RecordKind.SwitchOutPreempted);
    }
  }

  private _lifecycle(batch: RecordBatch, row: number): void {
    const time = batch.time[row];
    const pid = batch.pid[row];
    const tid = batch.tid[row];
    const [first, second] = batch.args;
    switch (batch.kind[row]) {
      case RecordKind.Fork:
        this._registry.fork(pid, tid, time, first[row], second[row]);
        break;
      case RecordKind.Exit:
        this._registry.exit(tid, time);
        break;
      case RecordKind.Comm:
        if (second[row] === 1) {
          this._registry.exec(pid, tid, time);
          this._hits.exec(tid, time);
        }
        this._registry.rename(tid, this._strings[first[row]] ?? '');
        break;
      case RecordKind.Lost:
        this._losses.lost(batch.cpu[row], time, this._recordedFrom);
        break;
      default:
    }
  }

  private _touch(thread: TracedThread, time: Nanoseconds, cpu: number): void {
    if (!thread.seen) {
      thread.seen = true;
      this._recordedFrom = Math.min(this._recordedFrom, time);
    }
    thread.lastEvent = time;
    thread.cpu = cpu;
    if (time > this._lastTime) {
      this._lastTime = time;
    }
  }

  private _sites: SiteTable;
  private _strings: readonly string[];
  private readonly _oddities = new OddityLog();
  private readonly _registry: ThreadRegistry;
  private readonly _hits: ProbeHits;
  private readonly _losses: LostRecords;
  /** Time before which nothing is known. */
  private _recordedFrom: Nanoseconds;
  private _lastTime: Nanoseconds;
}
