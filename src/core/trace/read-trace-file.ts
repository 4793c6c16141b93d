/** Reads trace files, which anybody may have written: each entry is checked, and sizes before memory is taken. */
import { type Table, tableFromIPC } from '@uwdata/flechette';
import { strFromU8 } from 'fflate';

import { ColumnError } from './arrow-columns';
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
import { NEWEST_VERSION } from './format-version';
import type { LaneColumns } from './lanes';
import { readDocument } from './read-document';
import {
  readHolds,
  readLines,
  readLockWaits,
  readOwners,
  readPools,
  readSightings,
  readSpans,
  readStacks,
  readTracks,
  readWaits
} from './read-trace-tables';
import {
  COLLECTIONS,
  FORMAT,
  HOLDS,
  INTERVALS,
  LINE_POOLS,
  LINES,
  LOCK_WAITS,
  META,
  SIGHTINGS,
  STACKS,
  TABLES,
  WAITS
} from './trace-entries';
import type { ClockPair } from './trace-file';
import type { TraceTables } from './trace-tables';
import { ZipArchive } from './zip-entries';
import { ZipError } from './zip-format';

/** More entries no file names. */
const MOST_ENTRIES = 1000;

/**
 * What a page may be asked to hold: some 40 million intervals with their waits. Twice as much would pass what
 * browsers give to one tab.
 */
export const MOST_UNPACKED_BYTES = 1.5 * 1024 ** 3;

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
 * Reads a trace file.
 *
 * @throws TraceFileError if it is truncated, damaged, of another kind, or of a newer version
 */
export function readTraceFile(bytes: Uint8Array): TraceFile {
  const steps = readTraceSteps(bytes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      return step.value;
    }
  }
}

/**
 * Reads a trace file in steps, so that who reads it can tell how far it is, do something else between, or give up.
 * One table at a time is unpacked.
 *
 * @param mostBytes the tables may take, unpacked
 * @yields the part that is done, from 0 to 1
 * @throws TraceFileError as readTraceFile, or if the trace is larger than `mostBytes`
 */
export function* readTraceSteps(
  bytes: Uint8Array,
  mostBytes = Infinity
): Generator<number, TraceFile> {
  try {
    const archive = new ZipArchive(bytes);
    const fields = readMeta(archive.read(META));
    checkEntries(fields, archive);
    checkSize(archive, mostBytes);
    const document = readDocument(readFields(fields.document, 'document'));
    const origin = readBigInt(fields.origin_ns, 'origin_ns');
    const threads = document.threads.length;
    let done = 0;
    const share = (name: string): number => {
      done += archive.sizeOf(name);
      return done / Math.max(1, archive.size);
    };
    const read = <T>(
      name: string,
      readTable: (table: Table) => T
    ): T | undefined =>
      archive.has(name) ? readEntry(archive, name, readTable) : undefined;
    const lines = read(LINES, table => {
      const places = readLines(table);
      return { places, owners: readOwners(table, places) };
    });
    const known = lines?.places.length ?? 0;
    const stacks = read(STACKS, table => readStacks(table, known));
    const places = stacks?.length ?? 0;
    yield share(STACKS);
    const tracks = readEntry(archive, INTERVALS, table =>
      readTracks(table, threads, origin)
    );
    yield share(INTERVALS);
    const waits = readEntry(archive, WAITS, table =>
      readWaits(table, threads, places, origin)
    );
    yield share(WAITS);
    const holds = read(HOLDS, table =>
      readHolds(table, threads, known, origin)
    );
    yield share(HOLDS);
    const lockWaits = read(LOCK_WAITS, table =>
      readLockWaits(table, threads, places, origin)
    );
    const collections = read(COLLECTIONS, table =>
      readSpans(table, threads, origin)
    );
    const sightings = read(SIGHTINGS, table =>
      readSightings(table, threads, places, origin)
    );
    const pools = read(LINE_POOLS, table =>
      readPools(table, threads, known, places)
    );
    const period = optional(fields, META, 'line_period_ns', readPeriod);
    yield 1;
    return {
      document,
      origin,
      ...optional(fields, META, 'clock', readClock),
      columns: { begin: 0, end: document.capture.duration_ns, tracks, waits },
      tables: {
        ...(lines && { lines: lines.places, owners: lines.owners }),
        ...(stacks && { stacks }),
        ...(holds && { holds }),
        ...(lockWaits && { lockWaits }),
        ...(collections && { collections }),
        ...(sightings &&
          pools &&
          period.line_period_ns !== undefined && {
            lineSplit: { period: period.line_period_ns, sightings, pools }
          })
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

function checkSize(archive: ZipArchive, most: number): void {
  if (archive.size > most) {
    const gib = (size: number): string => (size / 1024 ** 3).toFixed(1);
    throw new TraceFileError(
      `this trace takes ${gib(archive.size)} GiB unpacked, and a page shows at most ${gib(most)} GiB: trace a shorter part, or read the file with another program (it is a zip of Arrow tables)`
    );
  }
}

/** An entry that the file lost must not look like one that it never had. */
function checkEntries(fields: Fields, archive: ZipArchive): void {
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
    if (named.includes(name) && !archive.has(name)) {
      throw new FieldError(name, 'is missing');
    }
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
  if (version > NEWEST_VERSION) {
    throw new TraceFileError(
      `this trace was made by a newer giltracer (format ${version}, this one reads up to ${NEWEST_VERSION}): update giltracer`
    );
  }
  return fields;
}

/** Nanoseconds, not always whole ones. */
function readPeriod(value: unknown, where: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 2 ** 53)) {
    throw new FieldError(where, 'is not a time');
  }
  return value;
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
  archive: ZipArchive,
  name: string,
  read: (table: Table) => T
): T {
  const bytes = archive.read(name);
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
