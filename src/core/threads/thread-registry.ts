/** The threads of the traced process and of its children: which there are, since when, until when. */
import type { Nanoseconds } from '../units';
import { Gil } from './gil';
import type { OddityLog } from './oddity-log';
import { CpuPhase, Standing, TracedThread } from './traced-thread';

export class ThreadRegistry {
  constructor(
    pid: number,
    private readonly _oddities: OddityLog
  ) {
    this.gilOf(pid);
  }

  /** All threads, in the order in which they were first heard of; index = `TracedThread.index`. */
  readonly threads: TracedThread[] = [];
  /** After a loss a thread that is new to us may be new indeed. */
  recordsWereLost = false;

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
    const gil = this._gilByPid.get(pid);
    if (gil === undefined || (afterExit && thread !== undefined)) {
      return undefined;
    }
    // Neither the snapshot nor a Fork told of it: made while the snapshot was taken, or its Fork was lost.
    const old = !this.recordsWereLost && thread === undefined;
    return this.add(pid, tid, gil, old ? -Infinity : time);
  }

  /** Adds a thread; without further arguments one that was there before the recording. */
  add(
    pid: number,
    tid: number,
    gil: Gil,
    born: Nanoseconds = -Infinity,
    standing: Standing = Standing.Unknown,
    cpuPhase: number = CpuPhase.Unknown
  ): TracedThread {
    const thread = new TracedThread({
      index: this.threads.length,
      pid,
      tid,
      born,
      gil,
      standing,
      cpuPhase
    });
    this.threads.push(thread);
    gil.threads.push(thread);
    this._byTid.set(tid, thread);
    this._lastFound = thread;
    return thread;
  }

  /** All GILs, those of ended processes included. */
  get gils(): readonly Gil[] {
    return [...this._gilByPid.values()];
  }

  /** The process's GIL, made if it has none. */
  gilOf(pid: number): Gil {
    let gil = this._gilByPid.get(pid);
    if (gil === undefined) {
      gil = new Gil(this._oddities);
      this._gilByPid.set(pid, gil);
    }
    return gil;
  }

  /** A thread or a process was made. */
  fork(
    pid: number,
    tid: number,
    time: Nanoseconds,
    parentPid: number,
    parentTid: number
  ): void {
    if (!this._gilByPid.has(parentPid)) {
      return;
    }
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
      ? this.add(pid, tid, this.gilOf(pid))
      : this._born(pid, tid, time, pid === parentPid ? undefined : parent);
    if (parent !== undefined) {
      child.comm = parent.comm;
      child.startComm = parent.startComm;
    }
  }

  /** A thread ended. */
  exit(tid: number, time: Nanoseconds): void {
    const thread = this._byTid.get(tid);
    if (thread?.died === Infinity) {
      this._end(thread, time);
    }
  }

  /** The process runs another program, in a thread that has the process's number from now on. */
  exec(pid: number, tid: number, time: Nanoseconds): void {
    const gil = this._gilByPid.get(pid);
    if (gil === undefined) {
      return;
    }
    gil.exec(time);
    for (const thread of gil.threads) {
      if (thread.tid !== tid && thread.died === Infinity) {
        this._end(thread, time);
      }
    }
    if (this._byTid.get(tid)?.died !== Infinity) {
      this.add(pid, tid, gil, time, Standing.Free, CpuPhase.On);
    }
  }

  /** A thread was given a name: index into the reader's strings. */
  rename(tid: number, comm: number): void {
    const thread = this._byTid.get(tid);
    if (thread?.died === Infinity) {
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
    const newProcess = pid === tid;
    const gil = this.gilOf(pid);
    const unknown = newProcess && parent?.standing === Standing.Unknown;
    const child = this.add(
      pid,
      tid,
      gil,
      time,
      unknown ? Standing.Unknown : Standing.Free,
      // Runnable from the first.
      CpuPhase.Preempted
    );
    if (
      newProcess &&
      (parent?.standing === Standing.Requested ||
        parent?.standing === Standing.Acquired)
    ) {
      gil.inherit(child, time);
    }
    return child;
  }

  private _end(thread: TracedThread, time: Nanoseconds): void {
    thread.gil.exit(thread, time);
    thread.died = time;
    if (this._lastFound === thread) {
      this._lastFound = undefined;
    }
  }

  private readonly _byTid = new Map<number, TracedThread>();
  private readonly _gilByPid = new Map<number, Gil>();
  private _lastFound: TracedThread | undefined;
}
