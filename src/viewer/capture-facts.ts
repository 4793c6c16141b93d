/** How a run was captured, in words: the rung, the losses, the cost, the limits. */
import type { CaptureInfo, ReportDocument } from '../core/trace/document';
import { formatCount, formatDuration, formatPercent } from './format';
import { sampleFact, samplingFacts } from './header-sampling';
import { futexFact, futexFacts } from './header-futex';
import { machineFacts } from './header-machine';
import { watchFact, watchFacts } from './header-watch';
import type { ITranslation } from './translation';

/** One thing to know of a capture. */
export interface Fact {
  readonly text: string;
  readonly title?: string;
  readonly warning: boolean;
}

/** Where the figures come from, and what they leave out. */
export function captureFacts(
  document: ReportDocument,
  trans: ITranslation
): Fact[] {
  return [
    ...runFacts(document.capture, trans),
    ...machineFacts(document.capture.environment, trans),
    ...(document.capture.sampling === undefined
      ? [
          ...recordFacts(document.capture, trans),
          ...costFacts(document.capture, trans),
          ...sideEffects(document.capture, trans)
        ]
      : samplingFacts(document.capture.sampling, trans)),
    ...lineFacts(document, trans),
    ...futexFacts(document.capture.futex, trans),
    ...watchFacts(document.capture.watch, trans)
  ];
}

/** What was traced, on which rung, for how long. */
function runFacts(capture: CaptureInfo, trans: ITranslation): Fact[] {
  return [
    { text: trans.__('Python %1', capture.python), warning: false },
    rungFact(capture.mode, trans),
    { text: formatDuration(capture.duration_ns), warning: false }
  ];
}

/** The size, the losses. */
function recordFacts(capture: CaptureInfo, trans: ITranslation): Fact[] {
  const { lost, late } = capture;
  const facts: Fact[] = [
    {
      text: trans._n(
        '%2 event',
        '%2 events',
        capture.events,
        formatCount(capture.events)
      ),
      warning: false
    }
  ];
  if (!capture.scheduler_states) {
    facts.push({
      text: trans.__('no scheduler states'),
      title: trans.__(
        'Working and sleeping are not told apart without the GIL'
      ),
      warning: false
    });
  }
  facts.push(
    lost > 0
      ? {
          text: trans._n(
            '%2 record lost',
            '%2 records lost',
            lost,
            formatCount(lost)
          ),
          title: trans.__(
            'The lanes are unknown where records were lost, and the sums are bounds'
          ),
          warning: true
        }
      : { text: trans.__('nothing lost'), warning: false }
  );
  if (late !== undefined) {
    facts.push({
      text: trans._n(
        '%2 record late',
        '%2 records late',
        late,
        formatCount(late)
      ),
      title: trans.__(
        'They came too late to be put in order: what is told of the time around them may be wrong'
      ),
      warning: true
    });
  }
  return facts;
}

/** What tracing cost the program, and the machine beside it. */
function costFacts(capture: CaptureInfo, trans: ITranslation): Fact[] {
  const { overhead_percent: cost, reader_cpu_percent: own } = capture;
  const facts: Fact[] = [
    cost === undefined
      ? { text: trans.__('cost of tracing not known'), warning: false }
      : {
          text: costWords(capture, cost, trans),
          title: trans.__(
            'Measured cost of one probe hit times the number of hits: a lower bound'
          ),
          warning: false
        }
  ];
  if (own !== undefined) {
    facts.push({
      text: trans.__('giltracer itself: %1 of one CPU', formatPercent(own)),
      title: trans.__(
        'giltracer itself used %1 of one CPU, outside the program, to read and analyse the records',
        formatPercent(own)
      ),
      warning: false
    });
  }
  return facts;
}

function costWords(
  { hits, ns_per_hit: nsPerHit }: CaptureInfo,
  percent: number,
  trans: ITranslation
): string {
  return hits === undefined || nsPerHit === undefined
    ? trans.__('tracing cost at least %1', formatPercent(percent))
    : trans.__(
        'tracing cost at least %1: %2 hits × %3',
        formatPercent(percent),
        formatCount(hits),
        formatDuration(nsPerHit)
      );
}

