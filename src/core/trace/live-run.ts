/**
 * A run that goes on, as frames: each reader is told what has changed since it was told last. Sums of states come straight
 * from the analysis: a frame costs what happened since the one before, and of readers only how far they are is kept.
 */
import { BucketTimes } from '../threads/bucket-times';
import type {
  LiveAnalysis,
  LivePlace,
  LongestWait
} from '../threads/live-analysis';
import type { LineRecord, StackColumns } from '../threads/result';
import { STATE_COUNT, STATE_NAMES } from '../threads/states';
import type { Nanoseconds, StackIndex } from '../units';
import type { SourceLine, RunInfo } from './document';
import type { LiveCursor } from './live-cursor';
import { type ToldThread } from './live-cursor';
import {
  LIVE_BUCKET_NS,
  type LiveFrame,
  type LiveHolder,
  type LiveThread,
  type LiveWait
} from './live-frame';
import { packShares, steadyState, type LiveColumn } from './live-shares';
import { quantize } from './shares';
import { SourcePaths, type SourceContext } from './source-paths';
import { SourceStacks } from './source-stacks';

/** Whole buckets that are told again: stamps of drops come late, and move edges by as much. */
const TOLD_AGAIN = 3;

/** Of more threads than this, those that stay as they are are told of once a second, not all in one frame. */
const FEW_THREADS = 64;
const STEADY_BUCKETS = 100;
const STEADY_SPREAD = 40;

/** What a recording counts so far. */
export type LiveFigures = Pick<
  LiveFrame,
  | 'events'
  | 'events_per_second'
  | 'lost'
  | 'overhead_percent'
  | 'reader_cpu_percent'
>;

export interface LiveRunOptions {
  analysis: LiveAnalysis;
  mode: string;
  schedulerStates: boolean;
  /** Time of the recording at which the run began: 0 of its frames. */
  begin: Nanoseconds;
  /** All lines and stacks so far. */
  lines: () => { lines: readonly LineRecord[]; stacks: StackColumns };
  sources: SourceContext;
  /** The program's own name of a thread, where it is known; default: none is. */
  nameOf?: (tid: number) => string | undefined;
}

/** How much one frame may tell: buckets of a thread, and bytes of shares in all. */
export interface LiveLimits {
  readonly buckets: number;
  readonly bytes: number;
}

export class LiveRun {
  constructor(private readonly _options: LiveRunOptions) {
    this._times = new BucketTimes(_options.begin, LIVE_BUCKET_NS);
    this._paths = new SourcePaths(_options.sources);
  }

  /** Begins the next frame, which tells what is known up to `until`. */
  look(until: Nanoseconds): void {
    const { begin, analysis } = this._options;
    this._until = Math.max(until, this._until, begin);
    this._frame++;
    analysis.look(this._until);
  }

  /** The frame for one reader, which is told by it: to be made if it can be sent. */
  frame(
    run: RunInfo,
    figures: LiveFigures,
    cursor: LiveCursor,
    limits: LiveLimits
  ): LiveFrame {
    const { threads, columns } = this._threads(cursor, limits);
    const seen = new Uint8Array(STATE_COUNT);
    for (const { bytes } of columns) {
      for (let at = 0; at < bytes.length; at++) {
        seen[at % STATE_COUNT] |= bytes[at];
      }
    }
    const states = STATE_NAMES.filter((_, state) => seen[state] > 0);
    return {
      ...this._head(run),
      states,
      threads,
      shares: columns.map(column => packShares(column, seen, states.length)),
      ...this._holders(),
      ...this._longestWait(),
      ...figures
    };
  }

  /** The last frame, when the analysis is over: what there is to see is in the run store. */
  ended(run: RunInfo, figures: LiveFigures): LiveFrame {
    this._frame++;
    return {
      ...this._head(run),
      states: [],
      threads: [],
      shares: [],
      ...figures
    };
  }

  private _head(run: RunInfo) {
    const { mode, schedulerStates } = this._options;
    return {
      format: 'giltracer-live',
      version: 1,
      run,
      mode,
      scheduler_states: schedulerStates,
      frame: this._frame,
      until_ns: this._clock(this._until),
      bucket_ns: LIVE_BUCKET_NS
    } as const;
  }

  private _threads(
    cursor: LiveCursor,
    { buckets, bytes }: LiveLimits
  ): { threads: LiveThread[]; columns: LiveColumn[] } {
    const { analysis } = this._options;
    const count = analysis.threadCount;
    const room = Math.floor(bytes / Math.max(1, count * STATE_COUNT));
    const most = Math.max(1, Math.min(buckets, room));
    const threads: LiveThread[] = [];
    const columns: LiveColumn[] = [];
    for (let index = 0; index < count; index++) {
      const told = cursor.of(index);
      if (told.done) {
        continue;
      }
      const facts = this._facts(index);
      if (facts === undefined) {
        told.done = true;
        continue;
      }
      if (!isSame(told.facts, facts)) {
        threads.push(facts);
        told.facts = facts;
      }
      const column = this._column(index, told, most, count > FEW_THREADS);
      if (column !== undefined) {
        columns.push(column);
      }
    }
    return { threads, columns };
  }

