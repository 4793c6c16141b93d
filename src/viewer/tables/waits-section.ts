/** The section of the longest waits, of all or of those that a cell of the matrix stands for. */
import type { WaitRow } from '../../core/trace/document';
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import { waitFit } from './row-place';
import { TableSection } from './table-section';
import type { TablesContext } from './tables-context';
import { badgeOfTid, fillTable, sentence, stateOf } from './tables-context';
import type { WaitFilter } from './waits-table';
import { waitsTable } from './waits-table';

export class WaitsSection {
  constructor(private readonly _context: TablesContext) {
    const { caption: title } = this._options();
    this._section = new TableSection(
      {
        title,
        open: true,
        fill: (body, tools) => {
          this._body = body;
          this._tools = tools;
          this._fill(undefined);
        }
      },
      stateOf(_context, 'waits')
    );
  }

  get node(): HTMLElement {
    return this._section.node;
  }

  /** Show only some waits, until the reader wants all again. */
  show(filter: WaitFilter): void {
    this._section.setOpen(true);
    this._fill(filter);
    // The keyboard's user goes on here, and the page shows it.
    this._body?.querySelector('button')?.focus();
  }

  private _fill(filter: WaitFilter | undefined): void {
    const body = this._body;
    if (body === undefined) {
      return;
    }
    const { document, trans } = this._context;
    const options = this._options(filter);
    const tools = fillTable(this._context, 'waits', body, options);
    this._tools?.replaceChildren(...tools);
    if (filter === undefined) {
      return;
    }
    if (options.rows.length === 0) {
      const text = trans._n(
        'The longest wait is not one of these.',
        'None of the %1 longest waits is one of these.',
        document.waits.length
      );
      body.replaceChildren(sentence(text));
      this._tools?.replaceChildren();
    }
    const all = (): void => this._fill(undefined);
    body.prepend(filterLine(filter, all, trans));
  }

  private _options(filter?: WaitFilter) {
    const context = this._context;
    const table = waitsTable(
      context.document,
      tid => badgeOfTid(context, tid),
      this._pick,
      context.trans,
      filter
    );
    return { ...table, isPicked: this._isPicked, fit: waitFit };
  }

  private readonly _pick = (wait: WaitRow): void => {
    const { picks } = this._context;
    // Picked again, it is shown again.
    picks.pick('wait', undefined);
    picks.pick('wait', wait);
  };
  /** The figures of a range have rows of their own for the same waits. */
  private readonly _isPicked = (row: WaitRow): boolean => {
    const { wait } = this._context.picks.current;
    return wait?.tid === row.tid && wait.start_ns === row.start_ns;
  };
  private readonly _section: TableSection;
  private _body: HTMLElement | undefined;
  private _tools: HTMLElement | undefined;
}

/** Which waits are shown, and the way back. */
function filterLine(
  { label }: WaitFilter,
  all: () => void,
  trans: ITranslation
): HTMLElement {
  const node = element('p', 'giltracer-Table-filterLine');
  node.append(
    element('span', '', label),
    button('giltracer-Button', trans.__('All waits'), '', all)
  );
  return node;
}
