/** The Arrow tables of a trace file that anybody may have written: how they are read and checked. */
import type { Table } from '@uwdata/flechette';

import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  StackColumns,
  StateTrack,
  WaitColumns
} from '../threads/result';
import type { PoolColumns, SightingColumns } from '../threads/line-split';
import { STATE_NAMES } from '../threads/states';
import {
  ColumnError,
  hasColumn,
  readIntegers,
  readNullable,
  readShares,
  readTexts,
  readTimes,
  readWords
} from './arrow-columns';
import type { SourceLine } from './document';
import { CODE_OWNERS, type CodeOwner, isCellLine } from './source-paths';
import { WAIT_KIND_NAMES } from './wait-rows';

/** Index columns that the first version did not have. */
const NONE = -1;

/** The columns of a thread's intervals follow each other without a gap, as a partition must. */
export function readTracks(
  table: Table,
  threads: number,
  origin: bigint
): StateTrack[] {
  const thread = readIntegers(table, 'thread');
  const start = readTimes(table, 'start_ns', origin);
  const end = readTimes(table, 'end_ns', origin);
  const state = readWords(table, 'state', STATE_NAMES);
  const tracks: StateTrack[] = [];
  let from = 0;
  for (let row = 0; row < threads; row++) {
    let to = from;
    while (to < thread.length && thread[to] === row) {
      if (to > from && start[to] !== end[to - 1]) {
        throw new ColumnError('start_ns', `has a gap at row ${to}`);
      }
      if (!(end[to] > start[to])) {
        throw new ColumnError('end_ns', `is out of order at row ${to}`);
      }
      to++;
    }
    tracks.push({
      length: to - from,
      start: start.subarray(from, to),
      state: state.subarray(from, to),
      end: to > from ? end[to - 1] : 0
    });
    from = to;
  }
  if (from !== thread.length || state.length !== thread.length) {
    throw new ColumnError('thread', `is out of order at row ${from}`);
  }
  return tracks;
}

/** @param stacks how many stacks the file has */
export function readWaits(
  table: Table,
  threads: number,
  stacks: number,
  origin: bigint
): WaitColumns {
  const spans = readSpans(table, threads, origin);
  const { length } = spans;
  const holder = readNullable(table, 'holder');
  checkIndexes('holder', holder, threads);
  const index = (name: string, most: number): Int32Array => {
    if (!hasColumn(table, name)) {
      return new Int32Array(length).fill(NONE);
    }
    const values = readNullable(table, name);
    checkIndexes(name, values, most);
    return values;
  };
  return {
    ...spans,
    holder,
    kind: readWords(table, 'kind', WAIT_KIND_NAMES),
    ignored: counts(table, 'ignored', Uint16Array),
    uncertainty: readTimes(table, 'uncertainty_ns', 0n),
    stack: index('stack_id', stacks),
    holderStack: index('holder_stack_id', stacks),
    waker: index('waker', threads)
  };
}

/** Whose code each line is; where the file does not tell, it is taken for the user's. */
export function readOwners(
  table: Table,
  lines: readonly SourceLine[]
): CodeOwner[] {
  return hasColumn(table, 'owner')
    ? Array.from(
        readWords(table, 'owner', CODE_OWNERS),
        owner => CODE_OWNERS[owner]
      )
    : lines.map(line => (isCellLine(line) ? 'cell' : 'user'));
}

export function readLines(table: Table): SourceLine[] {
  const files = readTexts(table, 'file');
  const lines = readIntegers(table, 'line');
  const functions = readTexts(table, 'function');
  const cells = readTexts(table, 'cell');
  return files.map((file, row) => {
    if (file === undefined || !(lines[row] >= 0)) {
      throw new ColumnError('line', `names no line at row ${row}`);
    }
    const name = functions[row];
    const cell = cells[row];
    return {
      file,
      line: lines[row],
      ...(name !== undefined && { function: name }),
      ...(cell !== undefined && { cell })
    };
  });
}

/** @param lines how many lines the file has */
export function readStacks(table: Table, lines: number): StackColumns {
  const parent = readNullable(table, 'parent');
  const line = readNullable(table, 'line');
  checkIndexes('parent', parent, parent.length);
  checkIndexes('line', line, lines);
  return { length: parent.length, parent, line };
}

