/** The threads of a process: which there are, which run Python, and who has which PyThreadState. */
import { readdirSync, statSync } from 'node:fs';
import { gilOfInterpreter, type GilLocation } from '../../core/cpython/gil';
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { StackReader } from '../../core/cpython/stack-reader';
import { SleepKind } from '../../core/threads/sampled/sleep-kind';
import { ThreadState } from '../../core/threads/states';
import type { Address, Nanoseconds, StackIndex } from '../../core/units';
import { errorCode } from '../failure';
import type { ProcessMemory } from './process-memory';
import type { SampledBatches } from './sampled-batches';
import { ThreadFiles } from './thread-files';
import { WatchedGil } from './watched-gils';

/** A thread, and what it did when it was read last. */
export interface WatchedThread {
  readonly index: number;
  readonly tid: number;
  readonly files: ThreadFiles;
  readonly born: Nanoseconds;
  ended: boolean;
  /** Its PyThreadState; 0 if it runs no Python. */
  state: Address;
  gil: WatchedGil | undefined;
  /** Whether the runtime's lists had its PyThreadState when they were read last. */
  listed: boolean;
  /** The last reading: when, what, and how often the GIL had changed hands and the thread had been on a CPU. */
  time: Nanoseconds;
  doing: ThreadState;
  /** Whether it slept in the kernel then. */
  asleep: boolean;
  lock: Address;
  sleep: SleepKind;
  stack: StackIndex;
  gilTurn: number;
  turns: number;
  queuedNs: Nanoseconds;
  queuedUntil: Nanoseconds;
}

export class WatchedThreads {
  constructor(
    private readonly _pid: number,
    private readonly _memory: Pick<ProcessMemory, 'read' | 'readInto'>,
    private readonly _layout: Pick<FrameLayout, 'interpreter' | 'foundBy'>,
    private readonly _reader: Pick<
      StackReader,
      'threadStates' | 'threadStateAt'
    >,
    private readonly _batches: SampledBatches,
    mainGil: GilLocation
  ) {
    this._watch(mainGil);
  }

  /** Those that live, in no order. */
  readonly all: WatchedThread[] = [];

  /** Of interpreters that live. */
  gils: readonly WatchedGil[] = [];

  /** Why threads are missing, if some are. */
  problem: string | undefined;

  /** The thread that uses a PyThreadState, as far as was seen. */
  of(state: Address): WatchedThread | undefined {
    return this._byState.get(state);
  }

  /** Whether their number is another than when the list was made. */
  haveChanged(now: Nanoseconds): boolean {
    if (this._number() !== this._listedNumber) {
      return true;
    }
    this._unchangedAt = now;
    return false;
  }

  /**
   * The same, as the PyThreadState itself says now: one that was freed is soon another thread's, long before the next list.
   * Undefined if that thread is not known yet.
   */
  userOf(state: Address): WatchedThread | undefined {
    const before = this._byState.get(state);
    const record = this._reader.threadStateAt(state);
    if (
      record === undefined ||
      record.nativeId < 0 ||
      record.nativeId === before?.tid
    ) {
      return before;
    }
    const thread = this._byTid.get(record.nativeId);
    if (thread === undefined || !this._byInterpreter.has(record.interpreter)) {
      return undefined;
    }
    if (before?.state === state) {
      before.state = 0;
    }
    this._use(thread, state, this._byInterpreter.get(record.interpreter));
    return thread;
  }

  /** Looks which threads there are now. */
  list(now: Nanoseconds): void {
    this._listedNumber = this._number();
    const seen = new Set<number>();
    for (const name of this._names()) {
      const tid = Number(name);
      seen.add(tid);
      if (!this._byTid.has(tid)) {
        this._meet(tid, now);
      }
    }
    for (let at = this.all.length - 1; at >= 0; at--) {
      if (!seen.has(this.all[at].tid)) {
        this.remove(this.all[at], now);
      }
    }
    this._readStates();
    this._listed = true;
    this._unchangedAt = now;
  }

  /** The thread has ended. */
  remove(thread: WatchedThread, now: Nanoseconds): void {
    const at = this.all.indexOf(thread);
    if (at >= 0) {
      this.all[at] = this.all[this.all.length - 1];
      this.all.pop();
      thread.ended = true;
      this._byTid.delete(thread.tid);
      if (this._byState.get(thread.state) === thread) {
        this._byState.delete(thread.state);
      }
      this._batches.ended(
        thread.index,
        Math.floor(
          (Math.max(thread.time, thread.born, this._unchangedAt, 0) + now) / 2
        )
      );
      thread.files.close();
    }
  }

