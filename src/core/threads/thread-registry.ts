/** The threads of the traced process and of its children: which there are, since when, until when. */
import type { Address, Nanoseconds } from '../units';
import { Gil, recordsWaitsOnly, type RecordedMode } from './gil';
import type { OddityLog } from './oddity-log';
import { CpuPhase, GilPhase } from './phases';
import { ProcessGils } from './process-gils';
import { Standing, TracedThread } from './traced-thread';
import type { RecordedSites } from './waits-only';

export interface ThreadRegistryOptions {
  /** The traced process. */
  pid: number;
  mode: RecordedMode;
  sites: RecordedSites;
  schedulerStates: boolean;
  /** sys.getswitchinterval(). */
  switchInterval: Nanoseconds;
  oddities: OddityLog;
  /** Address of the process's main GIL, 0 if not known. */
  mainGil: Address;
}

export class ThreadRegistry {
  constructor(private readonly _options: ThreadRegistryOptions) {
    this._mode = _options.mode;
    this._sites = _options.sites;
    this.gilsOf(_options.pid, _options.mainGil);
  }

  /** All threads, in the order in which they were first heard of; index = `TracedThread.index`. */
  readonly threads: TracedThread[] = [];
  /** All GILs, those of ended processes and programs included. */
  readonly gils: Gil[] = [];
  /** After a loss a thread that is new to us may be new indeed. */
  recordsWereLost = false;
  /** Since when a thread is there that was there before the recording, or the present part of it. */
  oldFrom: Nanoseconds = -Infinity;

  /**
   * The thread of a record.
   *
   * @param afterExit whether the record may come from a thread that has ended: then undefined is returned
   *   for such a one, else the tid is taken to be in use again
   * @returns undefined if the thread is of another process
   */
  find(
    pid: number,
    tid: number,
    time: Nanoseconds,
    afterExit: boolean
  ): TracedThread | undefined {
    const last = this._lastFound;
    if (last?.tid === tid && last.died === Infinity) {
      return last;
    }
    const thread = this._byTid.get(tid);
    if (thread?.died === Infinity) {
      this._lastFound = thread;
      return thread;
    }
    const gils = this._processes.get(pid);
    if (gils === undefined || (afterExit && thread !== undefined)) {
      return undefined;
    }
    // Neither the snapshot nor a Fork told of it: made while the snapshot was taken, or its Fork was lost.
    const old = !this.recordsWereLost && thread === undefined;
    return this._add(pid, tid, gils.main, old ? -Infinity : time);
  }

  /** The living thread of this number; undefined if none is known. */
  living(tid: number): TracedThread | undefined {
    const thread = this._byTid.get(tid);
    return thread?.died === Infinity ? thread : undefined;
  }

  /** The last thread that had this number, ended or not. */
  lastWith(tid: number): TracedThread | undefined {
    return this._byTid.get(tid);
  }

  /** Adds a thread that was there before the recording. */
  addOld(pid: number, tid: number): TracedThread {
    return this._add(pid, tid, this.gilsOf(pid).main, this.oldFrom);
  }

  /** The GILs of a process. */
  gilsOf(pid: number, mainAddress: Address = 0): ProcessGils {
    let gils = this._processes.get(pid);
    if (gils === undefined) {
      gils = new ProcessGils(
        pid,
        (owner, address, main) => this._makeGil(owner, address, main),
        mainAddress
      );
      this._processes.set(pid, gils);
    }
    return gils;
  }

  /** From now on other sites are recorded. */
  useMode(mode: RecordedMode, sites: RecordedSites): void {
    this._mode = mode;
    this._sites = sites;
    for (const gil of this.gils) {
      gil.useMode(mode, sites);
    }
  }

  /** A thread or a process was made. */
  fork(
    pid: number,
    tid: number,
    time: Nanoseconds,
    parentPid: number,
    parentTid: number
  ): void {
    const parentGils = this._processes.get(parentPid);
    if (parentGils === undefined) {
      return;
    }
    // A child has its parent's memory: what lies where in it stays the same.
    this.gilsOf(pid, parentGils.main.address);
    // perf announces the threads that are there in the same way, with time 0, which lies before the
    // reader's origin (tools/perf/util/synthetic-events.c).
    const announced = time <= 0;
    const before = this._byTid.get(tid);
    if (before?.died === Infinity) {
      if (announced || (!before.seen && before.born === -Infinity)) {
        return;
      }
      this._end(before, time);
    }
    const parent = this._byTid.get(parentTid);
    const child = announced
      ? this.addOld(pid, tid)
      : this._born(pid, tid, time, pid === parentPid ? undefined : parent);
    if (parent !== undefined) {
      child.comm = parent.comm;
    }
  }

