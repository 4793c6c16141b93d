/** What the replay needs of a run: a whole result has it, and so has a trace that was loaded from its file. */
import type { LoadedTrace } from '../../trace/load-trace';
import type { LineSplit } from '../../threads/line-split';
import type {
  HoldColumns,
  LineRecord,
  LockWaitColumns,
  StackColumns,
  StateTrack
} from '../../threads/result';
import { TracePlaces } from '../../trace/trace-places';
import type { IPlaces } from '../../trace/source-paths';
import type { Nanoseconds } from '../../units';

export interface RecordedThread {
  readonly main: boolean;
  readonly track: StateTrack;
}

/** The part of ThreadsResult that is replayed. */
export interface RecordedRun {
  readonly begin: Nanoseconds;
  readonly end: Nanoseconds;
  readonly threads: readonly RecordedThread[];
  readonly holds: HoldColumns;
  readonly lockWaits: LockWaitColumns;
  readonly lines: readonly LineRecord[];
  readonly stacks: StackColumns;
  readonly lineSplit?: LineSplit;
}

/** A run as a trace file has it; undefined if the file has no holds. */
export function recordedRun(
  trace: LoadedTrace
): { run: RecordedRun; places: IPlaces } | undefined {
  const { document, tables, columns } = trace.file;
  const { holds, lineSplit, stacks, lines = [], owners = [] } = tables;
  if (holds === undefined) {
    return undefined;
  }
  const places = new TracePlaces(lines, owners);
  return {
    places,
    run: {
      begin: 0,
      end: columns.end,
      threads: document.threads.map(({ main }, row) => ({
        main,
        track: trace.timeline.threads[row].states
      })),
      holds,
      lockWaits: tables.lockWaits ?? NO_LOCK_WAITS,
      lines: places.records,
      stacks: stacks ?? NO_STACKS,
      ...(lineSplit && { lineSplit })
    }
  };
}

const NO_STACKS: StackColumns = {
  length: 0,
  parent: new Int32Array(0),
  line: new Int32Array(0)
};

const NO_LOCK_WAITS: LockWaitColumns = {
  length: 0,
  thread: new Uint16Array(0),
  start: new Float64Array(0),
  end: new Float64Array(0),
  lock: new Float64Array(0),
  holder: new Int32Array(0),
  stack: new Int32Array(0)
};
