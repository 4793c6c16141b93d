/** Reads a document that anybody may have written; what it returns is safe to compute and draw with. */
import { SLEEP_NAMES } from '../threads/sampled/sleep-kind';
import { STATE_NAMES } from '../threads/states';
import { LISTED_COLLECTIONS } from './collections-info';
import {
  FieldError,
  type Fields,
  optional,
  readBoolean,
  readFields,
  readList,
  readNumber,
  readWord
} from './checked-fields';
import type {
  BlameRow,
  BlameSide,
  CollectionsInfo,
  ReportDocument,
  RunInfo,
  ThreadRow,
  WaitRow
} from './document';
import { count, longText, number, shortText } from './document-fields';
import { readCapture } from './read-capture';
import { readFindings, readWhatIfs } from './read-findings';
import {
  readCellText,
  readIgnored,
  readLine,
  readLock,
  readPlace,
  readSourceLine,
  readStack
} from './read-lines';
import { readWaitHistogram } from './wait-histogram';
import { LISTED_LINKS, WAIT_KIND_NAMES } from './wait-rows';

/** As many as WaitColumns can name. */
const MOST_THREADS = 65_536;
const MOST_ROWS = 1_000_000;

/** Sums of rounded percentages may pass 100 by their last digit. */
const MOST_PERCENT = 100.01;

const RUN_STATES = [
  'running',
  'done',
  'partial',
  'failed'
] as const satisfies readonly RunInfo['state'][];

const percent = (value: unknown, where: string): number =>
  readNumber(value, where, MOST_PERCENT);

/** @throws FieldError */
export function readRun(value: unknown, where: string): RunInfo {
  const fields = readFields(value, where);
  const id = shortText(fields.id, `${where}.id`);
  // It becomes a folder's name and a part of an address.
  if (!/^[A-Za-z0-9-]+$/.test(id)) {
    throw new FieldError(`${where}.id`, 'has a character that no id has');
  }
  return {
    id,
    name: shortText(fields.name, `${where}.name`),
    state: readWord(fields.state, `${where}.state`, RUN_STATES),
    ...optional(fields, where, 'kernel_id', shortText),
    started_at: shortText(fields.started_at, `${where}.started_at`),
    ...optional(fields, where, 'message', longText)
  };
}

/**
 * @param fields an object with the document's keys; others are ignored
 * @throws FieldError
 */
export function readDocument(fields: Fields): ReportDocument {
  return {
    run: readRun(fields.run, 'run'),
    capture: readCapture(fields.capture, 'capture'),
    threads: readList(fields.threads, 'threads', MOST_THREADS, readThread),
    blame: readList(fields.blame, 'blame', MOST_ROWS, readBlame),
    waits: readList(fields.waits, 'waits', MOST_ROWS, readWait),
    ...optional(fields, '', 'wait_histogram', (value, where) =>
      readWaitHistogram(value, where.slice(1))
    ),
    lines: readRows(fields.lines, 'lines', readLine),
    ...optional(fields, '', 'cells', (value, where) =>
      readList(value, where.slice(1), MOST_ROWS, readCellText)
    ),
    ignored: readRows(fields.ignored, 'ignored', readIgnored),
    locks: readRows(fields.locks, 'locks', readLock),
    ...optional(fields, '', 'collections', (value, where) =>
      readCollections(value, where.slice(1))
    ),
    ...optional(fields, '', 'findings', (value, where) =>
      readFindings(value, where.slice(1))
    ),
    ...optional(fields, '', 'what_if', (value, where) =>
      readWhatIfs(value, where.slice(1))
    )
  };
}

function readThread(value: unknown, where: string): ThreadRow {
  const fields = readFields(value, where);
  const at = (key: string): string => `${where}.${key}`;
  return {
    tid: count(fields.tid, at('tid')),
    pid: count(fields.pid, at('pid')),
    name: shortText(fields.name, at('name')),
    main: readBoolean(fields.main, at('main')),
    native: readBoolean(fields.native, at('native')),
    duration_ns: count(fields.duration_ns, at('duration_ns')),
    states_ns: readStates(fields.states_ns, at('states_ns')),
    ...optional(fields, where, 'has_gil_percent', percent),
    ...optional(fields, where, 'gil_wait_percent', percent),
    ...optional(fields, where, 'no_gil_percent', percent),
    ...optional(fields, where, 'no_gil_working_percent', percent),
    ...optional(fields, where, 'no_gil_asleep_percent', percent),
    ...optional(fields, where, 'states_error_ns', readStates),
    ...optional(fields, where, 'held_asleep_ns', count),
    ...optional(fields, where, 'asleep_ns', readSleeps),
    ...optional(fields, where, 'asleep_error_ns', readSleeps),
    ...optional(fields, where, 'has_gil_error_percent', number),
    ...optional(fields, where, 'gil_wait_error_percent', number),
    ...optional(fields, where, 'no_gil_error_percent', number),
    ...optional(fields, where, 'no_gil_working_error_percent', number),
    ...optional(fields, where, 'no_gil_asleep_error_percent', number),
    ...optional(fields, where, 'waits', count),
    ...optional(fields, where, 'forced_switches', count),
    ...optional(fields, where, 'harmless_holds_ns', count),
    ...optional(fields, where, 'wanted_holds_ns', count),
    ...optional(fields, where, 'library', shortText)
  };
}