  close(): void {
    for (const { files } of this.all) {
      files.close();
    }
    this.all.length = 0;
  }

  /** The folder's links are its threads and two more (proc_task_getattr, fs/proc/base.c). */
  private _number(): number {
    try {
      return statSync(`/proc/${this._pid}/task`).nlink;
    } catch {
      return 0;
    }
  }

  private _names(): string[] {
    try {
      return readdirSync(`/proc/${this._pid}/task`);
    } catch {
      return [];
    }
  }

  private _meet(tid: number, now: Nanoseconds): void {
    let files: ThreadFiles;
    try {
      files = new ThreadFiles(`/proc/${this._pid}/task/${tid}`);
    } catch (error) {
      // Else it has ended already.
      if (errorCode(error) === 'EMFILE') {
        this.problem =
          'not all threads could be read: too many files are open (ulimit -n)';
      }
      return;
    }
    // It began at some time since their number was last that of the list.
    const born = this._listed
      ? Math.floor((this._unchangedAt + now) / 2)
      : -Infinity;
    const thread: WatchedThread = {
      index: this._count++,
      tid,
      files,
      born,
      ended: false,
      state: 0,
      gil: undefined,
      listed: false,
      time: -Infinity,
      doing: ThreadState.Unknown,
      asleep: false,
      lock: 0,
      sleep: SleepKind.Other,
      stack: -1,
      gilTurn: -1,
      turns: -1,
      queuedNs: 0,
      queuedUntil: -Infinity
    };
    this.all.push(thread);
    this._byTid.set(tid, thread);
    this._tell(thread);
  }

  private _readStates(): void {
    this._byState.clear();
    const used = new Set<WatchedThread>();
    const interpreters = new Map<Address, WatchedGil | undefined>();
    const gils = new Set<WatchedGil>(
      this._main === undefined ? [] : [this._main]
    );
    for (const state of this._reader.threadStates()) {
      const gil =
        interpreters.get(state.interpreter) ?? this._gilOf(state.interpreter);
      interpreters.set(state.interpreter, gil);
      if (gil !== undefined) {
        gils.add(gil);
      }
      const thread = this._byTid.get(state.nativeId);
      if (thread === undefined) {
        continue;
      }
      this._use(thread, state.threadState, gil);
      used.add(thread);
    }
    for (const thread of this.all) {
      // The lists change while they are read: who is not there once may be there.
      if (thread.state !== 0 && !used.has(thread) && !thread.listed) {
        thread.state = 0;
        thread.gil = undefined;
        thread.asleep = false;
      }
      thread.listed = used.has(thread);
    }
    this.gils = [...gils];
    // A new interpreter may come to lie where one has ended.
    this._byInterpreter = interpreters;
  }

  private _use(
    thread: WatchedThread,
    state: Address,
    gil: WatchedGil | undefined
  ): void {
    this._byState.set(state, thread);
    if (thread.state !== state) {
      thread.state = state;
      // What was read of it before is to be seen in another light.
      thread.asleep = false;
      if (thread.gil !== gil) {
        thread.gil = gil;
        this._tell(thread);
      }
    }
  }

  /** Before 3.12, and for most sub-interpreters of later ones, the main interpreter's. */
  private _gilOf(interpreter: Address): WatchedGil | undefined {
    const known = this._byInterpreter.get(interpreter);
    if (known !== undefined) {
      return known;
    }
    const own = gilOfInterpreter(this._memory.read, interpreter, this._layout);
    return own === undefined ? this._main : this._watch(own);
  }

  private _watch(location: GilLocation): WatchedGil {
    let gil = this._gils.get(location.address);
    if (gil === undefined) {
      gil = new WatchedGil(this._memory.readInto, this._gils.size, location);
      this._gils.set(location.address, gil);
      this._batches.gil(location.address);
    }
    this._main ??= gil;
    return gil;
  }

  private _tell({ index, tid, files, gil, born }: WatchedThread): void {
    this._batches.thread({
      index,
      pid: this._pid,
      tid,
      comm: files.comm,
      gil: gil?.index ?? -1,
      born
    });
  }

  private _listedNumber = 0;
  private _listed = false;
  /** When the list was known to be right last. */
  private _unchangedAt: Nanoseconds = 0;
  private _count = 0;
  private _main: WatchedGil | undefined;
  private readonly _gils = new Map<Address, WatchedGil>();
  private _byInterpreter: ReadonlyMap<Address, WatchedGil | undefined> =
    new Map();
  private readonly _byState = new Map<Address, WatchedThread>();
  private readonly _byTid = new Map<number, WatchedThread>();
}
