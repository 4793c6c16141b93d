/** Records of a capture, in order of time → a state for each thread and instant, holds, waits, blame. */
import {
  RecordKind,
  type EventDescription,
  type RecordBatch
} from '../perfdata/records';
import type { Nanoseconds } from '../units';
import { buildResult } from './build-result';
import { LossLog } from './loss-log';
import { OddityLog } from './oddity-log';
import type { ThreadsResult } from './result';
import {
  loseCpu,
  ranAt,
  settleByStart,
  switchedIn,
  switchedOut
} from './scheduler';
import { Site, SiteTable } from './site';
import { ThreadRegistry } from './thread-registry';
import {
  CpuPhase,
  GilPhase,
  Standing,
  type TracedThread
} from './traced-thread';

/** What was there when the recording began. */
export interface StartSnapshot {
  /** Time when recording was live. Records may be a little older. */
  time: Nanoseconds;
  /** Threads of the process (and of children that it had) then. */
  threads: {
    pid: number;
    tid: number;
    comm: string;
    /** State R in /proc/PID/task/TID/stat: on a CPU, or waiting for one. */
    running: boolean;
  }[];
}

export interface ThreadAnalysisOptions {
  /** The reader's live array of events; names as in site.ts. */
  events: readonly EventDescription[];
  /** The reader's live array of thread names. */
  strings: readonly string[];
  /** Only this process and its children count: a system-wide capture has others too. */
  pid: number;
  start: StartSnapshot;
  /** Whether the capture has the scheduler's records. */
  schedulerStates: boolean;
}

export class ThreadAnalysis {
  constructor(private readonly _options: ThreadAnalysisOptions) {
    const { events, pid, start } = _options;
    this._sites = new SiteTable(events);
    this._registry = new ThreadRegistry(pid, this._oddities);
    this._recordedFrom = start.time;
    this._lastTime = start.time;
    for (const { pid, tid, comm, running } of start.threads) {
      const thread = this._registry.add(pid, tid, this._registry.gilOf(pid));
      thread.startComm = comm;
      thread.startRunning = running;
    }
  }

  /**
   * Takes in the next records. Nothing is allocated per record, and nothing of the batch is kept.
   * Records of unknown events and of other processes are passed over.
   */
  consume(batch: RecordBatch): void {
    const { length, kind, time, cpu } = batch;
    this._sites.update();
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
   * Settles what is open and clips everything to the window, the cell's own begin and end. To be called
   * once, after the last record.
   */
  finish(window: { begin: Nanoseconds; end: Nanoseconds }): ThreadsResult {
    const { threads, gils } = this._registry;
    const end = Math.max(window.end, this._lastTime);
    for (const gil of gils) {
      gil.finish(end);
    }
    for (const thread of threads) {
      settleByStart(thread);
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
      strings: this._options.strings,
      lossSpans: this._losses.spans,
      oddities: this._oddities
    });
  }

  private _sample(batch: RecordBatch, row: number): void {
    const sites = this._sites;
    const event = batch.event[row];
    const site = event < sites.site.length ? sites.site[event] : Site.None;
    if (site === Site.None) {
      return;
    }
    const time = batch.time[row];
    const thread = this._registry.find(
      batch.pid[row],
      batch.tid[row],
      time,
      false
    );
    if (thread === undefined) {
      return;
    }
    this._touch(thread, time, batch.cpu[row]);
    if (thread.cpuTrack.last !== CpuPhase.On && this._options.schedulerStates) {
      ranAt(thread, time);
    }
    const { args } = batch;
    switch (site) {
      case Site.Request:
        thread.gil.request(thread, time, field(args, sites.tstate[event], row));
        break;
      case Site.Wake:
        thread.gil.wake(
          thread,
          time,
          field(args, sites.locked[event], row) !== 0,
          field(args, sites.lastHolder[event], row)
        );
        break;
      case Site.Drop:
        thread.gil.drop(thread, time);
        break;
      case Site.Yield:
        thread.gil.yield(thread, time);
        break;
      default:
        thread.gil.yieldEnd(thread, time);
    }
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
        }
        this._registry.rename(tid, first[row]);
        break;
      case RecordKind.Lost:
        this._lose(batch.cpu[row], time);
        break;
      default:
    }
  }

  private _lose(cpu: number, time: Nanoseconds): void {
    const span = this._losses.add(cpu, time);
    this._registry.recordsWereLost = true;
    const startOf = (thread: TracedThread): Nanoseconds => {
      if (cpu < 0) {
        // Nobody knows where: from its last event on, or from the start, of which the snapshot tells.
        const last = Math.max(
          thread.lastEvent,
          thread.born,
          this._recordedFrom
        );
        return Math.min(last, time);
      }
      return ranElsewhere(thread, cpu, span.start) ? Infinity : span.start;
    };
    for (const thread of this._registry.threads) {
      const start = thread.died <= span.start ? Infinity : startOf(thread);
      if (start < Infinity) {
        thread.losses.push(start, time);
        loseCpu(thread, start, time);
      }
    }
    for (const gil of this._registry.gils) {
      gil.lose(startOf, time);
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

  private readonly _sites: SiteTable;
  private readonly _oddities = new OddityLog();
  private readonly _registry: ThreadRegistry;
  private readonly _losses = new LossLog();
  /** Time before which nothing is known. */
  private _recordedFrom: Nanoseconds;
  private _lastTime: Nanoseconds;
}

/** Value of a field, 0 where the event does not have it. */
function field(
  args: readonly Float64Array[],
  column: number,
  row: number
): number {
  return column < 0 ? 0 : args[column][row];
}

/**
 * Whether the thread ran on another CPU without the GIL all the time since `start`: then none of its
 * records can be among those that were lost on this one.
 */
function ranElsewhere(
  thread: TracedThread,
  cpu: number,
  start: Nanoseconds
): boolean {
  const { cpuTrack, gilTrack } = thread;
  return (
    thread.standing === Standing.Free &&
    thread.cpu >= 0 &&
    thread.cpu !== cpu &&
    cpuTrack.last === CpuPhase.On &&
    cpuTrack.lastStart <= start &&
    gilTrack.lastStart <= start
  );
}
