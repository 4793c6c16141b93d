/** The picked wait: the stacks of both sides, who held the GIL meanwhile, and what to look at. */
import { placeWords } from '../../core/export/source-words';
import type {
  IgnoredRow,
  ReportDocument,
  SourceLine,
  WaitRow
} from '../../core/trace/document';
import { isCellLine, placeKey } from '../../core/trace/source-paths';
import { button, element } from '../dom';
import { formatDuration, formatTime } from '../format';
import type { Picks } from '../picks';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';

/** Follows the picks of a view: hidden while no wait is picked. */
export class WaitPanel {
  constructor(
    private readonly _document: ReportDocument,
    private readonly _picks: Picks,
    private readonly _trans: ITranslation
  ) {
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('The picked wait'));
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        _picks.pick('wait', undefined);
      }
    });
    this._unsubscribe = _picks.subscribe((picked, changed) => {
      if (changed === 'wait') {
        this._show(picked.wait);
      }
    });
    this._show(_picks.current.wait);
  }

  readonly node = element('div', 'giltracer-WaitPanel');

  dispose(): void {
    this._unsubscribe();
  }

  private _show(wait: WaitRow | undefined): void {
    const trans = this._trans;
    this.node.hidden = wait === undefined;
    this.node.replaceChildren();
    if (wait !== undefined) {
      const head = element('div', 'giltracer-WaitPanel-head');
      const close = trans.__('Close');
      head.append(
        element(
          'p',
          'giltracer-WaitPanel-summary',
          waitSentence(this._document, wait, trans)
        ),
        button('giltracer-Button', close, trans.__('Escape closes, too'), () =>
          this._picks.pick('wait', undefined)
        )
      );
      this.node.append(head, waitDetails(this._document, wait, trans));
    }
  }

  private readonly _unsubscribe: () => void;
}

/** Who waited how long, where, and for whom. */
function waitSentence(
  document: ReportDocument,
  wait: WaitRow,
  trans: ITranslation
): string {
  const name = (tid: number): string => nameOfTid(document, tid, trans);
  const at = (tid: number, line: SourceLine | undefined): string => {
    const place = line && placeWords(line);
    return place === undefined
      ? name(tid)
      : trans.__('%1 at %2', name(tid), place);
  };
  const holder = wait.longest_holder_tid ?? wait.holder_tid;
  const waited = trans.__(
    '%1 waited %2 from %3.',
    at(wait.tid, wait.line),
    formatDuration(wait.duration_ns),
    formatTime(wait.start_ns, document.capture.duration_ns)
  );
  return holder === undefined
    ? waited
    : `${waited} ${trans.__('%1 made it wait longest.', at(holder, wait.holder_line))}`;
}

function waitDetails(
  document: ReportDocument,
  wait: WaitRow,
  trans: ITranslation
): HTMLElement {
  const { stack = [], holder_stack: held = [], chain = [] } = wait;
  const node = element('div', 'giltracer-Details');
  const name = (tid: number): string => nameOfTid(document, tid, trans);
  if (stack.length > 0) {
    node.append(stackList(trans.__('Waited at'), stack));
  }
  if (held.length > 0) {
    node.append(stackList(trans.__('Made it wait longest at'), held));
  }
  if (chain.length > 0) {
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
  if (wait.waker_tid !== undefined) {
    node.append(list(trans.__('Woken by'), [name(wait.waker_tid)]));
  }
  if (stack.length + held.length + chain.length === 0) {
    const text = trans.__('No more is stored of this wait.');
    node.append(element('p', '', text));
  }
  const advice = whatToLookAt(document, wait, trans);
  if (advice !== undefined) {
    node.append(list(trans.__('What to look at'), [advice]));
  }
  return node;
}

/** Where a reader finds the cause, as far as the record tells. */
function whatToLookAt(
  document: ReportDocument,
  wait: WaitRow,
  trans: ITranslation
): string | undefined {
  const { chain = [], ignored = 0, holder_line: line } = wait;
  const place = line && placeWords(line);
  const native = nativeOf(document, wait)?.native_function;
  if (native !== undefined && place !== undefined) {
    return trans.__(
      '%1 runs %2, which does not let go of the GIL.',
      place,
      native
    );
  }
  if (ignored > 1 && place !== undefined) {
    return trans.__(
      '%1 kept the GIL for %2 switch intervals, though it was asked for it after the first: look for one long call.',
      place,
      ignored
    );
  }
  // The first interval passes before a holder is asked at all (CPython, ceval_gil, take_gil).
  if (ignored === 1 && place !== undefined) {
    return trans.__(
      '%1 kept the GIL until it was asked for it, after a switch interval.',
      place
    );
  }
  if (chain.length > 1) {
    return trans._n(
      'The GIL was held %1 time meanwhile: many threads want it, none of them for long.',
      'The GIL was held %1 times meanwhile: many threads want it, none of them for long.',
      chain.length
    );
  }
  return place === undefined
    ? undefined
    : trans.__('%1 held the GIL meanwhile.', place);
}

/** What the holder is known to have run when it ignored requests on that line. */
function nativeOf(
  document: ReportDocument,
  wait: WaitRow
): IgnoredRow | undefined {
  const holder = wait.longest_holder_tid ?? wait.holder_tid;
  const key = placeKey(wait.holder_line);
  return document.ignored.find(
    row =>
      row.tid === holder &&
      row.native_function !== undefined &&
      placeKey(row) === key
  );
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
