/** Brings together what was seen of lines: by the probes, by the reader of memory, and in native code. */
import type { Nanoseconds, ThreadIndex } from '../units';
import type { HolderSampleRows } from './holder-samples';
import {
  ignoredRequests,
  type NativeResolver,
  type NativeSamples
} from './ignored-requests';
import { LineAttribution } from './line-attribution';
import type { LineSplit } from './line-split';
import {
  LineSamples,
  type ProbeSample,
  type StackSamples
} from './line-samples';
import { StackTable } from './line-stacks';
import type { LockWaitRows } from './lock-wait-rows';
import type { NativeSampleRows } from './native-samples';
import type {
  IgnoredRequests,
  LineBlame,
  LineTimes,
  ThreadRecord
} from './result';
import type { GilResult } from './result-columns';
import { StackReadingRows, type StackReadings } from './stack-readings';
import type { StateOwners } from './state-owners';
import { fillWaitLines } from './waited-lines';
import { fillLines } from './watched-lines';

/** What is known beside the records. */
export interface AttributionSources {
  /** What the reader of memory saw; absent if there was none. */
  readings?: StackReadings;
  /** Names native functions and libraries; without it they are left out. */
  names?: NativeResolver;
  /** sys.getswitchinterval(). */
  switchInterval: Nanoseconds;
}

/** CPython's default, Python/ceval_gil.h. */
export const DEFAULT_SWITCH_INTERVAL: Nanoseconds = 5_000_000;

/** A thread as its records tell of it. */
export type RecordedThread = Omit<ThreadRecord, 'python' | 'library'>;

/** cpu-clock has a sample each four milliseconds of a thread's own CPU time. */
const CPU_CLOCK_PERIOD: Nanoseconds = 4_000_000;

/** A holder that sleeps is looked at each fifth round of the reader of stacks, which are a millisecond apart. */
const SYSCALL_PERIOD: Nanoseconds = 5_000_000;

export interface SeenHolders {
  rows: HolderSampleRows;
  owners: StateOwners;
}

export class Attribution {
  /**
   * @param threads those of the result
   * @param indexes by the analysis' own thread index: that of the result, or -1
   * @param _anyLine whether any line is known: if not, there is nothing to attribute
   */
  constructor(
    private readonly _sources: AttributionSources,
    private readonly _threads: readonly RecordedThread[],
    private readonly _indexes: readonly ThreadIndex[],
    private readonly _seen: readonly SeenHolders[],
    native: NativeSampleRows,
    private readonly _anyLine: boolean
  ) {
    const { readings } = _sources;
    this.stacks = readings?.stacks ?? new StackTable();
    this._samples = new LineSamples(
      this.stacks,
      this._stackSamples(),
      probeSamples(_seen, _indexes)
    );
    this._lines = new LineAttribution(
      this.stacks,
      this._samples,
      readings?.period ?? 0
    );
    this._native = this._nativeSamples(native);
  }

  readonly stacks: StackTable;

  /** Fills in the lines on which threads asked for one GIL, where watchpoints tell exactly when they dropped and took it. */
  findLines({ holds, waits }: Pick<GilResult, 'holds' | 'waits'>): void {
    const { line } = this.stacks;
    fillLines(holds, waits, this._samples.all, stack => line[stack]);
  }

  /** Fills in the lines on which threads waited for one GIL, where futex calls tell of waits only. */
  findWaitLines({ waits }: Pick<GilResult, 'waits'>): void {
    const { line } = this.stacks;
    fillWaitLines(waits, this._samples.all, stack => line[stack]);
  }

  /** Takes in one GIL's holds and waits; fills in where its waiters stood, and where their holders were seen. */
  addGil({ holds, waits, wanted, stack, holderStack }: GilResult): void {
    const { length, thread, start, end, line } = holds;
    const wantedHolds = { length, thread, start, end, line, wanted };
    if (this._anyLine) {
      this._lines.addGil(wantedHolds, {
        length: waits.length,
        thread: waits.thread,
        start: waits.start,
        end: waits.end,
        kind: waits.kind,
        line: waits.line,
        stack,
        holderStack
      });
    }
    this._ignored.push(
      ...ignoredRequests(
        wantedHolds,
        this._samples,
        this._native,
        this._sources.names,
        this._sources.switchInterval
      )
    );
  }

  /** Where the waiters for locks stood: on the line of their next request; else where they were read meanwhile. */
  lockStacks(rows: LockWaitRows): Int32Array {
    const stacks = new Int32Array(rows.length);
    for (let row = 0; row < rows.length; row++) {
      const thread = rows.thread[row];
      const start = rows.start[row];
      const end = rows.end[row];
      stacks[row] =
        rows.line[row] >= 0
          ? this._samples.stackAt(thread, rows.line[row], (start + end) / 2)
          : this._samples.readBetween(thread, start, end);
    }
    return stacks;
  }

  lineTimes(): LineTimes[] {
    return this._lines.lineTimes();
  }

  lineBlame(): LineBlame[] {
    return this._lines.lineBlame();
  }

  /** How holds were split by line; undefined if no line is known. */
  lineSplit(): LineSplit | undefined {
    return this._anyLine ? this._lines.split() : undefined;
  }

  ignored(): IgnoredRequests[] {
    return this._ignored.sort((a, b) => b.wantedNs - a.wantedNs);
  }

