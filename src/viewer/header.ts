/** The top of a run: its name, what it says in one line, and how it was captured. */
import { placeWords } from '../core/export/source-words';
import type { BundleView } from '../core/trace/bundle-view';
import type {
  CaptureInfo,
  CollectionsInfo,
  LineRow,
  ReportDocument,
  RunInfo
} from '../core/trace/document';
import { element } from './dom';
import { formatCount, formatDuration, formatPercent } from './format';
import type { ITranslation } from './translation';

/** Header of a result. */
export function runHeader(
  view: BundleView,
  document: ReportDocument,
  trans: ITranslation
): HTMLElement {
  const node = element('header', 'giltracer-Header');
  node.append(titleLine(view.run, trans));
  const summary = summaryOf(document, trans);
  if (summary !== '') {
    node.append(element('p', 'giltracer-Header-summary', summary));
  }
  const facts = element('p', 'giltracer-Header-facts');
  const all = [
    ...captureFacts(document.capture, trans),
    ...lineFacts(document, trans)
  ];
  for (const { text, title, warning } of all) {
    const fact = element('span', 'giltracer-Header-fact', text);
    fact.classList.toggle('giltracer-mod-warning', warning);
    if (title !== undefined) {
      fact.title = title;
    }
    facts.append(fact);
  }
  node.append(facts);
  if (view.run.message !== undefined) {
    node.append(notice(view.run.message, view.run.state === 'failed'));
  }
  if (document.capture.shed !== undefined) {
    node.append(notice(shedWords(document.capture.shed, trans), false));
  }
  if (view.reductions.length > 0) {
    const list = element('ul', 'giltracer-Header-reductions');
    list.append(...view.reductions.map(text => element('li', '', text)));
    node.append(list);
  }
  return node;
}

/** Name of the run, and its state if it did not simply end well. */
export function titleLine(run: RunInfo, trans: ITranslation): HTMLElement {
  const line = element('div', 'giltracer-Header-title');
  const name = run.name === '' ? trans.__('GIL trace') : run.name;
  const title = element('span', 'giltracer-Header-name', name);
  const started = new Date(run.started_at);
  if (!Number.isNaN(started.getTime())) {
    title.title = trans.__('Started %1', started.toLocaleString());
  }
  line.append(title);
  if (run.state === 'partial') {
    line.append(element('span', 'giltracer-Header-state', trans.__('partial')));
  } else if (run.state === 'failed') {
    line.append(element('span', 'giltracer-Header-state', trans.__('failed')));
  }
  return line;
}

/** A message for the reader. */
export function notice(text: string, failed: boolean): HTMLElement {
  const node = element('p', 'giltracer-Notice', text);
  node.classList.toggle('giltracer-mod-failed', failed);
  return node;
}

/** The run in one line; what is not known is left out. */
export function summaryOf(
  { capture, threads, waits, lines }: ReportDocument,
  trans: ITranslation
): string {
  if (!capture.gil_enabled) {
    return trans.__('This Python runs without a GIL.');
  }
  if (threads.length === 0 || capture.duration_ns <= 0) {
    return '';
  }
  let held = 0;
  let waited = 0;
  for (const { states_ns: states } of threads) {
    held += (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0);
    waited += states['waiting-gil'] ?? 0;
  }
  const percent = formatPercent(
    Math.min(100, (held / capture.duration_ns) * 100)
  );
  const parts =
    capture.mode === 'waits'
      ? []
      : [
          capture.shed === undefined
            ? trans.__('The GIL was held %1 of the time.', percent)
            : trans.__('The GIL was held %1 of the time at least.', percent)
        ];
  if (waited > 0) {
    parts.push(
      parts.length > 0
        ? trans.__('Threads waited for it %1 in all.', formatDuration(waited))
        : trans.__(
            'Threads waited for the GIL %1 in all.',
            formatDuration(waited)
          )
    );
    const longest = waits.reduce(
      (most, wait) => Math.max(most, wait.duration_ns),
      0
    );
    if (longest > 0) {
      parts.push(
        trans.__('The longest wait took %1.', formatDuration(longest))
      );
    }
  } else {
    parts.push(
      parts.length > 0
        ? trans.__('No thread waited for it.')
        : trans.__('No thread waited for the GIL.')
    );
  }
  const line = lines.reduce<LineRow | undefined>(
    (most, row) =>
      (row.made_wait_ns ?? 0) > (most?.made_wait_ns ?? 0) ? row : most,
    undefined
  );
  const place = line && placeWords(line);
  if (line?.made_wait_ns !== undefined && place !== undefined) {
    parts.push(
      trans.__(
        '%1 made others wait most: %2.',
        place,
        formatDuration(line.made_wait_ns)
      )
    );
  }
  return parts.join(' ');
}

interface Fact {
  readonly text: string;
  readonly title?: string;
  readonly warning: boolean;
}

/** Where the figures come from: the rung, the size, the losses, the cost. */
export function captureFacts(
  capture: CaptureInfo,
  trans: ITranslation
): Fact[] {
  const { lost, overhead_percent: cost } = capture;
  const facts: Fact[] = [
    { text: trans.__('Python %1', capture.python), warning: false },
    rungFact(capture.mode, trans),
    { text: formatDuration(capture.duration_ns), warning: false },
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
  facts.push(
    cost === undefined
      ? { text: trans.__('cost of tracing not known'), warning: false }
      : {
          text: costWords(capture, cost, trans),
          title: trans.__(
            'Measured cost of one probe hit times the number of hits: a lower bound'
          ),
          warning: false
        }
  );
  return [...facts, ...sideEffects(capture, trans)];
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
        '%2 wait shorter than 20 µs',
        '%2 waits shorter than 20 µs',
        short.count,
        formatCount(short.count)
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
    ...(capture.collections === false
      ? [trans.__('garbage collector not recorded')]
      : [])
  ];
  return [...facts, ...missing.map(text => ({ text, warning: false }))];
}

/** What the garbage collector took. */
export function collectionsWords(
  { count, total_ns: total, longest_ns: longest }: CollectionsInfo,
  trans: ITranslation
): string {
  return count === 0
    ? trans.__('The garbage collector did not run.')
    : trans._n(
        'The garbage collector ran once: %2.',
        'The garbage collector ran %1 times: %2 in all, %3 the longest.',
        count,
        formatDuration(total),
        formatDuration(longest)
      );
}

function shedWords(
  shed: NonNullable<CaptureInfo['shed']>,
  trans: ITranslation
): string {
  const at = formatDuration(shed.at_ns);
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
function rungFact(mode: string, trans: ITranslation): Fact {
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
  return { text: trans.__('capture: %1', mode), warning: false };
}
