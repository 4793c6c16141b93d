/**
 * A bundle as it stands in a notebook → what a viewer draws from. A notebook may come from anybody:
 * each field is checked, sizes are bounded before memory is taken, and the one error is BundleError.
 */
import { STATE_COUNT, STATE_NAMES, type ThreadState } from '../threads/states';
import type { Sidecar } from './bundle';
import type {
  BundleView,
  BundleWindow,
  OmittedRows,
  Overview,
  WindowTrack
} from './bundle-view';
import {
  FieldError,
  optional,
  readCount,
  readFields,
  readList,
  readText,
  readWord,
  type Fields
} from './checked-fields';
import type { ReportDocument } from './document';
import { NEWEST_VERSION } from './format-version';
import { LEB_MAX_BYTES, PackedBytesError, unpackBytes } from './packed-bytes';
import { readDocument, readRun } from './read-document';
import { readPlaceholder } from './read-placeholder';
import { SHARE_SUM } from './shares';

/** Why a bundle can't be shown, in one line. */
export class BundleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BundleError';
  }
}

// Far above what fits into a bundle's budget, far below what hurts a browser.
const MOST_BUCKETS = 65_536;
const MOST_LANES = 4096;
const MOST_SHARE_BYTES = 4 << 20;
const MOST_WINDOWS = 1000;
const MOST_INTERVALS = 1_000_000;
const MOST_PACKED_TEXT = 8 << 20;
const MOST_REDUCTIONS = 100;
const TEXT_LENGTH = 4096;

/**
 * Reads and checks a bundle or a placeholder. Keys that it does not know are ignored.
 *
 * @param json the parsed value of `application/vnd.giltracer.v1+json`
 * @throws BundleError
 */
export function readBundle(json: unknown): BundleView {
  try {
    const fields = readFields(json, 'the result');
    checkVersion(fields);
    const run = readRun(fields.run, 'run');
    if (!['capture', 'threads', 'overview'].some(key => key in fields)) {
      return readPlaceholder(fields, run);
    }
    const document = readDocument(fields);
    const omitted = readOmitted(fields.omitted);
    return {
      kind: 'result',
      run,
      document,
      overview: readOverview(fields.overview, document, omitted),
      windows: readWindows(fields.windows, document),
      reductions: readList(
        fields.reductions,
        'reductions',
        MOST_REDUCTIONS,
        (value, where) => readText(value, where, TEXT_LENGTH)
      ),
      omitted,
      ...optional(fields, 'the result', 'sidecar', readSidecar)
    };
  } catch (error) {
    if (error instanceof FieldError || error instanceof PackedBytesError) {
      throw new BundleError(
        `This giltracer result can't be read: ${error.message}.`
      );
    }
    throw error;
  }
}

function checkVersion(fields: Fields): void {
  readWord(fields.format, 'format', ['giltracer-bundle']);
  const version = readCount(fields.version, 'version');
  if (version > NEWEST_VERSION) {
    throw new BundleError(
      `This result was made by a newer giltracer (format ${version}, this one reads up to ${NEWEST_VERSION}). Update giltracer to see it.`
    );
  }
}

function readOmitted(value: unknown): OmittedRows {
  if (value === undefined) {
    return {};
  }
  const fields = readFields(value, 'omitted');
  const count = (entry: unknown, where: string): number =>
    readCount(entry, where);
  return {
    ...optional(fields, 'omitted', 'threads', count),
    ...optional(fields, 'omitted', 'blame', count),
    ...optional(fields, 'omitted', 'waits', count),
    ...optional(fields, 'omitted', 'lines', count),
    ...optional(fields, 'omitted', 'ignored', count),
    ...optional(fields, 'omitted', 'locks', count)
  };
}

function readSidecar(value: unknown, where: string): Sidecar {
  const fields = readFields(value, where);
  const sha256 = readText(fields.sha256, `${where}.sha256`, 64);
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new FieldError(`${where}.sha256`, 'is not a SHA-256 sum');
  }
  return {
    path: readText(fields.path, `${where}.path`, TEXT_LENGTH),
    sha256,
    size: readCount(fields.size, `${where}.size`)
  };
}

function readThreadIndex(document: ReportDocument) {
  return (value: unknown, where: string): number =>
    readCount(value, where, document.threads.length - 1);
}