  /** The threads; those that run no Python with the library that they were seen in most. */
  threads(): ThreadRecord[] {
    const counts = this._libraryCounts();
    return this._threads.map((record, index) => {
      const [most] = [...counts[index]].sort(([, a], [, b]) => b - a);
      return {
        ...record,
        python: this._isPython(index),
        ...(most !== undefined && { library: most[0] })
      };
    });
  }

  /** The first thread of a Python process runs Python, though it may only wait all the time. */
  private _isPython(index: ThreadIndex): boolean {
    const { main, requests } = this._threads[index];
    return main || requests > 0 || this._read.has(index);
  }

  /** By thread that runs no Python: how often it was seen in each library. */
  private _libraryCounts(): Map<string, number>[] {
    const { names } = this._sources;
    const counts = this._threads.map(() => new Map<string, number>());
    const { length, thread, ip } = this._native;
    for (let row = 0; names && row < length; row++) {
      if (!this._isPython(thread[row])) {
        const { library } = names.placeOf(ip[row]);
        // The kernel works for every library.
        if (library.startsWith('/')) {
          const count = counts[thread[row]];
          count.set(library, (count.get(library) ?? 0) + 1);
        }
      }
    }
    return counts;
  }

  private _stackSamples(): StackSamples {
    const rows = this._sources.readings?.samples ?? new StackReadingRows();
    const thread = new Int32Array(rows.length);
    for (let row = 0; row < rows.length; row++) {
      thread[row] = this._readThread(rows, row);
      if (thread[row] >= 0) {
        this._read.add(thread[row]);
      }
    }
    const { length, time, stack, complete, holding } = rows;
    return { length, thread, time, stack, complete, holding };
  }

  /**
   * The thread of a reading: that of the records with this thread state, else what the interpreter says. In
   * 3.12 the first thread state of a sub-interpreter bears the number of the thread that made it.
   */
  private _readThread(rows: StackReadingRows, row: number): ThreadIndex {
    const tstate = rows.tstate[row];
    const time = rows.time[row];
    const read = this._threadAt(rows.tid[row], time);
    const pid = read < 0 ? undefined : this._threads[read].pid;
    let last = -Infinity;
    let thread = -1;
    for (const { owners } of this._seen) {
      const use = owners.lastUse(tstate, time);
      // A forked child has its thread states where its parent has them.
      if (
        use &&
        use.seen > last &&
        use.thread.pid === (pid ?? use.thread.pid)
      ) {
        last = use.seen;
        thread = this._indexes[use.thread.index];
      }
    }
    return thread >= 0 && time <= this._threads[thread].end ? thread : read;
  }

  private _nativeSamples(rows: NativeSampleRows): NativeSamples {
    const all: [
      time: Nanoseconds,
      thread: ThreadIndex,
      ip: number,
      stands: Nanoseconds
    ][] = [];
    for (let row = 0; row < rows.length; row++) {
      const index = this._indexes[rows.thread[row]];
      if (index >= 0) {
        all.push([rows.time[row], index, rows.ip[row], CPU_CLOCK_PERIOD]);
      }
    }
    for (const { tid, time, ip } of this._sources.readings?.native ?? []) {
      const thread = this._threadAt(tid, time);
      if (thread >= 0) {
        all.push([time, thread, ip, SYSCALL_PERIOD]);
      }
    }
    all.sort(([a], [b]) => a - b);
    return {
      length: all.length,
      time: Float64Array.from(all, ([time]) => time),
      thread: Uint32Array.from(all, ([, thread]) => thread),
      ip: Float64Array.from(all, ([, , ip]) => ip),
      stands: Float64Array.from(all, ([, , , stands]) => stands)
    };
  }

  /** The thread that had this number then. */
  private _threadAt(tid: number, time: Nanoseconds): ThreadIndex {
    if (this._byTid.size === 0) {
      this._threads.forEach((thread, index) => {
        const same = this._byTid.get(thread.tid);
        if (same === undefined) {
          this._byTid.set(thread.tid, [index]);
        } else {
          same.push(index);
        }
      });
    }
    return (
      this._byTid
        .get(tid)
        ?.find(
          index =>
            this._threads[index].begin <= time &&
            time <= this._threads[index].end
        ) ?? -1
    );
  }

  /** Threads whose Python frames were read. */
  private readonly _read = new Set<ThreadIndex>();
  private readonly _byTid = new Map<number, ThreadIndex[]>();
  private readonly _samples: LineSamples;
  private readonly _lines: LineAttribution;
  private readonly _native: NativeSamples;
  private readonly _ignored: IgnoredRequests[] = [];
}

/** What waiters' probes saw of holders, with the result's thread indexes. */
function* probeSamples(
  seen: readonly SeenHolders[],
  indexes: readonly ThreadIndex[]
): Iterable<ProbeSample> {
  for (const { rows, owners } of seen) {
    for (let row = 0; row < rows.length; row++) {
      const time = rows.time[row];
      const holder =
        rows.thread[row] >= 0
          ? rows.thread[row]
          : owners.ownerAt(rows.tstate[row], time);
      const thread: ThreadIndex = holder < 0 ? -1 : indexes[holder];
      if (thread >= 0) {
        yield { thread, time, line: rows.line[row] };
      }
    }
  }
}
