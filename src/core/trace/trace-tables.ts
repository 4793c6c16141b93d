/** The Arrow tables of a trace file: how they are written. They are described in schema/formats/giltrace.md. */
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  StackColumns,
  ThreadsResult,
  WaitColumns
} from '../threads/result';
import { STATE_NAMES } from '../threads/states';
import {
  type ArrowColumn,
  int32Column,
  int64Column,
  textColumn,
  uint16Column,
  uint8Column,
  wordColumn
} from './arrow-columns';
import type { ReportDocument, SourceLine } from './document';
import { type LaneColumns, threadRows } from './lanes';
import type { SourcePaths } from './source-paths';
import { WAIT_KIND_NAMES } from './wait-rows';
import { countIntervals } from './windows';

/** The columns of an Arrow table by name. */
export type ArrowTable = Record<string, ArrowColumn>;

/** What a trace file has beside lanes; threads are rows of the thread table. */
export interface TraceTables {
  readonly lines: readonly SourceLine[];
  readonly stacks: StackColumns;
  readonly holds: HoldColumns;
  readonly lockWaits: LockWaitColumns;
  readonly collections: CollectionColumns;
}

/** The tables of a result in the order of its thread table. */
export function traceTables(
  result: ThreadsResult,
  paths: SourcePaths
): TraceTables {
  const rows = threadRows(result);
  const { lines, stacks, holds, lockWaits, collections } = result;
  return {
    lines: lines.map(line => paths.place(line)),
    stacks,
    holds: { ...holds, thread: renumber(holds, rows) },
    lockWaits: {
      ...lockWaits,
      thread: renumber(lockWaits, rows),
      holder: lockWaits.holder.map(index => (index < 0 ? -1 : rows[index]))
    },
    collections: { ...collections, thread: renumber(collections, rows) }
  };
}

function renumber(
  { length, thread }: { readonly length: number; readonly thread: Uint16Array },
  rows: Int32Array
): Uint16Array {
  return thread.subarray(0, length).map(index => rows[index]);
}

export function intervalTable(
  document: ReportDocument,
  columns: LaneColumns,
  origin: bigint
): ArrowTable {
  const length = countIntervals(columns);
  const thread = new Uint16Array(length);
  const pid = new Int32Array(length);
  const tid = new Int32Array(length);
  const start = new Float64Array(length);
  const end = new Float64Array(length);
  const state = new Uint8Array(length);
  let from = 0;
  columns.tracks.forEach((track, row) => {
    const to = from + track.length;
    thread.fill(row, from, to);
    pid.fill(document.threads[row].pid, from, to);
    tid.fill(document.threads[row].tid, from, to);
    start.set(track.start.subarray(0, track.length), from);
    state.set(track.state.subarray(0, track.length), from);
    if (track.length > 0) {
      end.set(track.start.subarray(1, track.length), from);
      end[to - 1] = track.end;
    }
    from = to;
  });
  return {
    thread: uint16Column(thread),
    pid: int32Column(pid),
    tid: int32Column(tid),
    start_ns: int64Column(start, origin),
    end_ns: int64Column(end, origin),
    state: wordColumn(state, STATE_NAMES)
  };
}

export function waitTable(
  document: ReportDocument,
  waits: WaitColumns,
  origin: bigint
): ArrowTable {
  const { length } = waits;
  return {
    ...spanColumns(document, waits, origin),
    holder: int32Column(waits.holder.subarray(0, length), -1),
    holder_tid: tidColumn(document, waits.holder.subarray(0, length)),
    kind: wordColumn(waits.kind.subarray(0, length), WAIT_KIND_NAMES),
    ignored: uint16Column(waits.ignored.subarray(0, length)),
    uncertainty_ns: int64Column(waits.uncertainty.subarray(0, length), 0n),
    stack_id: int32Column(waits.stack.subarray(0, length), -1),
    holder_stack_id: int32Column(waits.holderStack.subarray(0, length), -1),
    waker: int32Column(waits.waker.subarray(0, length), -1),
    waker_tid: tidColumn(document, waits.waker.subarray(0, length))
  };
}

export function lineTable(lines: readonly SourceLine[]): ArrowTable {
  return {
    file: textColumn(lines.map(({ file }) => file)),
    line: int32Column(Int32Array.from(lines, ({ line }) => line)),
    function: textColumn(lines.map(line => line.function)),
    cell: textColumn(lines.map(({ cell }) => cell))
  };
}

export function stackTable({ length, parent, line }: StackColumns): ArrowTable {
  return {
    parent: int32Column(parent.subarray(0, length), -1),
    line: int32Column(line.subarray(0, length), -1)
  };
}

export function holdTable(
  document: ReportDocument,
  holds: HoldColumns,
  origin: bigint
): ArrowTable {
  const { length } = holds;
  return {
    ...spanColumns(document, holds, origin),
    forced: uint8Column(holds.forced.subarray(0, length)),
    wanted_ns: int64Column(holds.wanted.subarray(0, length), 0n),
    gil: uint16Column(holds.gil.subarray(0, length))
  };
}

export function lockWaitTable(
  document: ReportDocument,
  waits: LockWaitColumns,
  origin: bigint
): ArrowTable {
  const { length } = waits;
  return {
    ...spanColumns(document, waits, origin),
    lock: int64Column(waits.lock.subarray(0, length), 0n),
    holder: int32Column(waits.holder.subarray(0, length), -1),
    holder_tid: tidColumn(document, waits.holder.subarray(0, length)),
    stack_id: int32Column(waits.stack.subarray(0, length), -1)
  };
}

export function collectionTable(
  document: ReportDocument,
  collections: CollectionColumns,
  origin: bigint
): ArrowTable {
  return spanColumns(document, collections, origin);
}

/** Columns of anything that a thread does for a time. */
function spanColumns(
  document: ReportDocument,
  { length, thread, start, end }: CollectionColumns,
  origin: bigint
): ArrowTable {
  return {
    thread: uint16Column(thread.subarray(0, length)),
    tid: tidColumn(document, thread.subarray(0, length)),
    start_ns: int64Column(start.subarray(0, length), origin),
    end_ns: int64Column(end.subarray(0, length), origin)
  };
}

/** Thread ids of rows of the thread table; null for row -1. */
function tidColumn(
  { threads }: ReportDocument,
  rows: Uint16Array | Int32Array
): ArrowColumn {
  const tid = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    tid[i] = rows[i] < 0 ? -1 : threads[rows[i]].tid;
  }
  return int32Column(tid, -1);
}
