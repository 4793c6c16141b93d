/** What a reader must know of a capture, in words: the same in every form of report. */
import { formatCount, formatDuration, formatPercent } from '../quantities';
import { shorten } from '../trace/bound-texts';
import type {
  CaptureInfo,
  ReportDocument,
  SamplingInfo,
  ThreadRow,
  WatchInfo
} from '../trace/document';
import { isIdle } from '../trace/idle';
import { futexLines, readWaitsLines } from './futex-lines';
import { plain } from './plain-text';

/** What each rung of the ladder sees. */
const MODE_WORDS: Readonly<Record<string, string>> = {
  full: 'every take, drop and wait',
  waits: 'contended waits only',
  futex: 'contended waits only, by futex calls',
  watch: 'watchpoint, no root',
  sample: 'sampled'
};

/** Who tells what would lift a rung. */
const DOCTOR = 'run %giltracer_doctor, or giltracer doctor in a shell';

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
    ...(capture.sampling === undefined
      ? [
          `${formatCount(capture.events)} events, ${formatCount(capture.lost)} lost`
        ]
      : samplingWords(capture.sampling)),
    ...costWords(capture),
    ...ownCpuWords(capture),
    ...(capture.scheduler_states ? [] : ['scheduler states not recorded'])
  ].join(' · ');
}

/** How a sampled run was read. */
function samplingWords(sampling: SamplingInfo): string[] {
  const { rounds, period_ns, thread_period_ns, cpu_percent } = sampling;
  const each =
    thread_period_ns > 1.5 * period_ns
      ? [`each thread every ${formatDuration(thread_period_ns)}`]
      : [];
  return [
    `${formatCount(rounds)} rounds, every ${formatDuration(period_ns)}`,
    ...each,
    `reading took ${formatPercent(cpu_percent)} of a CPU`
  ];
}

/** What tracing added at least, and how that is known. */
function costWords(capture: CaptureInfo): string[] {
  const { overhead_percent: percent, hits, ns_per_hit: cost } = capture;
  if (percent === undefined) {
    return [];
  }
  const words = `tracing cost at least ${formatPercent(percent)}`;
  return [
    hits === undefined || cost === undefined
      ? words
      : `${words}: ${formatCount(hits)} ${hits === 1 ? 'hit' : 'hits'} x ${formatDuration(cost)}`
  ];
}

/** Where the table of who made others wait is empty. */
export function nobodyWaited({ capture }: ReportDocument): string {
  return capture.mode === 'sample'
    ? 'No thread was seen to wait for the GIL.'
    : 'No thread waited for the GIL.';
}

/** A percentage; a sampled one with its error. */
export function percentWords(
  percent: number,
  error: number | undefined
): string {
  const text = formatPercent(percent);
  return error === undefined
    ? text
    : `${text.slice(0, -2)} ± ${formatPercent(error)}`;
}

function ownCpuWords({ reader_cpu_percent: percent }: CaptureInfo): string[] {
  return percent === undefined
    ? []
    : [
        `giltracer itself used ${formatPercent(percent)} of one CPU, outside the program`
      ];
}

/** How sure the figures are, and what the capture could not see. */
export function measureLines({
  capture,
  lines,
  waits
}: ReportDocument): string[] {
  const { lengthened_holds_ns: lengthened = 0, short_waits: short } = capture;
  const { line_samples: samples } = capture;
  return [
    ...(lengthened > 0
      ? [
          `Lengthened holds: ${capture.mode === 'watch' ? 'watchpoints' : 'probes'} hit while a thread held the GIL took at least ${formatDuration(lengthened)}.`
        ]
      : []),
    ...(short !== undefined && short.count > 0
      ? [
          `${formatCount(short.count)} ${short.count === 1 ? 'wait' : 'waits'} shorter than ${short.below_ns === undefined ? '20 µs' : formatDuration(short.below_ns)} (${formatDuration(short.wait_ns)} in all) may be caused by tracing.`
        ]
      : []),
    ...(lines.length === 0 && waits.length > 0
      ? ['Lines were not recorded.']
      : []),
    ...(samples === undefined
      ? []
      : [
          `Lines within holds were seen ${formatCount(samples.count)} times by reading memory${samples.count > 0 ? `, every ${formatDuration(samples.period_ns)}` : ''}.`
        ]),
    ...(capture.mode === 'waits' && capture.gil_enabled
      ? [
          'Mode waits records only who waits: how long threads held the GIL, and what they did without it, is not known.'
        ]
      : []),
    ...(capture.lock_waits === false
      ? ['Waits for threading locks were not recorded.']
      : []),
    ...(capture.wakers === false
      ? [
          'Who woke a thread, and so who released a lock that it waited for, was not recorded: that needs root.'
        ]
      : []),
    ...(capture.futex === undefined ? [] : futexLines(capture.futex)),
    ...(capture.watch === undefined ? [] : watchLines(capture.watch)),
    ...(capture.mode === 'sample' ? sampledLines(capture) : []),
    ...(capture.collections === false
      ? ['Runs of the garbage collector were not recorded.']
      : [])
  ];
}

