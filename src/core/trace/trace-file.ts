/**
 * The trace file `NAME.giltrace`: a zip of meta.json and Arrow IPC files, full resolution, for other
 * programs to read too. Described in schema/formats/giltrace.md.
 */
import {
  type Table,
  tableFromColumns,
  tableFromIPC,
  tableToIPC
} from '@uwdata/flechette';
import { strFromU8, strToU8 } from 'fflate';

import type { StateTrack, ThreadsResult, WaitColumns } from '../threads/result';
import { STATE_NAMES } from '../threads/states';
import {
  type ArrowColumn,
  ColumnError,
  int32Column,
  int64Column,
  readIntegers,
  readNullable,
  readTimes,
  readWords,
  uint16Column,
  wordColumn
} from './arrow-columns';
import { WAIT_KIND_NAMES } from './build-document';
import {
  FieldError,
  type Fields,
  optional,
  readCount,
  readFields,
  readText,
  readWord
} from './checked-fields';
import type { ReportDocument } from './document';
import { type LaneColumns, laneColumns } from './lanes';
import { readDocument } from './read-document';
import { countIntervals } from './windows';
import { unzipEntries, zipEntries, ZipError } from './zip-entries';

/** Version of the trace file; a reader takes every one up to the newest it knows. */
export const TRACE_FILE_VERSION = 1;

const FORMAT = 'giltrace';
const META = 'meta.json';
const INTERVALS = 'intervals.arrow';
const WAITS = 'waits.arrow';

/** One instant on two clocks. */
export interface ClockPair {
  readonly monotonicNs: bigint;
  readonly wallNs: bigint;
}

/** What a trace file is made of. */
export interface TraceContent {
  /** As buildDocument made it from `result`. */
  readonly document: ReportDocument;
  readonly result: ThreadsResult;
  /** CLOCK_MONOTONIC of time 0 of the result. */
  readonly origin: bigint;
  readonly clock?: ClockPair;
}

/** A trace file that was read. */
export interface TraceFile {
  readonly document: ReportDocument;
  /** Every interval and wait; times count from the begin of the run, as in the document. */
  readonly columns: LaneColumns;
  /** CLOCK_MONOTONIC at the begin of the run. */
  readonly origin: bigint;
  readonly clock?: ClockPair;
}

/** Why a file is not a trace that can be read, in one line. */
export class TraceFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TraceFileError';
  }
}

/** The bytes of a trace file. */
export function writeTraceFile(content: TraceContent): Uint8Array {
  const { document, result, origin, clock } = content;
  const columns = laneColumns(result);
  const meta = {
    format: FORMAT,
    version: TRACE_FILE_VERSION,
    origin_ns: String(origin + BigInt(Math.round(result.begin))),
    ...(clock && {
      clock: {
        monotonic_ns: String(clock.monotonicNs),
        wall_ns: String(clock.wallNs)
      }
    }),
    document
  };
  return zipEntries({
    [META]: strToU8(JSON.stringify(meta)),
    [INTERVALS]: arrowFile(intervalTable(document, columns, origin)),
    [WAITS]: arrowFile(waitTable(document, columns.waits, origin))
  });
}

function arrowFile(columns: Record<string, ArrowColumn>): Uint8Array {
  const bytes = tableToIPC(tableFromColumns(columns), { format: 'file' });
  if (!bytes) {
    // flechette returns null only for sinks of its caller.
    throw new TypeError('no bytes were written');
  }
  return bytes;
}

function intervalTable(
  document: ReportDocument,
  columns: LaneColumns,
  origin: bigint
): Record<string, ArrowColumn> {
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

function waitTable(
  document: ReportDocument,
  waits: WaitColumns,
  origin: bigint
): Record<string, ArrowColumn> {
  const { length } = waits;
  const tids = document.threads.map(thread => thread.tid);
  const tid = new Int32Array(length);
  const holderTid = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    tid[i] = tids[waits.thread[i]];
    holderTid[i] = waits.holder[i] < 0 ? -1 : tids[waits.holder[i]];
  }
  return {
    thread: uint16Column(waits.thread.subarray(0, length)),
    tid: int32Column(tid),
    start_ns: int64Column(waits.start.subarray(0, length), origin),
    end_ns: int64Column(waits.end.subarray(0, length), origin),
    holder: int32Column(waits.holder.subarray(0, length), -1),
    holder_tid: int32Column(holderTid, -1),
    kind: wordColumn(waits.kind.subarray(0, length), WAIT_KIND_NAMES),
    ignored: uint16Column(waits.ignored.subarray(0, length)),
    uncertainty_ns: int64Column(waits.uncertainty.subarray(0, length), 0n)
  };
}

