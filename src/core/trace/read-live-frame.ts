/**
 * A live frame as it comes over a socket or stands in an output → what a viewer draws from. It may come from anybody:
 * each field is checked, sizes are bounded before memory is taken, and the one error is LiveFrameError.
 */
import { STATE_COUNT, STATE_NAMES, type ThreadState } from '../threads/states';
import {
  FieldError,
  optional,
  readBoolean,
  readCount,
  readFields,
  readList,
  readNumber,
  readText,
  readWord
} from './checked-fields';
import { count, shortText } from './document-fields';
import {
  LIVE_BUCKETS,
  LIVE_BUCKET_NS,
  LIVE_SHARE_BYTES,
  type LiveHolder,
  type LiveThread,
  type LiveWait
} from './live-frame';
import type { LiveFrameView, LiveSharesView } from './live-frame-view';
import { PackedBytesError, unpackBytes } from './packed-bytes';
import { readRun } from './read-document';
import { readSourceLine } from './read-lines';
import { SHARE_SUM } from './shares';

/** Why a live frame can't be shown, in one line. */
export class LiveFrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LiveFrameError';
  }
}

const NEWEST_VERSION = 1;
const MOST_THREADS = 65_536;
/** A year: what is beyond it is nonsense, and no index of a viewer's array. */
const MOST_BUCKET_NUMBER = Math.ceil((366 * 86_400e9) / LIVE_BUCKET_NS);
/** A process has one GIL for each of its sub-interpreters. */
const MOST_HOLDERS = 4096;
const MOST_PACKED_TEXT = 2 * LIVE_SHARE_BYTES;
const MOST_PERCENT = 1_000_000;

/**
 * Reads and checks a frame. Keys that it does not know are ignored.
 *
 * @param json the parsed message
 * @throws LiveFrameError
 */
export function readLiveFrame(json: unknown): LiveFrameView {
  try {
    return read(json);
  } catch (error) {
    if (error instanceof FieldError || error instanceof PackedBytesError) {
      throw new LiveFrameError(
        `This live view can't be read: ${error.message}.`
      );
    }
    throw error;
  }
}

function read(json: unknown): LiveFrameView {
  const where = 'the frame';
  const fields = readFields(json, where);
  readWord(fields.format, 'format', ['giltracer-live']);
  const version = readCount(fields.version, 'version');
  if (version > NEWEST_VERSION) {
    throw new LiveFrameError(
      `This run is told by a newer giltracer (format ${version}, this one reads up to ${NEWEST_VERSION}). Update giltracer to see it.`
    );
  }
  const names = readList(fields.states, 'states', STATE_COUNT, (state, at) =>
    readWord(state, at, STATE_NAMES)
  );
  if (new Set(names).size !== names.length) {
    throw new FieldError('states', 'names a state twice');
  }
  const bucketNs = readCount(fields.bucket_ns, 'bucket_ns');
  if (bucketNs === 0) {
    throw new FieldError('bucket_ns', 'is 0');
  }
  return {
    run: readRun(fields.run, 'run'),
    mode: shortText(fields.mode, 'mode'),
    scheduler_states: readBoolean(fields.scheduler_states, 'scheduler_states'),
    frame: readCount(fields.frame, 'frame'),
    until_ns: readCount(fields.until_ns, 'until_ns'),
    bucket_ns: bucketNs,
    states: names.map(name => STATE_NAMES.indexOf(name) as ThreadState),
    threads: readList(fields.threads, 'threads', MOST_THREADS, readThread),
    shares: readShares(fields.shares, names.length),
    ...optional(fields, where, 'holders', value =>
      readList(value, 'holders', MOST_HOLDERS, readHolder)
    ),
    ...optional(fields, where, 'longest_wait', value =>
      readWait(value, 'longest_wait')
    ),
    events: readCount(fields.events, 'events'),
    events_per_second: readNumber(
      fields.events_per_second,
      'events_per_second'
    ),
    lost: readCount(fields.lost, 'lost'),
    ...optional(fields, where, 'overhead_percent', value =>
      readNumber(value, 'overhead_percent', MOST_PERCENT)
    ),
    ...optional(fields, where, 'reader_cpu_percent', value =>
      readNumber(value, 'reader_cpu_percent', MOST_PERCENT)
    )
  };
}

const threadIndex = (value: unknown, where: string): number =>
  readCount(value, where, MOST_THREADS - 1);

function readThread(value: unknown, where: string): LiveThread {
  const fields = readFields(value, where);
  return {
    index: threadIndex(fields.index, `${where}.index`),
    pid: count(fields.pid, `${where}.pid`),
    tid: count(fields.tid, `${where}.tid`),
    name: shortText(fields.name, `${where}.name`),
    main: readBoolean(fields.main, `${where}.main`),
    native: readBoolean(fields.native, `${where}.native`),
    begin_ns: count(fields.begin_ns, `${where}.begin_ns`),
    ...optional(fields, where, 'end_ns', count)
  };
}

function readShares(value: unknown, stride: number): LiveSharesView[] {
  let room = LIVE_SHARE_BYTES;
  return readList(value, 'shares', MOST_THREADS, (entry, where) => {
    const fields = readFields(entry, where);
    const buckets = readCount(fields.count, `${where}.count`, LIVE_BUCKETS + 1);
    const size = buckets * stride;
    room -= size;
    if (room < 0) {
      throw new FieldError('shares', 'are too large');
    }
    const packed = readText(fields.shares, `${where}.shares`, MOST_PACKED_TEXT);
    const shares = unpack(packed, `${where}.shares`, size);
    if (shares.length !== size) {
      throw new FieldError(`${where}.shares`, 'has a wrong length');
    }
    checkSums(shares, stride, `${where}.shares`);
    return {
      thread: threadIndex(fields.thread, `${where}.thread`),
      first: readCount(fields.first, `${where}.first`, MOST_BUCKET_NUMBER),
      count: buckets,
      shares
    };
  });
}

function unpack(packed: string, where: string, size: number): Uint8Array {
  try {
    return unpackBytes(packed, size);
  } catch (error) {
    if (error instanceof PackedBytesError) {
      throw new FieldError(where, `can't be unpacked: ${error.message}`);
    }
    throw error;
  }
}

function checkSums(shares: Uint8Array, stride: number, where: string): void {
  for (let base = 0; base < shares.length; base += stride) {
    let sum = 0;
    for (let s = 0; s < stride; s++) {
      sum += shares[base + s];
    }
    if (sum !== 0 && sum !== SHARE_SUM) {
      throw new FieldError(where, 'has a bucket with a wrong sum');
    }
  }
}

function readHolder(value: unknown, where: string): LiveHolder {
  const fields = readFields(value, where);
  return {
    thread: threadIndex(fields.thread, `${where}.thread`),
    since_ns: count(fields.since_ns, `${where}.since_ns`),
    ...optional(fields, where, 'line', readSourceLine)
  };
}

function readWait(value: unknown, where: string): LiveWait {
  const fields = readFields(value, where);
  return {
    thread: threadIndex(fields.thread, `${where}.thread`),
    start_ns: count(fields.start_ns, `${where}.start_ns`),
    duration_ns: count(fields.duration_ns, `${where}.duration_ns`),
    open: readBoolean(fields.open, `${where}.open`),
    ...optional(fields, where, 'holder', threadIndex),
    ...optional(fields, where, 'line', readSourceLine),
    ...optional(fields, where, 'holder_line', readSourceLine)
  };
}
