/** What would have been: the changes that were tried for the run, and those that the reader tries. */
import { documentGap } from '../../core/findings/what-if/gap';
import type { Change } from '../../core/findings/what-if';
import type { ReportDocument } from '../../core/trace/document';
import { button, element } from '../dom';
import { formatBytes } from '../format';
import type { Picks } from '../picks';
import { SHOWN_AFTER_MS } from '../tables/run-tables';
import type { ITranslation } from '../translation';
import { WhatIfForm } from './what-if-form';
import { gapWords } from './what-if-gaps';
import type { OwnChanges } from './what-if-own';
import { WhatIfTable } from './what-if-table';
import { changeWords } from './what-if-words';

export interface WhatIfContext {
  readonly document: ReportDocument;
  readonly picks: Picks;
  readonly own: OwnChanges;
  readonly trans: ITranslation;
}

/** Nothing to be shown: undefined. */
export function whatIfSection(context: WhatIfContext): HTMLElement | undefined {
  const { document, trans } = context;
  const { what_if: changes = [], threads, capture } = document;
  const gap = documentGap(document);
  if (changes.length > 0 || (gap === undefined && severalHolders(document))) {
    return new WhatIfSection(context, gap === undefined).node;
  }
  const waited = threads.some(
    ({ states_ns: states }) => (states['waiting-gil'] ?? 0) > 0
  );
  if (gap === undefined || !waited) {
    return undefined;
  }
  const node = whatIfNode(trans);
  const text = gapWords(gap, capture.mode, trans);
  node.append(element('p', 'giltracer-WhatIf-remark', text));
  return node;
}

class WhatIfSection {
  /** @param canReplay whether the reader may try own changes, if somebody answers */
  constructor(
    private readonly _context: WhatIfContext,
    canReplay: boolean
  ) {
    const { document, own, picks, trans } = _context;
    this.node = whatIfNode(trans);
    this._table = new WhatIfTable({
      changes: document.what_if ?? [],
      recorded: document.capture.duration_ns,
      trans,
      onRemove: change => this._remove(change)
    });
    this._form = new WhatIfForm({
      document,
      trans,
      onTry: change => void this._try(change),
      onProblem: text => {
        if (!this._isBusy) {
          this._say(text);
        }
      }
    });
    this._asking.append(
      this._form.node,
      this._size,
      this._status,
      this._progress
    );
    this._status.setAttribute('role', 'status');
    this.node.append(this._table.node, ...(canReplay ? [this._asking] : []));
    own.onChange = () => this._refresh();
    picks.subscribe(({ line }, changed) => {
      if (changed === 'line' && line !== undefined) {
        this._form.suggest(line);
      }
    });
    this._refresh();
  }

  readonly node: HTMLElement;

  private _refresh(): void {
    const { document, own, trans } = this._context;
    const { rows, replays, demand } = own;
    this._table.showOwn(rows);
    const offered = replays !== undefined || demand !== undefined;
    this._asking.hidden = !offered;
    const shown = rows.length > 0 || (document.what_if ?? []).length > 0;
    this.node.hidden = !offered && !shown;
    const bytes = demand?.bytes;
    this._size.hidden = replays !== undefined;
    this._size.textContent =
      bytes === undefined
        ? trans.__('“Try” loads the full trace first.')
        : trans.__(
            '“Try” loads the full trace (%1) first.',
            formatBytes(bytes)
          );
  }

  private async _try(change: Change): Promise<void> {
    const { document, trans } = this._context;
    if (this._isBusy) {
      return;
    }
    const standing = this._table.point(change);
    if (standing !== undefined) {
      this._say(standing, true);
      return;
    }
    const { switch_interval: recorded } = document.capture.environment;
    if (
      change.kind === 'switch-interval' &&
      change.switch_interval_ns === recorded
    ) {
      this._say(trans.__('This run had that switch interval.'));
      return;
    }
    this._isBusy = true;
    this._form.try.setAttribute('aria-disabled', 'true');
    const problem = (await this._load()) ?? (await this._replay(change));
    this._isBusy = false;
    this._form.try.removeAttribute('aria-disabled');
    const words = this._table.point(change);
    this._say(problem ?? words ?? '', problem === undefined);
  }

  /** @returns what stands in the way of an answer: '' if the reader gave it up */
  private async _load(): Promise<string | undefined> {
    const { own, trans } = this._context;
    const { demand } = own;
    if (own.replays !== undefined || demand === undefined) {
      return undefined;
    }
    const outcome = await demand.demand(words =>
      this._showProgress(words, () => demand.cancel())
    );
    this._hideProgress();
    this._refresh();
    switch (outcome.kind) {
      case 'loaded':
        return undefined;
      case 'large':
        return trans.__(
          'The full trace has %1: “Try” again loads it.',
          formatBytes(outcome.bytes)
        );
      case 'refused':
        return outcome.reason;
      case 'cancelled':
        return '';
    }
  }

  /** @returns why there is no answer */
  private async _replay(change: Change): Promise<string | undefined> {
    const { document, own, trans } = this._context;
    this._say(trans.__('Counting…'));
    await new Promise(resolve => setTimeout(resolve, SHOWN_AFTER_MS));
    const answer = own.replays?.whatIf(change);
    if (answer === undefined) {
      return '';
    }
    if (typeof answer === 'string') {
      return trans.__(
        '%1: that can’t be told. %2',
        changeWords(change, trans),
        gapWords(answer, document.capture.mode, trans)
      );
    }
    own.add(answer);
    return undefined;
  }

  private _remove(change: Change): void {
    this._context.own.remove(change);
    this._say('');
    // What had the focus is gone.
    if (!this._table.focusNewest()) {
      this._form.try.focus();
    }
  }

  /** @param spoken for those who do not see it beside: the row stands in the table */
  private _say(text: string, spoken = false): void {
    this._status.textContent = text;
    this._status.classList.toggle('giltracer-mod-spoken', spoken);
  }

  private _showProgress(words: string, cancel: () => void): void {
    const { trans } = this._context;
    this._say('');
    this._words.textContent = words;
    if (this._words.parentNode === null) {
      const label = trans.__('Cancel');
      this._progress.append(
        this._words,
        button('giltracer-Button', label, '', cancel)
      );
    }
  }

  private _hideProgress(): void {
    const focused = this._progress.contains(window.document.activeElement);
    this._progress.replaceChildren();
    this._words.remove();
    if (focused) {
      this._form.try.focus();
    }
  }

  private readonly _table: WhatIfTable;
  private readonly _form: WhatIfForm;
  private readonly _asking = element('div', 'giltracer-WhatIf-asking');
  private readonly _size = element('p', 'giltracer-WhatIf-remark');
  private readonly _status = element('p', 'giltracer-WhatIf-status');
  private readonly _progress = element('p', 'giltracer-WhatIf-progress');
  /** The line below the lanes speaks it already. */
  private readonly _words = element('span', 'giltracer-FullTrace-progress');
  private _isBusy = false;
}

function whatIfNode(trans: ITranslation): HTMLElement {
  const node = element('div', 'giltracer-WhatIf');
  const title = trans.__('What if');
  node.append(element('h4', 'giltracer-Verdict-subheading', title));
  return node;
}

/** Whether there is anything to be changed for. */
function severalHolders({ threads }: ReportDocument): boolean {
  const holders = threads.filter(
    ({ states_ns: states }) =>
      (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0) > 0
  );
  return holders.length > 1;
}
