/**
 * A table that its readers can sort, filter, copy and walk through with the keyboard. Cells are texts; what is
 * not known says why, and is never 0.
 */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import { ENGLISH } from '../translation';
import { copyText } from './clipboard';
import { RovingFocus } from './roving-focus';
import type { RowPlace } from './row-place';
import { bestRow } from './row-place';
import { rowFilter } from './table-filter';
import type { Column, TableOptions, TableState } from './table-model';
import { knownColumns, sortRows } from './table-model';
import { markPicked, scrollWithin, tableRow } from './table-row';
import type { ColumnHeaders } from './table-head';
import { columnHeaders, tableHead } from './table-head';
import { tableText } from './table-text';

/** Rows that are made at once when all are asked for; the next ones when the reader gets there. */
const PAGE_ROWS = 200;
/** Made rows are kept ahead of the focus by so many. */
const ROWS_AHEAD = 20;

/** What a table needs of its surroundings. */
export interface TableHost {
  readonly trans: ITranslation;
  /** Says something to those who don't see it. */
  readonly announce: (text: string) => void;
}

const NO_HOST: TableHost = { trans: ENGLISH, announce: () => undefined };

export class SortableTable<Row> {
  /** @param state is kept up to date with what the reader does */
  constructor(
    private readonly _options: TableOptions<Row>,
    private readonly _state: TableState = {},
    private readonly _host: TableHost = NO_HOST
  ) {
    const { caption, className, remarks = [] } = _options;
    const { columns, absent } = knownColumns(_options);
    this._columns = columns;
    this._headers = columnHeaders(columns, key => this.sortBy(key));
    const table = element('table', 'giltracer-Table-table');
    table.append(
      element('caption', 'giltracer-mod-spoken', caption),
      tableHead(this._headers),
      this._body
    );
    this._box.append(table);
    this._box.setAttribute('role', 'group');
    this._box.setAttribute('aria-label', caption);
    this.node.append(this._box, this._more);
    if (className !== undefined) {
      this.node.classList.add(className);
    }
    for (const text of [...remarks, ...absent]) {
      this.node.append(element('p', 'giltracer-Table-absent', text));
    }
    _state.order ??= _options.order;
    this._listen();
    this._focus = new RovingFocus(this._box, () => [
      Array.from(this._headers.values(), ({ sort }) => sort),
      ...this._lines.map(line => [line])
    ]);
    this._arrange();
  }

  readonly node = element('div', 'giltracer-Table');

  get caption(): string {
    return this._options.caption;
  }

  /** Number of rows, hidden ones included. */
  get size(): number {
    return this._options.rows.length;
  }

  get filter(): string {
    return this._state.filter ?? '';
  }

  /** Numbers start with the largest, names with the first; the same column again turns it around. */
  sortBy(key: string): void {
    const column = this._columns.find(each => each.key === key);
    if (column === undefined) {
      return;
    }
    const { order } = this._state;
    const again = order?.key === key;
    const descending = again ? !order?.descending : column.numeric;
    this._state.order = { key, descending };
    this._arrange();
    const { trans } = this._host;
    this._host.announce(
      descending
        ? trans.__('Sorted by %1, descending', column.header)
        : trans.__('Sorted by %1, ascending', column.header)
    );
  }

  /** Show only rows that fit what `rowFilter` makes of a text; all for an empty one. */
  filterBy(text: string): void {
    this._state.filter = text;
    this._arrange();
    this._host.announce(this._countWords());
  }

  /** Put all rows that fit the filter on the clipboard, in their order. */
  async copy(): Promise<void> {
    const { trans } = this._host;
    const text = tableText(this._columns, this._rows);
    const copied = await copyText(text, this.node);
    this._host.announce(
      copied
        ? trans._n('%1 row copied', '%1 rows copied', this._rows.length)
        : trans.__('The browser does not allow to copy.')
    );
  }

  /** Mark the rows that are picked now. @param reveal scroll, within the table only, to the first of them */
  showPicked(reveal: boolean): void {
    const { isPicked } = this._options;
    if (isPicked === undefined) {
      return;
    }
    const first = reveal ? this._rows.find(isPicked) : undefined;
    const line = first === undefined ? undefined : this._lineOf(first);
    this._lines.forEach((each, index) => {
      markPicked(each, isPicked(this._shown[index]));
    });
    if (line !== undefined) {
      scrollWithin(this._box, line, this._body.offsetTop);
    }
  }

  /** Give the focus to the row that fits a place best, and return it; undefined if none fits. */
  focusRow(place: RowPlace): HTMLElement | undefined {
    const { fit } = this._options;
    const row = fit && bestRow(this._rows, each => fit(each, place));
    const line = row === undefined ? undefined : this._lineOf(row);
    if (line !== undefined) {
      scrollWithin(this._box, line, this._body.offsetTop);
      line.focus({ preventScroll: true });
    }
    return line;
  }

