/** Reads a document that anybody may have written; what it returns is safe to compute and draw with. */
import { STATE_NAMES } from '../threads/states';
import { WAIT_KIND_NAMES } from './build-document';
import {
  FieldError,
  optional,
  readBoolean,
  readCount,
  readFields,
  readList,
  readNumber,
  readText,
  readWord,
  type Fields
} from './checked-fields';
import type {
  BlameRow,
  BlameSide,
  CaptureInfo,
  EnvironmentInfo,
  ReportDocument,
  RunInfo,
  ThreadRow,
  WaitRow
} from './document';

const SHORT_TEXT = 1000;
const LONG_TEXT = 100_000;

/** As many as WaitColumns can name. */
const MOST_THREADS = 65_536;
const MOST_ROWS = 1_000_000;
const MOST_PACKAGES = 100_000;

/** Sums of rounded percentages may pass 100 by their last digit. */
const MOST_PERCENT = 100.01;

const RUN_STATES = [
  'running',
  'done',
  'partial',
  'failed'
] as const satisfies readonly RunInfo['state'][];

const shortText = (value: unknown, where: string): string =>
  readText(value, where, SHORT_TEXT);
const longText = (value: unknown, where: string): string =>
  readText(value, where, LONG_TEXT);
const count = (value: unknown, where: string): number =>
  readCount(value, where);
const number = (value: unknown, where: string): number =>
  readNumber(value, where);
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
    waits: readList(fields.waits, 'waits', MOST_ROWS, readWait)
  };
}

function readCapture(value: unknown, where: string): CaptureInfo {
  const fields = readFields(value, where);
  const at = (key: string): string => `${where}.${key}`;
  return {
    mode: shortText(fields.mode, at('mode')),
    python: shortText(fields.python, at('python')),
    free_threaded: readBoolean(fields.free_threaded, at('free_threaded')),
    gil_enabled: readBoolean(fields.gil_enabled, at('gil_enabled')),
    ...optional(fields, where, 'perf', shortText),
    ...optional(fields, where, 'kernel', shortText),
    scheduler_states: readBoolean(
      fields.scheduler_states,
      at('scheduler_states')
    ),
    events: count(fields.events, at('events')),
    lost: count(fields.lost, at('lost')),
    ...optional(fields, where, 'overhead_percent', number),
    duration_ns: count(fields.duration_ns, at('duration_ns')),
    environment: readEnvironment(fields.environment, at('environment'))
  };
}

function readEnvironment(value: unknown, where: string): EnvironmentInfo {
  const fields = readFields(value, where);
  return {
    ...optional(fields, where, 'packages', readPackages),
    ...optional(fields, where, 'build_flags', longText),
    ...optional(fields, where, 'cpus_usable', number),
    ...optional(fields, where, 'cpu_quota', number),
    ...optional(fields, where, 'switch_interval', number),
    ...optional(fields, where, 'governor', shortText),
    ...optional(fields, where, 'aslr', number),
    ...optional(fields, where, 'machine', shortText)
  };
}

function readPackages(value: unknown, where: string): Record<string, string> {
  const entries = Object.entries(readFields(value, where));
  if (entries.length > MOST_PACKAGES) {
    throw new FieldError(where, `has more than ${MOST_PACKAGES} entries`);
  }
  return Object.fromEntries(
    entries.map(([name, version]) => [
      shortText(name, where),
      shortText(version, where)
    ])
  );
}

function readThread(value: unknown, where: string): ThreadRow {
  const fields = readFields(value, where);
  const at = (key: string): string => `${where}.${key}`;
  const states = readFields(fields.states_ns, at('states_ns'));
  return {
    tid: count(fields.tid, at('tid')),
    pid: count(fields.pid, at('pid')),
    name: shortText(fields.name, at('name')),
    main: readBoolean(fields.main, at('main')),
    native: readBoolean(fields.native, at('native')),
    duration_ns: count(fields.duration_ns, at('duration_ns')),
    states_ns: Object.assign(
      {},
      ...STATE_NAMES.map(name => optional(states, at('states_ns'), name, count))
    ) as ThreadRow['states_ns'],
    ...optional(fields, where, 'has_gil_percent', percent),
    ...optional(fields, where, 'gil_wait_percent', percent),
    ...optional(fields, where, 'no_gil_percent', percent),
    ...optional(fields, where, 'no_gil_working_percent', percent),
    ...optional(fields, where, 'no_gil_asleep_percent', percent),
    ...optional(fields, where, 'waits', count),
    ...optional(fields, where, 'forced_switches', count)
  };
}

function readBlame(value: unknown, where: string): BlameRow {
  const fields = readFields(value, where);
  return {
    waiter: readSide(fields.waiter, `${where}.waiter`),
    ...optional(fields, where, 'holder', readSide),
    wait_ns: count(fields.wait_ns, `${where}.wait_ns`),
    count: count(fields.count, `${where}.count`)
  };
}

function readSide(value: unknown, where: string): BlameSide {
  return { tid: count(readFields(value, where).tid, `${where}.tid`) };
}

function readWait(value: unknown, where: string): WaitRow {
  const fields = readFields(value, where);
  return {
    tid: count(fields.tid, `${where}.tid`),
    start_ns: count(fields.start_ns, `${where}.start_ns`),
    duration_ns: count(fields.duration_ns, `${where}.duration_ns`),
    ...optional(fields, where, 'holder_tid', count),
    kind: readWord(fields.kind, `${where}.kind`, WAIT_KIND_NAMES),
    ignored: count(fields.ignored, `${where}.ignored`)
  };
}
