/** What a reader must know of a capture, in words: the same in every form of report. */
import { formatCount, formatDuration, formatPercent } from '../quantities';
import { shorten } from '../trace/bound-texts';
import type { BlameRow, ReportDocument, ThreadRow } from '../trace/document';
import { isIdle } from '../trace/idle';

/** What each rung of the ladder sees. */
const MODE_WORDS: Readonly<Record<string, string>> = {
  full: 'every take, drop and wait',
  waits: 'contended waits only',
  futex: 'waits, through futex tracepoints',
  watch: 'watchpoint, no root',
  sample: 'sampled'
};

const NAME_LENGTH = 100;
const MESSAGE_LENGTH = 500;

/** Whether the run had a GIL to wait for. */
export function hasGil(document: ReportDocument): boolean {
  return document.capture.gil_enabled;
}

/** The run in one line: label, state, length. */
export function titleLine({ run, capture }: ReportDocument): string {
  const state = run.state === 'done' ? [] : [run.state];
  return [
    run.name === ''
      ? 'GIL trace'
      : `GIL trace of ${line(run.name, NAME_LENGTH)}`,
    ...state,
    formatDuration(capture.duration_ns)
  ].join(' · ');
}

/** How the figures came about and what they cost. */
export function captureLine({ capture }: ReportDocument): string {
  const { mode } = capture;
  const words = MODE_WORDS[mode];
  return [
    `mode ${line(mode, NAME_LENGTH)}${words ? ` (${words})` : ''}`,
    `Python ${line(capture.python, NAME_LENGTH)}`,
    `${formatCount(capture.events)} events, ${formatCount(capture.lost)} lost`,
    ...(capture.overhead_percent === undefined
      ? []
      : [`tracing cost at least ${formatPercent(capture.overhead_percent)}`]),
    ...(capture.scheduler_states ? [] : ['scheduler states not recorded'])
  ].join(' · ');
}

/** What limits the figures, the most important first; none for a plain complete run. */
export function warningLines({ run, capture }: ReportDocument): string[] {
  return [
    ...(run.message === undefined ? [] : [line(run.message, MESSAGE_LENGTH)]),
    ...(capture.lost > 0
      ? [
          `${formatCount(capture.lost)} records were lost: lanes are unknown there, and the times below are lower bounds.`
        ]
      : []),
    ...(capture.gil_enabled
      ? []
      : ['This Python ran without the GIL: GIL columns are not applicable.'])
  ];
}

/** Name of a thread by tid; a tid of no listed thread names itself. */
export function threadNamer(
  threads: readonly ThreadRow[]
): (tid: number) => string {
  const names = new Map(
    threads.map(({ tid, name }) => [tid, line(name, NAME_LENGTH)])
  );
  return tid => names.get(tid) ?? `thread ${tid}`;
}

/** Who made whom wait, and how long. */
export function blameSentence(
  { waiter, holder, wait_ns: waitNs, count }: BlameRow,
  name: (tid: number) => string
): string {
  const times = count === 1 ? '1 wait' : `${formatCount(count)} waits`;
  const duration = formatDuration(waitNs);
  return holder
    ? `${name(holder.tid)} made ${name(waiter.tid)} wait ${duration} (${times})`
    : `${name(waiter.tid)} waited ${duration} while nobody is known to have held it (hand-off, ${times})`;
}

function line(text: string, length: number): string {
  return shorten(plain(text), length);
}

// Control characters move a terminal's cursor; directional ones (Unicode UAX 9) reorder what follows.
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line of text without anything that acts on a terminal. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** One line on the threads that the tables and lanes leave out, or none. */
export function idleLines({ threads }: ReportDocument): string[] {
  const idle = threads.filter(isIdle).length;
  return idle === 0
    ? []
    : [
        `${formatCount(idle)} idle ${idle === 1 ? 'thread is' : 'threads are'} not shown: asleep all the time, no Python.`
      ];
}