  /** A thread ended. */
  exit(tid: number, time: Nanoseconds): void {
    const thread = this.living(tid);
    if (thread !== undefined) {
      this._end(thread, time);
    }
  }

  /** The process runs another program, in a thread that has the process's number from now on. */
  exec(pid: number, tid: number, time: Nanoseconds): void {
    const gils = this._processes.get(pid);
    if (gils === undefined) {
      return;
    }
    const before = gils.all;
    gils.renew();
    for (const gil of before) {
      gil.events.finish(time);
      for (const thread of [...gil.threads]) {
        thread.standing = Standing.Free;
        thread.gilTrack.append(time, this._freePhase);
        gil.leave(thread, time);
        gils.main.join(thread);
        if (thread.tid !== tid) {
          this._end(thread, time);
        }
      }
    }
    if (this.living(tid) === undefined) {
      this._add(pid, tid, gils.main, time, Standing.Free, CpuPhase.On);
    }
  }

  /** A thread was given a name. */
  rename(tid: number, comm: string): void {
    const thread = this.living(tid);
    if (thread !== undefined) {
      thread.comm = comm;
    }
  }

  /** @param parent of a new process: the thread that forked it, if known */
  private _born(
    pid: number,
    tid: number,
    time: Nanoseconds,
    parent: TracedThread | undefined
  ): TracedThread {
    const gils = this.gilsOf(pid);
    const gil = parent === undefined ? gils.main : gils.counterpart(parent.gil);
    const newProcess = pid === tid;
    const unknown = newProcess && parent?.standing === Standing.Unknown;
    const child = this._add(
      pid,
      tid,
      gil,
      time,
      unknown ? Standing.Unknown : Standing.Free,
      // Runnable from the first.
      CpuPhase.Preempted
    );
    if (parent !== undefined && parent.tstate !== 0) {
      // Its memory is a copy of its parent's, where the thread that forks has its thread state.
      gil.owners.learn(child, parent.tstate, time);
    }
    if (
      newProcess &&
      (parent?.standing === Standing.Requested ||
        parent?.standing === Standing.Acquired)
    ) {
      gil.events.inherit(child, time);
    }
    return child;
  }

  private _add(
    pid: number,
    tid: number,
    gil: Gil,
    born: Nanoseconds,
    standing: Standing = Standing.Unknown,
    cpuPhase: number = CpuPhase.Unknown
  ): TracedThread {
    const { schedulerStates } = this._options;
    const unknown =
      standing === Standing.Unknown && !recordsWaitsOnly(this._mode);
    const thread = new TracedThread({
      index: this.threads.length,
      pid,
      tid,
      born,
      gil,
      standing,
      gilPhase: unknown ? GilPhase.Unknown : this._freePhase,
      // Without the scheduler's records nothing would ever change it.
      cpuPhase: schedulerStates ? cpuPhase : CpuPhase.Unknown,
      schedulerStates
    });
    this.threads.push(thread);
    gil.join(thread);
    this._byTid.set(tid, thread);
    this._lastFound = thread;
    return thread;
  }

  private _end(thread: TracedThread, time: Nanoseconds): void {
    thread.gil.exit(thread, time);
    thread.died = time;
    if (this._lastFound === thread) {
      this._lastFound = undefined;
    }
  }

  private _makeGil(pid: number, address: Address, main: boolean): Gil {
    const gil = new Gil({
      pid,
      address,
      main,
      mode: this._mode,
      sites: this._sites,
      switchInterval: this._options.switchInterval,
      oddities: this._options.oddities
    });
    this.gils.push(gil);
    return gil;
  }

  private get _freePhase(): number {
    return recordsWaitsOnly(this._mode) ? GilPhase.Unrecorded : GilPhase.Free;
  }

  private _mode: RecordedMode;
  private _sites: RecordedSites;
  private readonly _byTid = new Map<number, TracedThread>();
  private readonly _processes = new Map<number, ProcessGils>();
  private _lastFound: TracedThread | undefined;
}
