/** What opens below a long wait: the stacks of both sides, and who held the GIL meanwhile. */
import { placeWords } from '../../core/export/source-words';
import type {
  ReportDocument,
  SourceLine,
  WaitRow
} from '../../core/trace/document';
import { isCellLine } from '../../core/trace/source-paths';
import { element } from '../dom';
import { formatDuration } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';

/** Undefined if no more is known of the wait than its row says. */
export function waitDetails(
  document: ReportDocument,
  wait: WaitRow,
  trans: ITranslation
): HTMLElement | undefined {
  const { stack, holder_stack: held, chain, waker_tid: waker } = wait;
  const node = element('div', 'giltracer-Details');
  const name = (tid: number): string => nameOfTid(document, tid, trans);
  if (stack !== undefined && stack.length > 0) {
    node.append(stackList(trans.__('Waited at'), stack));
  }
  if (held !== undefined && held.length > 0) {
    node.append(stackList(trans.__('Made it wait longest at'), held));
  }
  if (chain !== undefined && chain.length > 0) {
    node.append(
      list(
        trans.__('Held the GIL meanwhile'),
        chain.map(({ tid, duration_ns: duration }) =>
          trans.__(
            '%1 for %2',
            tid === undefined ? trans.__('nobody known') : name(tid),
            formatDuration(duration)
          )
        )
      )
    );
  }
  if (waker !== undefined) {
    node.append(list(trans.__('Woken by'), [name(waker)]));
  }
  return node.childElementCount > 0 ? node : undefined;
}

/** What called the cell, and what a thread starts with, tells nothing of the cell: left out. */
function stackList(title: string, stack: readonly SourceLine[]): HTMLElement {
  const outermost = stack.map(isCellLine).lastIndexOf(true);
  const shown = outermost < 0 ? stack : stack.slice(0, outermost + 1);
  return list(
    title,
    shown.map(frame => placeWords(frame) ?? '')
  );
}

function list(title: string, entries: readonly string[]): HTMLElement {
  const node = element('div', 'giltracer-Details-part');
  const items = element('ol', 'giltracer-Details-list');
  items.append(...entries.map(text => element('li', '', text)));
  node.append(element('div', 'giltracer-Details-title', title), items);
  return node;
}