/** What tracing may have changed. */
function sideEffects(capture: CaptureInfo, trans: ITranslation): Fact[] {
  const { lengthened_holds_ns: lengthened = 0, short_waits: short } = capture;
  const facts: Fact[] = [];
  if (lengthened > 0) {
    facts.push({
      text: trans.__(
        'lengthened holds: at least %1',
        formatDuration(lengthened)
      ),
      title: trans.__(
        'Time of probe hits while a thread held the GIL: holds are that much longer'
      ),
      warning: false
    });
  }
  if (short !== undefined && short.count > 0) {
    facts.push({
      text: trans._n(
        '%2 wait shorter than %3',
        '%2 waits shorter than %3',
        short.count,
        formatCount(short.count),
        short.below_ns === undefined ? '20 µs' : formatDuration(short.below_ns)
      ),
      title: trans.__(
        'They may be caused by tracing; %1 in all',
        formatDuration(short.wait_ns)
      ),
      warning: false
    });
  }
  return facts;
}

/** How lines are known, and what was not recorded. */
function lineFacts(
  { capture, lines, waits }: ReportDocument,
  trans: ITranslation
): Fact[] {
  const facts: Fact[] = [];
  const { line_samples: samples } = capture;
  if (samples !== undefined) {
    facts.push({
      text: trans._n(
        '%2 line sample',
        '%2 line samples',
        samples.count,
        formatCount(samples.count)
      ),
      title: trans.__(
        'How often a holder’s line was read from memory: every %1',
        formatDuration(samples.period_ns)
      ),
      warning: false
    });
  }
  const missing = [
    ...(lines.length === 0 && waits.length > 0
      ? [trans.__('lines not recorded')]
      : []),
    ...(capture.lock_waits === false
      ? [trans.__('waits for locks not recorded')]
      : []),
    ...(capture.wakers === false
      ? [trans.__('who released a lock not recorded')]
      : []),
    ...(capture.collections === false
      ? [trans.__('garbage collector not recorded')]
      : [])
  ];
  return [...facts, ...missing.map(text => ({ text, warning: false }))];
}

/** What became of a limit of the cost that was passed. */
export function limitNotices(
  { mode, shed, over_limit: over }: CaptureInfo,
  trans: ITranslation
): string[] {
  return [
    ...(shed === undefined ? [] : [shedWords(mode, shed, trans)]),
    ...(over === undefined
      ? []
      : [
          trans.__(
            'From %1 on tracing cost more than the limit of %2, but every take and drop was recorded to the end: the change to waits only failed (%3). To stay below the limit, trace with --mode waits.',
            formatDuration(over.at_ns),
            formatPercent(over.max_overhead_percent),
            over.reason
          )
        ])
  ];
}

function shedWords(
  mode: string,
  shed: NonNullable<CaptureInfo['shed']>,
  trans: ITranslation
): string {
  const at = formatDuration(shed.at_ns);
  if (mode === 'watch') {
    return trans.__(
      'Tracing cost more than the limit of %1: from %2 on nothing was recorded, and times are lower bounds.',
      formatPercent(shed.max_overhead_percent),
      at
    );
  }
  const words = trans.__(
    'Tracing cost more than the limit of %1: from %2 on only waits were recorded, so that times held are lower bounds.',
    formatPercent(shed.max_overhead_percent),
    at
  );
  return shed.resumed_ns > shed.at_ns
    ? `${words} ${trans.__('Nothing was recorded from %1 to %2.', at, formatDuration(shed.resumed_ns))}`
    : words;
}

/** The rung of the capture in words; a rung of a later version is named as it is. */
export function rungFact(mode: string, trans: ITranslation): Fact {
  if (mode === 'full') {
    return {
      text: trans.__('full: uprobes'),
      title: trans.__(
        'Every take and drop of the GIL and every wait was recorded, by probes in the interpreter'
      ),
      warning: false
    };
  }
  if (mode === 'waits') {
    return {
      text: trans.__('waits: uprobes'),
      title: trans.__(
        'Only threads that wait were recorded: how long the GIL was held, and what threads did without it, is not known'
      ),
      warning: false
    };
  }
  if (mode === 'futex') {
    return futexFact(trans);
  }
  if (mode === 'watch') {
    return watchFact(trans);
  }
  return mode === 'sample'
    ? sampleFact(trans)
    : { text: trans.__('capture: %1', mode), warning: false };
}