  /** The element of a row that fits the filter; made if it is not there yet. */
  private _lineOf(row: Row): HTMLElement | undefined {
    if (!this._shown.includes(row)) {
      this._state.all = true;
      this._show();
    }
    const at = this._shown.indexOf(row);
    if (at >= this._lines.length) {
      this._append(at + ROWS_AHEAD - this._lines.length);
    }
    return this._lines[at];
  }

  private _listen(): void {
    this._box.addEventListener(
      'scroll',
      () => {
        const { scrollTop, clientHeight, scrollHeight } = this._box;
        if (scrollTop + 2 * clientHeight > scrollHeight) {
          this._append(PAGE_ROWS);
        }
      },
      { passive: true }
    );
    // Before RovingFocus, which goes to rows that are there.
    this._box.addEventListener('keydown', event => this._onKeyDown(event));
  }

  private _onKeyDown(event: KeyboardEvent): void {
    const { key, target } = event;
    const at = this._lines.findIndex(line => line === target);
    const control = event.ctrlKey || event.metaKey;
    if (control && key.toLowerCase() === 'c' && !event.shiftKey) {
      // What the reader has selected is copied by the browser.
      if (document.getSelection()?.isCollapsed !== false) {
        event.preventDefault();
        void this.copy();
      }
      return;
    }
    if (control || event.altKey || event.shiftKey) {
      return;
    }
    if (key === 'End') {
      this._append(Infinity);
    } else if (at + ROWS_AHEAD > this._lines.length) {
      this._append(PAGE_ROWS);
    }
    if (at >= 0 && (key === 'Enter' || key === ' ')) {
      event.preventDefault();
      this._options.rowAction?.run(this._shown[at]);
    }
  }

  /** Sort and filter the rows and show the first ones. */
  private _arrange(): void {
    const { order } = this._state;
    const column = this._columns.find(({ key }) => key === order?.key);
    for (const [key, { cell }] of this._headers) {
      if (key === order?.key) {
        const direction = order.descending ? 'descending' : 'ascending';
        cell.setAttribute('aria-sort', direction);
      } else {
        cell.removeAttribute('aria-sort');
      }
    }
    const fits = rowFilter(this.filter, this._columns, order?.key);
    const { rows: all } = this._options;
    const rows = fits === undefined ? all : all.filter(fits);
    this._rows =
      order === undefined || column === undefined
        ? rows
        : sortRows(rows, column, order.descending);
    this._show();
  }

  /** Show the first rows, or all. Who filters wants to see what was found. */
  private _show(): void {
    const { first = Infinity, fold } = this._options;
    const all = this._state.all === true || this.filter !== '';
    const unfolded =
      fold === undefined
        ? this._rows
        : this._rows.filter(row => !fold.hides(row));
    const few = unfolded.slice(0, first);
    this._shown = all ? this._rows : few;
    this._lines = [];
    this._body.replaceChildren();
    this._append(PAGE_ROWS);
    this._focus.update(1);
    const hidden = this._rows.length - few.length;
    this._more.replaceChildren();
    if (this.filter !== '') {
      this._more.append(
        element('p', 'giltracer-Table-absent', this._countWords())
      );
    } else if (hidden > 0) {
      const label =
        fold !== undefined && few.length === unfolded.length
          ? fold.label(hidden)
          : this._host.trans._n('%1 more row', '%1 more rows', hidden);
      const toggle = button('giltracer-fold', label, '', () => {
        this._state.all = !all;
        this._show();
        this._more.querySelector('button')?.focus();
      });
      toggle.setAttribute('aria-expanded', String(all));
      this._more.append(toggle);
    }
  }

  /** Make some more of the rows to be shown. */
  private _append(count: number): void {
    const made = this._lines.length;
    const next = this._shown.slice(made, made + count);
    if (next.length > 0) {
      const lines = next.map(row =>
        tableRow(row, this._columns, this._options)
      );
      this._lines.push(...lines);
      this._body.append(...lines);
    }
  }

  private _countWords(): string {
    return this._host.trans.__('%1 of %2 rows', this._rows.length, this.size);
  }

  private readonly _columns: readonly Column<Row>[];
  private readonly _box = element('div', 'giltracer-Table-box');
  private readonly _body = element('tbody');
  private readonly _more = element('div');
  private readonly _headers: ColumnHeaders;
  private readonly _focus: RovingFocus;
  /** All rows that fit the filter, in order. */
  private _rows: readonly Row[] = [];
  /** Those that are shown, and the elements that were made of the first of them. */
  private _shown: readonly Row[] = [];
  private _lines: HTMLElement[] = [];
}