/** What watchpoints can't tell. */
function watchLines(watch: WatchInfo): string[] {
  return [
    'Mode watch sees each take and drop of the GIL. When a thread asked for a GIL that it got at once, and who woke it, is not known.',
    ...readWaitsLines(watch),
    ...(watch.other_gils
      ? [
          'Sub-interpreters had GILs of their own, which were not watched: their threads are unknown.'
        ]
      : []),
    ...(watch.wait_starts
      ? []
      : [
          'Starts of waits are taken from context switches: a wait may have begun earlier, and sleeps that ended by chance when the GIL was dropped may count as waits.'
        ]),
    ...(watch.forced_switches
      ? []
      : ['Waits for a forced switch were not recorded.'])
  ];
}

/** What sampling can't tell. */
function sampledLines({ sampling, gil_enabled: gil }: CaptureInfo): string[] {
  const { dropped = 0, unread_ns: unread = 0 } = sampling ?? {};
  return [
    `Mode sample looks at the threads from outside: all times are estimates, ± is the 95 % interval. ${gil ? 'How often the GIL was taken, handed over or asked for in vain is not known, and several short waits may look like one.' : 'How often something happened is not known.'}`,
    ...(dropped > 0
      ? [
          `${formatCount(dropped)} readings were dropped: the thread went on while it was read.`
        ]
      : []),
    ...(unread > 0
      ? [
          `For ${formatDuration(unread)} nothing was read, since the reader got no CPU or did not run: threads are unknown there.`
        ]
      : [])
  ];
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
    ...(capture.late === undefined
      ? []
      : [
          `${formatCount(capture.late)} ${capture.late === 1 ? 'record' : 'records'} came too late to be put in order: what is told of the time around them may be wrong.`
        ]),
    ...(capture.instead_of === undefined
      ? []
      : [insteadWords(capture.mode, capture.instead_of)]),
    ...(capture.shed === undefined
      ? []
      : [shedWords(capture.mode, capture.shed)]),
    ...(capture.over_limit === undefined
      ? []
      : [overLimitWords(capture.over_limit)]),
    ...(capture.gil_enabled
      ? []
      : ['This Python ran without the GIL: GIL columns are not applicable.'])
  ];
}

function insteadWords(
  taken: string,
  { mode, reason }: NonNullable<CaptureInfo['instead_of']>
): string {
  if (taken === 'futex') {
    return `Recorded by futex calls: mode ${line(mode, NAME_LENGTH)}, which sees each take and drop, locks and the garbage collector too, is not possible here: ${line(reason, MESSAGE_LENGTH)} (${DOCTOR})`;
  }
  if (taken === 'watch') {
    return `Recorded by watchpoints: mode ${line(mode, NAME_LENGTH)}, which costs less and sees locks and the garbage collector too, is not possible here: ${line(reason, MESSAGE_LENGTH)} (${DOCTOR})`;
  }
  return `Sampled: mode ${line(mode, NAME_LENGTH)}, which sees each take and wait, is not possible here: ${line(reason, MESSAGE_LENGTH)} (${DOCTOR})`;
}

function shedWords(
  mode: string,
  shed: NonNullable<CaptureInfo['shed']>
): string {
  const at = formatDuration(shed.at_ns);
  const limit = `Tracing cost more than the limit of ${formatPercent(shed.max_overhead_percent)}`;
  if (mode === 'watch') {
    return `${limit}: from ${at} on nothing was recorded, lanes are unknown there, and the times below are lower bounds.`;
  }
  const gap =
    shed.resumed_ns > shed.at_ns
      ? ` Nothing was recorded from ${at} to ${formatDuration(shed.resumed_ns)}.`
      : '';
  return `${limit}: from ${at} on only waits were recorded, so that times held are lower bounds.${gap}`;
}

function overLimitWords(over: NonNullable<CaptureInfo['over_limit']>): string {
  return `From ${formatDuration(over.at_ns)} on tracing cost more than the limit of ${formatPercent(over.max_overhead_percent)}, but every take and drop was recorded to the end: the change to waits only failed (${line(over.reason, MESSAGE_LENGTH)}). To stay below the limit, trace with --mode waits.`;
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

function line(text: string, length: number): string {
  return shorten(plain(text), length);
}

/** One line on the threads that the tables and lanes leave out, or none. */
export function idleLines({ threads }: ReportDocument): string[] {
  const idle = threads.filter(isIdle).length;
  return idle === 0
    ? []
    : [
        `${formatCount(idle)} idle ${idle === 1 ? 'thread is' : 'threads are'} not shown: as far as is known asleep all the time.`
      ];
}
