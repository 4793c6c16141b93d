/** What the run would have taken with one thing changed, beside what it took: of the document, and of the reader's own. */
import type { Change, WhatIf } from '../../core/findings/what-if';
import { plain } from '../../core/export/plain-text';
import { append } from '../../core/grouping';
import type { Nanoseconds } from '../../core/units';
import { button, element } from '../dom';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';
import { unfoldButton } from './unfold';
import { changeKey } from './what-if-own';
import { RangeBar } from './what-if-range-bar';
import { changeWords, predictionWords, whatIfWords } from './what-if-words';

/** Changes that are shown before the reader asks for more. */
const FIRST_ROWS = 3;

export namespace WhatIfTable {
  export interface IOptions {
    /** Of the document. */
    readonly changes: readonly WhatIf[];
    /** How long the run took. */
    readonly recorded: Nanoseconds;
    readonly trans: ITranslation;
    /** Called with a change of the reader's own that is to go. */
    readonly onRemove: (change: Change) => void;
  }
}

interface Row {
  readonly prediction: WhatIf;
  readonly node: HTMLElement;
  readonly bar: RangeBar;
}

export class WhatIfTable {
  constructor(private readonly _options: WhatIfTable.IOptions) {
    const { changes, recorded, trans } = _options;
    const title = trans.__('What if');
    this._given = changes.map(each => this._row(each));
    const given = this._given.map(({ node }) => node);
    this._body.append(...given);
    this._table.append(
      element('caption', 'giltracer-mod-spoken', title),
      tableHead(recorded, trans),
      this._body
    );
    const rest = given.slice(FIRST_ROWS);
    this._rests = unfoldButton(trans.__('What this rests on'), [
      this._assumptions
    ]);
    this.node.append(
      this._table,
      ...(rest.length === 0
        ? []
        : [
            unfoldButton(
              trans._n('%1 more change', '%1 more changes', rest.length),
              rest
            )
          ]),
      this._rests,
      this._assumptions
    );
    this.showOwn([]);
  }

  readonly node = element('div');

  /** Show the reader's own changes below those of the document, in this order. */
  showOwn(own: readonly WhatIf[]): void {
    this._own.forEach(({ node }) => {
      node.remove();
    });
    this._own = own.map(each => this._row(each, true));
    this._body.append(...this._own.map(({ node }) => node));
    const rows = [...this._given, ...this._own];
    const most = rows.reduce(
      (longest, { prediction }) => Math.max(longest, prediction.high_ns),
      this._options.recorded
    );
    rows.forEach(({ bar }) => {
      bar.scaleTo(most);
    });
    this._showAssumptions(rows.map(({ prediction }) => prediction));
    this.node.hidden = rows.length === 0;
  }

  /**
   * Lead the reader's eyes to a change, whether it was folded away or not.
   *
   * @returns the row as words; undefined if the table does not have it
   */
  point(change: Change): string | undefined {
    const key = changeKey(change);
    let words: string | undefined;
    for (const { prediction, node } of [...this._given, ...this._own]) {
      const found = changeKey(prediction.change) === key;
      node.classList.toggle('giltracer-mod-pointed', found);
      if (found) {
        node.hidden = false;
        node.scrollIntoView({ block: 'nearest' });
        words = whatIfWords(prediction, this._options.trans);
      }
    }
    return words;
  }

  /** Give the focus to the button that removes the newest of the reader's own changes. */
  focusNewest(): boolean {
    const newest = this._own.at(-1)?.node.querySelector('button');
    newest?.focus();
    return newest !== null && newest !== undefined;
  }

  private _row(prediction: WhatIf, own = false): Row {
    const { recorded, trans } = this._options;
    const node = element('tr');
    const change = element('th', '', changeWords(prediction.change, trans));
    change.scope = 'row';
    if (own) {
      node.classList.add('giltracer-mod-own');
      change.append(' ', this._removeButton(prediction.change));
    }
    const time = element('td', '', predictionWords(prediction, trans));
    const bar = new RangeBar(prediction, recorded);
    time.append(bar.node);
    node.append(change, time);
    return { prediction, node, bar };
  }

  private _removeButton(change: Change): HTMLButtonElement {
    const { trans, onRemove } = this._options;
    const label = trans.__('Remove: %1', changeWords(change, trans));
    const remove = button('giltracer-Button', '✕', label, () =>
      onRemove(change)
    );
    remove.classList.add('giltracer-WhatIf-remove');
    remove.setAttribute('aria-label', label);
    return remove;
  }

  /** What the figures rest on: each sentence once, with the changes it is about if these are not all. */
  private _showAssumptions(changes: readonly WhatIf[]): void {
    const { trans } = this._options;
    const about = new Map<string, WhatIf[]>();
    for (const each of changes) {
      for (const text of each.assumptions) {
        append(about, text, each);
      }
    }
    this._assumptions.replaceChildren(
      ...Array.from(about, ([text, of]) => {
        const item = element('li', '', plain(text));
        if (of.length < changes.length) {
          const words = of.map(({ change }) => changeWords(change, trans));
          item.prepend(`${words.join(', ')}: `);
        }
        return item;
      })
    );
    this._rests.hidden = about.size === 0;
  }

  private readonly _given: readonly Row[];
  private _own: readonly Row[] = [];
  private readonly _body = element('tbody');
  private readonly _table = element('table', 'giltracer-WhatIf-table');
  private readonly _assumptions = element('ul', 'giltracer-WhatIf-assumptions');
  private readonly _rests: HTMLButtonElement;
}

function tableHead(recorded: Nanoseconds, trans: ITranslation): HTMLElement {
  const head = element('thead');
  const line = element('tr');
  for (const text of [
    trans.__('Change'),
    trans.__(
      'This run would have taken, instead of %1',
      formatDuration(recorded)
    )
  ]) {
    const cell = element('th', '', text);
    cell.scope = 'col';
    line.append(cell);
  }
  head.append(line);
  return head;
}
