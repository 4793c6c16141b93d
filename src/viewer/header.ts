/** The top of a run: its name, what it says in one line, and how it was captured. */
import { placeWords } from '../core/export/source-words';
import type { BundleView } from '../core/trace/bundle-view';
import type {
  CollectionsInfo,
  LineRow,
  ReportDocument,
  RunInfo
} from '../core/trace/document';
import { isTask } from '../core/trace/source-paths';
import { captureFacts, limitNotices } from './capture-facts';
import { element } from './dom';
import { formatDuration, formatPercent } from './format';
import { insteadWords } from './header-sampling';
import type { ITranslation } from './translation';

/**
 * Header of a result.
 *
 * @param verdict stands in place of the summary that results without findings have
 */
export function runHeader(
  view: BundleView,
  document: ReportDocument,
  trans: ITranslation,
  verdict?: HTMLElement
): HTMLElement {
  const node = element('header', 'giltracer-Header');
  node.append(titleLine(view.run, trans));
  const summary = summaryOf(document, trans);
  if (verdict !== undefined) {
    node.classList.add('giltracer-mod-verdict');
    node.append(verdict);
  } else if (summary !== '') {
    node.append(element('p', 'giltracer-Header-summary', summary));
  }
  const facts = element('p', 'giltracer-Header-facts');
  for (const { text, title, warning } of captureFacts(document, trans)) {
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
  if (document.capture.instead_of !== undefined) {
    node.append(notice(insteadWords(document.capture, trans), false));
  }
  for (const text of limitNotices(document.capture, trans)) {
    node.append(notice(text, false));
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
    capture.mode === 'waits' || capture.mode === 'futex'
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
        ? capture.mode === 'sample'
          ? trans.__('No thread was seen to wait for it.')
          : trans.__('No thread waited for it.')
        : trans.__('No thread waited for the GIL.')
    );
  }
  const line = lines.reduce<LineRow | undefined>(
    (most, row) =>
      (row.made_wait_ns ?? 0) > (most?.made_wait_ns ?? 0) && !isTask(row)
        ? row
        : most,
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
