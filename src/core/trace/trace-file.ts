/**
 * The trace file `NAME.giltrace`: a zip of meta.json and Arrow IPC files, full resolution, for other
 * programs to read too. Described in schema/formats/giltrace.md.
 */
import { type Table, tableFromIPC } from '@uwdata/flechette';
import { strFromU8, strToU8 } from 'fflate';

import type { ThreadsResult } from '../threads/result';
import { ColumnError } from './arrow-columns';
import { arrowFile, type ArrowTable } from './arrow-file';
import {
  FieldError,
  type Fields,
  optional,
  readCount,
  readFields,
  readList,
  readText,
  readWord
} from './checked-fields';
import type { ReportDocument } from './document';
import { formatVersion, NEWEST_VERSION } from './format-version';
import type { LaneColumns } from './lanes';
import { occurringStates } from './overview';
import { readDocument } from './read-document';
import {
  readHolds,
  readLines,
  readLockWaits,
  readSpans,
  readStacks,
  readTracks,
  readWaits
} from './read-trace-tables';
import { NO_SOURCES, type SourceContext, SourcePaths } from './source-paths';
import { TableWriter, type TraceTables } from './trace-tables';
import { unzipEntries } from './zip-entries';
import { ZipError } from './zip-format';
import { type Compressor, type ZipEntry, zipPieces } from './zip-pieces';

const FORMAT = 'giltrace';
const META = 'meta.json';
const INTERVALS = 'intervals.arrow';
const WAITS = 'waits.arrow';
const LINES = 'lines.arrow';
const STACKS = 'stacks.arrow';
const HOLDS = 'holds.arrow';
const LOCK_WAITS = 'lock_waits.arrow';
const COLLECTIONS = 'collections.arrow';
const TABLES = [
  INTERVALS,
  WAITS,
  LINES,
  STACKS,
  HOLDS,
  LOCK_WAITS,
  COLLECTIONS
];

/** More entries no file names. */
const MOST_ENTRIES = 1000;

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
  /** As buildDocument had it. */
  readonly sources?: SourceContext;
}

/** A trace file that was read. */
export interface TraceFile {
  readonly document: ReportDocument;
  /** Every interval and wait; times count from the begin of the run, as in the document. */
  readonly columns: LaneColumns;
  /** Each absent if the file does not have it: the first version had none. Times as in `columns`. */
  readonly tables: Partial<TraceTables>;
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

/**
 * The bytes of a trace file in pieces. Each is made when the one before has been taken, so that writing takes
 * some megabytes, whatever the length of the run.
 *
 * @throws ZipError if a table is larger than a file can hold
 */
export function traceFilePieces(
  content: TraceContent,
  compressor?: Compressor
): AsyncGenerator<Uint8Array> {
  const { document, result, origin, clock } = content;
  const paths = new SourcePaths(content.sources ?? NO_SOURCES);
  const tables = new TableWriter(document, result, origin);
  const states = occurringStates(result.threads.map(({ track }) => track));
  const meta = {
    format: FORMAT,
    version: formatVersion(states, document.capture.mode),
    origin_ns: String(origin + BigInt(Math.round(result.begin))),
    ...(clock && {
      clock: {
        monotonic_ns: String(clock.monotonicNs),
        wall_ns: String(clock.wallNs)
      }
    }),
    entries: TABLES,
    document
  };
  const table = (name: string, batches: Iterable<ArrowTable>): ZipEntry => ({
    name,
    content: arrowFile(batches)
  });
  const lines = result.lines.map(line => paths.place(line));
  return zipPieces(
    [
      { name: META, content: [strToU8(JSON.stringify(meta))] },
      table(INTERVALS, tables.intervals()),
      table(WAITS, tables.waits()),
      table(LINES, tables.lines(lines)),
      table(STACKS, tables.stacks()),
      table(HOLDS, tables.holds()),
      table(LOCK_WAITS, tables.lockWaits()),
      table(COLLECTIONS, tables.collections())
    ],
    compressor
  );
}

/**
 * Reads a trace file.
 *
 * @throws TraceFileError if it is truncated, damaged, of another kind, or of a newer version
 */
export function readTraceFile(bytes: Uint8Array): TraceFile {
  try {
    const entries = unzipEntries(bytes, [META, ...TABLES]);
    const fields = readMeta(entries.get(META));
    checkEntries(fields, entries);
    const document = readDocument(readFields(fields.document, 'document'));
    const origin = readBigInt(fields.origin_ns, 'origin_ns');
    const threads = document.threads.length;
    const tables = readTables(entries, threads, origin);
    const stacks = tables.stacks?.length ?? 0;
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
          readWaits(table, threads, stacks, origin)
        )
      },
      tables
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

/** An entry that the file lost must not look like one that it never had. */
function checkEntries(
  fields: Fields,
  entries: ReadonlyMap<string, Uint8Array>
): void {
  if (fields.entries === undefined) {
    return;
  }
  const named = readList(
    fields.entries,
    'entries',
    MOST_ENTRIES,
    (entry, where) => readText(entry, where, 100)
  );
  for (const name of TABLES) {
    if (named.includes(name) && !entries.has(name)) {
      throw new FieldError(name, 'is missing');
    }
  }
}

/** What the first version did not have. */
function readTables(
  entries: ReadonlyMap<string, Uint8Array>,
  threads: number,
  origin: bigint
): Partial<TraceTables> {
  const read = <T>(
    name: string,
    readTable: (table: Table) => T
  ): T | undefined =>
    entries.has(name) ? readEntry(entries, name, readTable) : undefined;
  const lines = read(LINES, readLines);
  const stacks = read(STACKS, table => readStacks(table, lines?.length ?? 0));
  const holds = read(HOLDS, table => readHolds(table, threads, origin));
  const lockWaits = read(LOCK_WAITS, table =>
    readLockWaits(table, threads, stacks?.length ?? 0, origin)
  );
  const collections = read(COLLECTIONS, table =>
    readSpans(table, threads, origin)
  );
  return {
    ...(lines && { lines }),
    ...(stacks && { stacks }),
    ...(holds && { holds }),
    ...(lockWaits && { lockWaits }),
    ...(collections && { collections })
  };
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
  if (version > NEWEST_VERSION) {
    throw new TraceFileError(
      `this trace was made by a newer giltracer (format ${version}, this one reads up to ${NEWEST_VERSION}): update giltracer`
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
