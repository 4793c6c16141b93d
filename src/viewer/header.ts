/** The top of a run: its name, what it says in one line, and how it was captured. */
import type { BundleView } from '../core/trace/bundle-view';
import type {
  CaptureInfo,
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
  for (const { text, title, warning } of captureFacts(
    document.capture,
    trans
  )) {
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
  { capture, threads, waits }: ReportDocument,
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
  const parts = [trans.__('The GIL was held %1 of the time.', percent)];
  if (waited > 0) {
    parts.push(
      trans.__('Threads waited for it %1 in all.', formatDuration(waited))
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
    parts.push(trans.__('No thread waited for it.'));
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
          text: trans.__('tracing cost at least %1', formatPercent(cost)),
          title: trans.__(
            'Measured cost of one probe hit times the number of hits: a lower bound'
          ),
          warning: false
        }
  );
  return facts;
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
  return { text: trans.__('capture: %1', mode), warning: false };
}
