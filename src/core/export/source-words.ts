/** Lines of code, and what happened on them, in the words that every form of report uses. */
import { formatCount, formatDuration } from '../quantities';
import type {
  BlameRow,
  BlameSide,
  CollectionsInfo,
  IgnoredRow,
  LineRow,
  LockRow,
  ReportDocument,
  SourceLine,
  ThreadRow
} from '../trace/document';
import type { SleepName } from '../threads/sampled/sleep-kind';
import { UNNAMED_TASK } from '../threads/result';
import { shorten } from '../trace/bound-texts';
import { isTask } from '../trace/source-paths';
import { plain } from './plain-text';

/** Name of a thread by tid. */
export type ThreadNamer = (tid: number) => string;

/** Longest words for the parts of a place: a path's begin and a name's end are left out, never the line. */
const FILE_LENGTH = 36;
const FUNCTION_LENGTH = 36;
const NATIVE_LENGTH = 60;

/**
 * `In [3]:12 in work`, `pkg/mod.py:7 in Class.method (task fetch-3)`, `task fetch-3`; undefined if the line is
 * not known.
 */
export function placeWords(place: Partial<SourceLine>): string | undefined {
  const { file, line, function: name, task } = place;
  if (file === undefined) {
    return undefined;
  }
  if (isTask(place)) {
    return taskWords(name ?? '');
  }
  const path = shortenStart(plain(file));
  const at = line === undefined || line === 0 ? path : `${path}:${line}`;
  const words = isNamed(name)
    ? `${at} in ${shorten(plain(name), FUNCTION_LENGTH)}`
    : at;
  return task === undefined ? words : `${words} (${taskWords(task)})`;
}

/** An asyncio task; `Task-…` says itself what it is. */
function taskWords(name: string): string {
  const words = shorten(plain(name), FUNCTION_LENGTH);
  return words.startsWith(UNNAMED_TASK) ? words : `task ${words}`;
}

/** `<module>` and IPython's `<cell line: 1>` say nothing that the line does not say. */
function isNamed(name: string | undefined): name is string {
  return (
    name !== undefined &&
    name !== '' &&
    name !== '<module>' &&
    !name.startsWith('<cell line')
  );
}

function shortenStart(text: string): string {
  const characters = Array.from(text);
  return characters.length <= FILE_LENGTH
    ? text
    : `…${characters.slice(characters.length - FILE_LENGTH + 1).join('')}`;
}

/** A thread, and where it was if that is known. */
function sideWords(side: BlameSide, name: ThreadNamer): string {
  const place = placeWords(side);
  return place === undefined ? name(side.tid) : `${name(side.tid)} at ${place}`;
}