function readOverview(
  value: unknown,
  document: ReportDocument,
  omitted: OmittedRows
): Overview {
  const fields = readFields(value, 'overview');
  const bucketNs = readCount(fields.bucket_ns, 'overview.bucket_ns');
  const buckets = readCount(fields.buckets, 'overview.buckets', MOST_BUCKETS);
  const names = readList(
    fields.states,
    'overview.states',
    STATE_COUNT,
    (state, where) => readWord(state, where, STATE_NAMES)
  );
  const lanes = readList(
    fields.lanes,
    'overview.lanes',
    MOST_LANES,
    (lane, where) =>
      readList(lane, where, document.threads.length, readThreadIndex(document))
  );
  if (bucketNs === 0 || buckets === 0) {
    throw new FieldError('overview', 'has no bucket');
  }
  if (new Set(names).size !== names.length) {
    throw new FieldError('overview.states', 'names a state twice');
  }
  const listed = lanes.flat();
  if (new Set(listed).size !== listed.length) {
    throw new FieldError('overview.lanes', 'lists a thread twice');
  }
  const size = lanes.length * buckets * names.length;
  if (size > MOST_SHARE_BYTES) {
    throw new FieldError('overview', 'is too large');
  }
  const shares = unpack(fields.shares, 'overview.shares', size);
  if (shares.length !== size) {
    throw new FieldError('overview.shares', 'has a wrong length');
  }
  checkShares(shares, names.length);
  const last = lanes.length - 1;
  return {
    bucketNs,
    buckets,
    states: names.map(name => STATE_NAMES.indexOf(name) as ThreadState),
    lanes: lanes.map((threads, lane) => ({
      threads,
      count: threads.length + (lane === last ? (omitted.threads ?? 0) : 0)
    })),
    shares
  };
}

function checkShares(shares: Uint8Array, stride: number): void {
  for (let base = 0; base < shares.length; base += stride) {
    let sum = 0;
    for (let s = 0; s < stride; s++) {
      sum += shares[base + s];
    }
    if (sum !== 0 && sum !== SHARE_SUM) {
      throw new FieldError('overview.shares', 'has a bucket with a wrong sum');
    }
  }
}

function readWindows(value: unknown, document: ReportDocument): BundleWindow[] {
  let intervals = 0;
  let previousEnd = 0;
  return readList(value, 'windows', MOST_WINDOWS, (entry, where) => {
    const fields = readFields(entry, where);
    const start = readCount(fields.start_ns, `${where}.start_ns`);
    const end = readCount(fields.end_ns, `${where}.end_ns`);
    if (start < previousEnd || end < start) {
      throw new FieldError(where, 'is not behind the one before');
    }
    previousEnd = end;
    const tracks = readList(
      fields.tracks,
      `${where}.tracks`,
      document.threads.length,
      (track, at) => {
        const count = readCount(readFields(track, at).count, `${at}.count`);
        intervals += count;
        if (intervals > MOST_INTERVALS) {
          throw new FieldError('windows', 'have too many intervals');
        }
        return readTrack(track, at, document, count, start, end);
      }
    );
    return { start, end, tracks };
  });
}

function readTrack(
  value: unknown,
  where: string,
  document: ReportDocument,
  count: number,
  windowStart: number,
  windowEnd: number
): WindowTrack {
  const fields = readFields(value, where);
  const end = readCount(fields.end_ns, `${where}.end_ns`, windowEnd);
  const starts = unpack(
    fields.starts,
    `${where}.starts`,
    count * LEB_MAX_BYTES
  );
  const state = unpack(fields.states, `${where}.states`, count);
  if (state.length !== count) {
    throw new FieldError(`${where}.states`, 'has a wrong length');
  }
  if (state.some(number => number >= STATE_COUNT)) {
    throw new FieldError(`${where}.states`, 'has an unknown state');
  }
  return {
    thread: readThreadIndex(document)(fields.thread, `${where}.thread`),
    start: readStarts(starts, `${where}.starts`, count, windowStart, end),
    state,
    end
  };
}

/** Unsigned LEB128 differences → times; each later than the one before, all before `end`. */
function readStarts(
  bytes: Uint8Array,
  where: string,
  count: number,
  first: number,
  end: number
): Float64Array {
  // Each number takes a byte at least, so that a large count needs large input.
  if (bytes.length < count) {
    throw new FieldError(where, 'has a wrong length');
  }
  const starts = new Float64Array(count);
  let at = 0;
  let time = first;
  for (let i = 0; i < count; i++) {
    let difference = 0;
    let scale = 1;
    let byte = 128;
    while (byte > 127) {
      if (at === bytes.length) {
        throw new FieldError(where, 'has a wrong length');
      }
      byte = bytes[at++];
      difference += (byte & 127) * scale;
      scale *= 128;
    }
    time += difference;
    // NaN, from a number of endless length, is not below either.
    if (!(time < end) || (difference === 0 && i > 0)) {
      throw new FieldError(where, 'has times out of order');
    }
    starts[i] = time;
  }
  if (at !== bytes.length) {
    throw new FieldError(where, 'has a wrong length');
  }
  return starts;
}

function unpack(value: unknown, where: string, limit: number): Uint8Array {
  const packed = readText(value, where, MOST_PACKED_TEXT);
  try {
    return unpackBytes(packed, limit);
  } catch (error) {
    if (error instanceof PackedBytesError) {
      throw new FieldError(where, `can't be unpacked: ${error.message}`);
    }
    throw error;
  }
}
