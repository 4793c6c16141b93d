/** What a reader must know of a capture, in words: the same in every form of report. */
import { formatCount, formatDuration, formatPercent } from '../quantities';
import type { ReportDocument, ThreadRow } from '../trace/document';

/** What each rung of the ladder sees. */
const MODE_WORDS: Readonly<Record<string, string>> = {
  full: 'every take, drop and wait',
  waits: 'contended waits only',
  futex: 'waits, through futex tracepoints',
  watch: 'watchpoint, no root',
  sample: 'sampled'
};

/** Whether the document is about threads at all. */
export function hasGil(document: ReportDocument): boolean {
  return document.capture.gil_enabled;
}

/** The run in one line: label, state, length. */
export function titleLine({ run, capture }: ReportDocument): string {
  const state = run.state === 'done' ? [] : [run.state];
  return [
    run.name === '' ? 'GIL trace' : `GIL trace of ${plain(run.name)}`,
    ...state,
    formatDuration(capture.duration_ns)
  ].join(' · ');
}

/** How the figures came about and what they cost. */
export function captureLine({ capture }: ReportDocument): string {
  const { mode } = capture;
  const words = MODE_WORDS[mode];
  return [
    `mode ${plain(mode)}${words ? ` (${words})` : ''}`,
    `Python ${plain(capture.python)}`,
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
    ...(run.message === undefined ? [] : [plain(run.message)]),
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
  const names = new Map(threads.map(({ tid, name }) => [tid, plain(name)]));
  return tid => names.get(tid) ?? `thread ${tid}`;
}

// Control characters move a terminal's cursor; directional ones (Unicode UAX 9) reorder what follows.
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line of text without anything that acts on a terminal. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