function readStates(value: unknown, where: string): ThreadRow['states_ns'] {
  const states = readFields(value, where);
  return Object.assign(
    {},
    ...STATE_NAMES.map(name => optional(states, where, name, count))
  ) as ThreadRow['states_ns'];
}

function readSleeps(
  value: unknown,
  where: string
): NonNullable<ThreadRow['asleep_ns']> {
  const sleeps = readFields(value, where);
  return Object.assign(
    {},
    ...SLEEP_NAMES.map(name => optional(sleeps, where, name, count))
  ) as NonNullable<ThreadRow['asleep_ns']>;
}

function readBlame(value: unknown, where: string): BlameRow {
  const fields = readFields(value, where);
  return {
    waiter: readSide(fields.waiter, `${where}.waiter`),
    ...optional(fields, where, 'holder', readSide),
    wait_ns: count(fields.wait_ns, `${where}.wait_ns`),
    ...optional(fields, where, 'wait_error_ns', count),
    ...optional(fields, where, 'count', count)
  };
}

function readSide(value: unknown, where: string): BlameSide {
  const fields = readFields(value, where);
  return {
    tid: count(fields.tid, `${where}.tid`),
    ...readPlace(fields, where)
  };
}

function readWait(value: unknown, where: string): WaitRow {
  const fields = readFields(value, where);
  return {
    tid: count(fields.tid, `${where}.tid`),
    start_ns: count(fields.start_ns, `${where}.start_ns`),
    duration_ns: count(fields.duration_ns, `${where}.duration_ns`),
    ...optional(fields, where, 'holder_tid', count),
    ...optional(fields, where, 'longest_holder_tid', count),
    kind: readWord(fields.kind, `${where}.kind`, WAIT_KIND_NAMES),
    ...optional(fields, where, 'ignored', count),
    ...optional(fields, where, 'line', readSourceLine),
    ...optional(fields, where, 'holder_line', readSourceLine),
    ...optional(fields, where, 'stack', readStack),
    ...optional(fields, where, 'holder_stack', readStack),
    ...optional(fields, where, 'waker_tid', count),
    ...optional(fields, where, 'chain', readChain)
  };
}

function readChain(
  value: unknown,
  where: string
): NonNullable<WaitRow['chain']> {
  return readList(value, where, LISTED_LINKS, (link, at) => {
    const fields = readFields(link, at);
    return {
      ...optional(fields, at, 'tid', count),
      from_ns: count(fields.from_ns, `${at}.from_ns`),
      duration_ns: count(fields.duration_ns, `${at}.duration_ns`)
    };
  });
}

/** A table that the first version did not have. */
function readRows<Row>(
  value: unknown,
  where: string,
  read: (row: unknown, where: string) => Row
): Row[] {
  return value === undefined ? [] : readList(value, where, MOST_ROWS, read);
}

function readCollections(value: unknown, where: string): CollectionsInfo {
  const fields = readFields(value, where);
  return {
    count: count(fields.count, `${where}.count`),
    total_ns: count(fields.total_ns, `${where}.total_ns`),
    longest_ns: count(fields.longest_ns, `${where}.longest_ns`),
    ...optional(fields, where, 'longest', readLongest)
  };
}

function readLongest(
  value: unknown,
  where: string
): NonNullable<CollectionsInfo['longest']> {
  return readList(value, where, LISTED_COLLECTIONS, (entry, at) => {
    const fields = readFields(entry, at);
    return {
      tid: count(fields.tid, `${at}.tid`),
      start_ns: count(fields.start_ns, `${at}.start_ns`),
      duration_ns: count(fields.duration_ns, `${at}.duration_ns`)
    };
  });
}