/** @param lines how many lines the file has */
export function readHolds(
  table: Table,
  threads: number,
  lines: number,
  origin: bigint
): HoldColumns {
  const line = hasColumn(table, 'line')
    ? readNullable(table, 'line')
    : undefined;
  checkIndexes('line', line ?? new Int32Array(0), lines);
  return {
    ...readSpans(table, threads, origin),
    forced: counts(table, 'forced', Uint8Array),
    wanted: readTimes(table, 'wanted_ns', 0n),
    gil: Uint16Array.from(readIntegers(table, 'gil')),
    ...(line && { line })
  };
}

export function readLockWaits(
  table: Table,
  threads: number,
  stacks: number,
  origin: bigint
): LockWaitColumns {
  const holder = readNullable(table, 'holder');
  const stack = readNullable(table, 'stack_id');
  checkIndexes('holder', holder, threads);
  checkIndexes('stack_id', stack, stacks);
  return {
    ...readSpans(table, threads, origin),
    lock: readTimes(table, 'lock', 0n),
    holder,
    stack
  };
}

/** @param stacks how many stacks the file has */
export function readSightings(
  table: Table,
  threads: number,
  stacks: number,
  origin: bigint
): SightingColumns {
  const thread = readThreads(table, threads);
  const time = readTimes(table, 'time_ns', origin);
  const stack = readNullable(table, 'stack_id');
  checkIndexes('stack_id', stack, stacks);
  // One thread after the other; which one is next is not laid down, and is not as in the table of threads.
  const known = new Set<number>();
  for (let i = 0; i < thread.length; i++) {
    const begins = i === 0 || thread[i] !== thread[i - 1];
    if (begins ? known.has(thread[i]) : !(time[i] >= time[i - 1])) {
      throw new ColumnError('time_ns', `is out of order at row ${i}`);
    }
    if (begins) {
      known.add(thread[i]);
    }
  }
  return { length: thread.length, thread, time, stack };
}

/**
 * @param lines how many lines the file has
 * @param stacks how many stacks
 */
export function readPools(
  table: Table,
  threads: number,
  lines: number,
  stacks: number
): PoolColumns {
  const thread = readThreads(table, threads);
  const line = readNullable(table, 'line');
  const stack = readNullable(table, 'stack_id');
  checkIndexes('line', line, lines);
  checkIndexes('stack_id', stack, stacks);
  return {
    length: thread.length,
    gil: Uint16Array.from(readIntegers(table, 'gil')),
    thread,
    line,
    stack,
    held: readShares(table, 'held_share'),
    variance: readShares(table, 'held_variance'),
    released: readShares(table, 'released_share')
  };
}

/** What a thread does for a time: the columns of a collection, and those that others begin with. */
export function readSpans(
  table: Table,
  threads: number,
  origin: bigint
): CollectionColumns {
  const thread = readThreads(table, threads);
  const start = readTimes(table, 'start_ns', origin);
  const end = readTimes(table, 'end_ns', origin);
  for (let i = 0; i < thread.length; i++) {
    if (!(end[i] >= start[i])) {
      throw new ColumnError('end_ns', `is out of order at row ${i}`);
    }
  }
  return { length: thread.length, thread, start, end };
}

/** Rows of the thread table. */
function readThreads(table: Table, threads: number): Uint16Array {
  const thread = Uint16Array.from(readIntegers(table, 'thread'));
  const wrong = thread.findIndex(row => row >= threads);
  if (wrong >= 0) {
    throw new ColumnError('thread', `names no thread at row ${wrong}`);
  }
  return thread;
}

/** Indexes into a table of `most` rows, or -1. */
function checkIndexes(name: string, values: Int32Array, most: number): void {
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= NONE && values[i] < most)) {
      throw new ColumnError(name, `is out of range at row ${i}`);
    }
  }
}

/** A column of small numbers that sampled runs don't have: 0 in all rows then. */
function counts<Column extends Uint8Array | Uint16Array>(
  table: Table,
  name: string,
  columnType: new (values: number | Int32Array) => Column
): Column {
  return hasColumn(table, name)
    ? new columnType(Int32Array.from(readIntegers(table, name)))
    : new columnType(table.numRows);
}