/**
 * Reads a trace file.
 *
 * @throws TraceFileError if it is truncated, damaged, of another kind, or of a newer version
 */
export function readTraceFile(bytes: Uint8Array): TraceFile {
  try {
    const entries = unzipEntries(bytes, [META, INTERVALS, WAITS]);
    const fields = readMeta(entries.get(META));
    const document = readDocument(readFields(fields.document, 'document'));
    const origin = readBigInt(fields.origin_ns, 'origin_ns');
    const threads = document.threads.length;
    return {
      document,
      origin,
      ...optional(fields, META, 'clock', readClock),
      columns: {
        begin: 0,
        end: document.capture.duration_ns,
        tracks: readEntry(entries, INTERVALS, table =>
          readTracks(table, threads, origin)
        ),
        waits: readEntry(entries, WAITS, table =>
          readWaits(table, threads, origin)
        )
      }
    };
  } catch (error) {
    if (error instanceof ZipError || error instanceof FieldError) {
      throw new TraceFileError(
        `this is not a giltracer trace that can be read: ${error.message}`
      );
    }
    throw error;
  }
}

function readMeta(bytes: Uint8Array | undefined): Fields {
  if (!bytes) {
    throw new TraceFileError('this is not a giltracer trace: no meta.json');
  }
  let json: unknown;
  try {
    json = JSON.parse(strFromU8(bytes));
  } catch {
    throw new FieldError(META, 'is not JSON');
  }
  const fields = readFields(json, META);
  readWord(fields.format, 'format', [FORMAT]);
  const version = readCount(fields.version, 'version');
  if (version > TRACE_FILE_VERSION) {
    throw new TraceFileError(
      `this trace was made by a newer giltracer (format ${version}, this one reads up to ${TRACE_FILE_VERSION}): update giltracer`
    );
  }
  return fields;
}

function readClock(value: unknown, where: string): ClockPair {
  const fields = readFields(value, where);
  return {
    monotonicNs: readBigInt(fields.monotonic_ns, `${where}.monotonic_ns`),
    wallNs: readBigInt(fields.wall_ns, `${where}.wall_ns`)
  };
}

function readBigInt(value: unknown, where: string): bigint {
  // As long as 2^63 - 1 is.
  const text = readText(value, where, 19);
  if (!/^\d+$/.test(text)) {
    throw new FieldError(where, 'is not a whole number');
  }
  return BigInt(text);
}

function readEntry<T>(
  entries: ReadonlyMap<string, Uint8Array>,
  name: string,
  read: (table: Table) => T
): T {
  const bytes = entries.get(name);
  if (!bytes) {
    throw new FieldError(name, 'is missing');
  }
  try {
    return read(tableFromIPC(bytes, { useBigInt: true }));
  } catch (error) {
    // flechette reports damage by whatever the engine throws for a bad offset.
    throw new FieldError(
      name,
      error instanceof ColumnError
        ? `has a wrong content: ${error.message}`
        : 'is not an Arrow file'
    );
  }
}

/** The columns of a thread's intervals follow each other without a gap, as a partition must. */
function readTracks(
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

function readWaits(table: Table, threads: number, origin: bigint): WaitColumns {
  const thread = Uint16Array.from(readIntegers(table, 'thread'));
  const start = readTimes(table, 'start_ns', origin);
  const end = readTimes(table, 'end_ns', origin);
  const holder = readNullable(table, 'holder');
  for (let i = 0; i < thread.length; i++) {
    if (thread[i] >= threads || !(holder[i] >= -1 && holder[i] < threads)) {
      throw new ColumnError('thread', `names no thread at row ${i}`);
    }
    if (!(end[i] >= start[i])) {
      throw new ColumnError('end_ns', `is out of order at row ${i}`);
    }
  }
  return {
    length: thread.length,
    thread,
    start,
    end,
    holder,
    kind: readWords(table, 'kind', WAIT_KIND_NAMES),
    ignored: Uint16Array.from(readIntegers(table, 'ignored')),
    uncertainty: readTimes(table, 'uncertainty_ns', 0n)
  };
}
