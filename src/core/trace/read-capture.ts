/** Reads what a document says of its capture; anybody may have written it. */
import {
  FieldError,
  optional,
  readBoolean,
  readFields
} from './checked-fields';
import type {
  CaptureInfo,
  EnvironmentInfo,
  FutexInfo,
  SamplingInfo,
  WatchInfo
} from './document';
import { count, longText, number, shortText } from './document-fields';

const MOST_PACKAGES = 100_000;

/** @throws FieldError */
export function readCapture(value: unknown, where: string): CaptureInfo {
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
    ...optional(fields, where, 'late', count),
    ...optional(fields, where, 'overhead_percent', number),
    ...optional(fields, where, 'hits', count),
    ...optional(fields, where, 'ns_per_hit', number),
    ...optional(fields, where, 'lengthened_holds_ns', count),
    ...optional(fields, where, 'reader_cpu_percent', number),
    ...optional(fields, where, 'short_waits', readShortWaits),
    ...optional(fields, where, 'line_samples', readLineSamples),
    ...optional(fields, where, 'futex', readFutex),
    ...optional(fields, where, 'watch', readWatch),
    ...optional(fields, where, 'sampling', readSampling),
    ...optional(fields, where, 'instead_of', readInsteadOf),
    ...optional(fields, where, 'shed', readShed),
    ...optional(fields, where, 'over_limit', readOverLimit),
    ...optional(fields, where, 'lock_waits', readBoolean),
    ...optional(fields, where, 'wakers', readBoolean),
    ...optional(fields, where, 'collections', readBoolean),
    duration_ns: count(fields.duration_ns, at('duration_ns')),
    environment: readEnvironment(fields.environment, at('environment'))
  };
}

function readShortWaits(
  value: unknown,
  where: string
): NonNullable<CaptureInfo['short_waits']> {
  const fields = readFields(value, where);
  return {
    count: count(fields.count, `${where}.count`),
    wait_ns: count(fields.wait_ns, `${where}.wait_ns`),
    ...optional(fields, where, 'below_ns', count)
  };
}

function readLineSamples(
  value: unknown,
  where: string
): NonNullable<CaptureInfo['line_samples']> {
  const fields = readFields(value, where);
  return {
    count: count(fields.count, `${where}.count`),
    period_ns: number(fields.period_ns, `${where}.period_ns`)
  };
}

function readFutex(value: unknown, where: string): FutexInfo {
  const fields = readFields(value, where);
  return {
    other_gils: readBoolean(fields.other_gils, `${where}.other_gils`),
    waited_ns: count(fields.waited_ns, `${where}.waited_ns`),
    waited_on_lines_ns: count(
      fields.waited_on_lines_ns,
      `${where}.waited_on_lines_ns`
    )
  };
}

function readWatch(value: unknown, where: string): WatchInfo {
  const fields = readFields(value, where);
  const at = (key: string): string => `${where}.${key}`;
  return {
    wait_starts: readBoolean(fields.wait_starts, at('wait_starts')),
    forced_switches: readBoolean(fields.forced_switches, at('forced_switches')),
    ...readFutex(value, where)
  };
}

function readSampling(value: unknown, where: string): SamplingInfo {
  const fields = readFields(value, where);
  return {
    rounds: count(fields.rounds, `${where}.rounds`),
    period_ns: number(fields.period_ns, `${where}.period_ns`),
    readings: count(fields.readings, `${where}.readings`),
    thread_period_ns: number(
      fields.thread_period_ns,
      `${where}.thread_period_ns`
    ),
    dropped: count(fields.dropped, `${where}.dropped`),
    ...optional(fields, where, 'unread_ns', count),
    cpu_percent: number(fields.cpu_percent, `${where}.cpu_percent`)
  };
}

function readInsteadOf(
  value: unknown,
  where: string
): NonNullable<CaptureInfo['instead_of']> {
  const fields = readFields(value, where);
  return {
    mode: shortText(fields.mode, `${where}.mode`),
    reason: longText(fields.reason, `${where}.reason`)
  };
}

function readShed(
  value: unknown,
  where: string
): NonNullable<CaptureInfo['shed']> {
  const fields = readFields(value, where);
  return {
    at_ns: count(fields.at_ns, `${where}.at_ns`),
    resumed_ns: count(fields.resumed_ns, `${where}.resumed_ns`),
    max_overhead_percent: number(
      fields.max_overhead_percent,
      `${where}.max_overhead_percent`
    )
  };
}

function readOverLimit(
  value: unknown,
  where: string
): NonNullable<CaptureInfo['over_limit']> {
  const fields = readFields(value, where);
  return {
    at_ns: count(fields.at_ns, `${where}.at_ns`),
    max_overhead_percent: number(
      fields.max_overhead_percent,
      `${where}.max_overhead_percent`
    ),
    reason: shortText(fields.reason, `${where}.reason`)
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