function times(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Who made whom wait, on which lines, and how long. */
export function blameSentence(
  { waiter, holder, wait_ns: waitNs, wait_error_ns: error, count }: BlameRow,
  name: ThreadNamer
): string {
  const waits = count === undefined ? [] : [times(count, 'wait')];
  const duration = timeWords(waitNs, error);
  const waiting = sideWords(waiter, name);
  return holder
    ? `${sideWords(holder, name)} made ${waiting} wait ${duration}${inBrackets(waits)}`
    : `${waiting} waited ${duration} while nobody is known to have held it${inBrackets(['hand-off', ...waits])}`;
}

/** A holder that kept the GIL though another thread had asked for it. */
export function ignoredSentence(row: IgnoredRow, name: ThreadNamer): string {
  const native =
    row.native_function === undefined
      ? 'a native function'
      : shorten(plain(row.native_function), NATIVE_LENGTH);
  const library =
    row.library === undefined ? '' : ` of ${shortenStart(plain(row.library))}`;
  const intervals = times(row.requests, 'switch interval');
  const others = `others waited ${formatDuration(row.wanted_ns)}`;
  return `${sideWords(row, name)} kept the GIL ${intervals}: in ${native}${library} (${times(row.holds, 'hold')}, ${others})`;
}

/** Waits for locks on a line. */
export function lockSentence(row: LockRow, name: ThreadNamer): string {
  const facts = [
    ...(row.count === undefined ? [] : [times(row.count, 'wait')]),
    ...(row.holder_tid === undefined
      ? []
      : [`released by ${name(row.holder_tid)}`])
  ];
  return `${sideWords(row, name)} waited ${timeWords(row.wait_ns, row.wait_error_ns)} for a lock${inBrackets(facts)}`;
}

const SLEEP_WORDS: Record<SleepName, string> = {
  pause: 'in a pause',
  io: 'in input or output',
  process: 'until another process ended',
  other: 'in other calls'
};

/** What a thread slept in, the longest first; undefined if that is not known, or if it did not sleep. */
export function sleepSentence(
  { tid, asleep_ns: asleep = {}, asleep_error_ns: errors = {} }: ThreadRow,
  name: ThreadNamer
): string | undefined {
  const kinds = Object.entries(asleep) as [SleepName, number][];
  const parts = kinds
    .sort(([, a], [, b]) => b - a)
    .map(
      ([kind, time]) => `${timeWords(time, errors[kind])} ${SLEEP_WORDS[kind]}`
    );
  return parts.length === 0
    ? undefined
    : `${name(tid)} slept ${parts.join(', ')}`;
}

/** What the garbage collector took. */
export function collectionsSentence(collections: CollectionsInfo): string {
  const { count, total_ns: total, longest_ns: longest } = collections;
  return count === 0
    ? 'The garbage collector did not run.'
    : `The garbage collector ran ${times(count, 'time')}: ${formatDuration(total)} in all, ${formatDuration(longest)} the longest.`;
}

function inBrackets(facts: readonly string[]): string {
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

/** A time; a sampled one with its error: one that was never seen may have been shorter than that. */
export function timeWords(time: number, error: number | undefined): string {
  if (error === undefined || error === 0) {
    return formatDuration(time);
  }
  return time === 0
    ? `< ${formatDuration(error)}`
    : `${formatDuration(time)} ± ${formatDuration(error)}`;
}

/** A column of the table of lines. */
export interface LineColumn {
  readonly title: string;
  /** Undefined: not known. */
  readonly cell: (row: LineRow) => string | undefined;
}

const duration = (
  value: number | undefined,
  error?: number
): string | undefined =>
  value === undefined ? undefined : timeWords(value, error);

const ALWAYS: readonly LineColumn[] = [
  {
    title: 'made others wait',
    cell: row => duration(row.made_wait_ns, row.made_wait_error_ns)
  },
  {
    title: 'waited',
    cell: row => duration(row.total_waited_ns, row.total_waited_error_ns)
  }
];

const WITH_HOLDS: readonly LineColumn[] = [
  {
    title: 'held',
    cell: row => duration(row.total_held_ns, row.total_held_error_ns)
  },
  {
    title: 'released',
    cell: row => duration(row.total_released_ns, row.total_released_error_ns)
  },
  {
    title: 'held itself',
    cell: row => duration(row.held_ns, row.held_error_ns)
  },
  {
    title: 'samples',
    cell: row =>
      row.samples === undefined ? undefined : formatCount(row.samples)
  }
];

/** The columns that the capture can fill for some line. */
export function lineColumns({ lines }: ReportDocument): readonly LineColumn[] {
  return lines.some(row => row.held_ns !== undefined)
    ? [...ALWAYS, ...WITH_HOLDS]
    : ALWAYS;
}

/** What stands below the table of lines. */
export function linesRemark(document: ReportDocument): string {
  if (document.capture.mode === 'sample') {
    return 'Times of a line include what it called, except for “held itself”. All are sampled: ± is the 95 % interval.';
  }
  return lineColumns(document).length > ALWAYS.length
    ? 'Times of a line include what it called, except for “held itself”: how a hold is split by line is sampled, ± is the 95 % interval.'
    : `How long lines held the GIL is not known in mode ${plain(document.capture.mode)}.`;
}

/** Lines that others waited for, or that waited themselves. */
export function listedLines({ lines }: ReportDocument): LineRow[] {
  return lines.filter(
    row =>
      (row.made_wait_ns ?? row.held_while_wanted_ns ?? 0) > 0 ||
      row.total_waited_ns > 0
  );
}