  /** Undefined if the thread ended before the run began. */
  private _facts(index: number): LiveThread | undefined {
    const { analysis, begin } = this._options;
    const { pid, tid, comm, native, born, died } = analysis.thread(index);
    if (died <= begin) {
      return undefined;
    }
    const main = tid === pid;
    const known = this._options.nameOf?.(tid);
    const name = known ?? (main && !native ? 'MainThread' : comm);
    return {
      index,
      pid,
      tid,
      name: name === '' ? `thread ${tid}` : name,
      main,
      native,
      begin_ns: this._clock(born),
      ...(died <= this._until && { end_ns: this._clock(died) })
    };
  }

  private _column(
    index: number,
    told: ToldThread,
    most: number,
    many: boolean
  ): LiveColumn | undefined {
    const { analysis, begin } = this._options;
    const times = this._times;
    const { born, died } = analysis.thread(index);
    const { from, what } = analysis.guess(index);
    let first = told.next - TOLD_AGAIN;
    const corrected = from !== told.guessedFrom || what !== told.guess;
    if (corrected) {
      first = Math.min(first, times.bucketAt(told.guessedFrom));
      told.guessedFrom = from;
      told.guess = what;
    }
    const end = Math.min(this._until, died);
    const last = Math.max(0, Math.ceil((end - begin) / LIVE_BUCKET_NS) - 1);
    first = Math.max(first, 0, times.bucketAt(born), last + 1 - most);
    if (end <= begin || first > last) {
      told.done = died <= this._until;
      return undefined;
    }
    const count = last + 1 - first;
    times.restart(first, count);
    analysis.tell(index, times.startOf(first), times);
    const bytes = new Uint8Array(count * STATE_COUNT);
    quantize(times.times.subarray(0, bytes.length), STATE_COUNT, bytes);
    const steady = steadyState(bytes);
    if (
      many &&
      !corrected &&
      steady >= 0 &&
      steady === told.steady &&
      died > this._until &&
      last - told.next < STEADY_BUCKETS - (index % STEADY_SPREAD)
    ) {
      return undefined;
    }
    told.steady = steady;
    // The last one is not over.
    told.next = last;
    told.done = died <= this._until;
    return { thread: index, first, count, bytes };
  }

  private _holders(): { holders?: LiveHolder[] } {
    const holds = this._options.analysis.holders();
    return holds === undefined
      ? {}
      : {
          holders: holds.map(({ thread, since, place }) => ({
            thread,
            since_ns: this._clock(since),
            ...this._line('line', place)
          }))
        };
  }

  private _longestWait(): { longest_wait?: LiveWait } {
    const { analysis, begin } = this._options;
    const wait = analysis.longestWait(begin);
    return wait === undefined ? {} : { longest_wait: this._wait(wait) };
  }

  private _wait(wait: LongestWait): LiveWait {
    return {
      thread: wait.thread,
      start_ns: this._clock(wait.start),
      duration_ns: Math.round(wait.end - wait.start),
      open: wait.open,
      ...(wait.holder >= 0 && { holder: wait.holder }),
      ...this._line('line', wait.place),
      ...this._line('holder_line', wait.holderPlace)
    };
  }

  private _line<K extends string>(
    key: K,
    { stack, line }: LivePlace
  ): { [key in K]?: SourceLine } {
    const source = this._sourceOf(stack);
    const place = source.chargedLine(stack) ?? source.placeOf(line);
    return (place && { [key]: place }) as { [key in K]?: SourceLine };
  }

  /** Made anew where a stack is new: it looks each up once. */
  private _sourceOf(stack: StackIndex): SourceStacks {
    if (this._source === undefined || stack >= this._stacks) {
      const { lines, stacks } = this._options.lines();
      const { length, parent, line } = stacks;
      this._stacks = length;
      this._source = new SourceStacks(
        lines,
        { length, parent, line },
        this._paths
      );
    }
    return this._source;
  }

  private _clock(time: Nanoseconds): Nanoseconds {
    return Math.max(0, Math.round(time - this._options.begin));
  }

  private readonly _times: BucketTimes;
  private readonly _paths: SourcePaths;
  private _until: Nanoseconds = -Infinity;
  private _frame = 0;
  private _source: SourceStacks | undefined;
  /** Stacks that it knows. */
  private _stacks = 0;
}

function isSame(a: LiveThread | undefined, b: LiveThread): boolean {
  return a?.name === b.name && a.native === b.native && a.end_ns === b.end_ns;
}
