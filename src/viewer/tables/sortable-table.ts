/** A table that its readers can sort. Cells are texts; what is not known says why, and is never 0. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import { ENGLISH } from '../translation';
import type {
  CellValue,
  Column,
  TableOptions,
  TableState
} from './table-model';
import { knownColumns, sortRows } from './table-model';

/** Rows that are made at once when all are asked for; the next ones when the reader gets there. */
const PAGE_ROWS = 200;

export class SortableTable<Row> {
  /** @param state is kept up to date with what the reader does */
  constructor(
    private readonly _options: TableOptions<Row>,
    private readonly _state: TableState = {},
    private readonly _trans: ITranslation = ENGLISH
  ) {
    const table = element('table', 'giltracer-Table-table');
    table.append(element('caption', 'giltracer-mod-spoken', _options.caption));
    const head = element('tr');
    const { columns, absent } = knownColumns(_options);
    this._columns = columns;
    for (const column of columns) {
      head.append(this._headerCell(column));
    }
    const thead = element('thead');
    thead.append(head);
    table.append(thead, this._body);
    this._box.append(table);
    this.node.append(this._box, this._more);
    // A scrolling area must be reachable with the keyboard.
    this._box.tabIndex = 0;
    this._box.setAttribute('role', 'group');
    this._box.setAttribute('aria-label', _options.caption);
    this._box.addEventListener('scroll', () => this._onScroll(), {
      passive: true
    });
    if (_options.className !== undefined) {
      this.node.classList.add(_options.className);
    }
    for (const text of [...(_options.remarks ?? []), ...absent]) {
      this.node.append(element('p', 'giltracer-Table-absent', text));
    }
    _state.order ??= _options.order;
    this._arrange();
  }

  readonly node = element('div', 'giltracer-Table');

  /** Numbers start with the largest, names with the first; the same column again turns it around. */
  sortBy(key: string): void {
    const column = this._columns.find(each => each.key === key);
    if (column !== undefined) {
      const { order } = this._state;
      const again = order?.key === key;
      const descending = again ? !order?.descending : column.numeric;
      this._state.order = { key, descending };
      this._arrange();
    }
  }

  private _headerCell(column: Column<Row>): HTMLElement {
    const cell = element('th');
    cell.scope = 'col';
    const title = column.title ?? '';
    const sort = button('giltracer-Table-sort', column.header, title, () =>
      this.sortBy(column.key)
    );
    cell.classList.toggle('giltracer-mod-number', column.numeric);
    cell.append(sort);
    this._headers.set(column.key, cell);
    return cell;
  }

  /** Sort the rows and show the first ones. */
  private _arrange(): void {
    const { order } = this._state;
    const column = this._columns.find(({ key }) => key === order?.key);
    for (const [key, header] of this._headers) {
      if (key === order?.key) {
        header.setAttribute(
          'aria-sort',
          order.descending ? 'descending' : 'ascending'
        );
      } else {
        header.removeAttribute('aria-sort');
      }
    }
    const { rows } = this._options;
    this._rows =
      order === undefined || column === undefined
        ? rows
        : sortRows(rows, column, order.descending);
    this._show();
  }

  /** Show the first rows, or all. */
  private _show(): void {
    const { first = Infinity, fold } = this._options;
    const { all = false } = this._state;
    const unfolded =
      fold === undefined
        ? this._rows
        : this._rows.filter(row => !fold.hides(row));
    const few = unfolded.slice(0, first);
    this._shown = all ? this._rows : few;
    this._body.replaceChildren();
    this._append(PAGE_ROWS);
    const hidden = this._rows.length - few.length;
    this._more.replaceChildren();
    if (hidden > 0) {
      const label =
        fold !== undefined && few.length === unfolded.length
          ? fold.label(hidden)
          : this._trans._n('%1 more row', '%1 more rows', hidden);
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
    const made = this._body.rows.length;
    this._body.append(
      ...this._shown.slice(made, made + count).map(row => this._row(row))
    );
  }

  private _onScroll(): void {
    const { scrollTop, clientHeight, scrollHeight } = this._box;
    if (scrollTop + 2 * clientHeight > scrollHeight) {
      this._append(PAGE_ROWS);
    }
  }

  private _row(row: Row): HTMLElement {
    const { rowAction } = this._options;
    const line = element('tr');
    this._columns.forEach((column, index) => {
      const cell = element(index === 0 ? 'th' : 'td');
      if (index === 0) {
        cell.scope = 'row';
      }
      cell.classList.toggle('giltracer-mod-number', column.numeric);
      this._fillCell(cell, column.cell(row), index === 0 ? row : undefined);
      line.append(cell);
    });
    if (rowAction !== undefined) {
      line.classList.add('giltracer-mod-action');
      line.addEventListener('click', () => rowAction.run(row));
    }
    return line;
  }

  private _fillCell(cell: HTMLElement, value: CellValue, row?: Row): void {
    const { rowAction } = this._options;
    const before = value.before?.();
    if (before !== undefined) {
      cell.append(before);
    }
    if (rowAction !== undefined && row !== undefined) {
      // Without an act of its own: the click goes on to the row; the button is there for the keyboard.
      const label = rowAction.label(row);
      cell.append(button('giltracer-Table-action', value.text, label));
    } else {
      cell.append(value.text);
    }
    if (value.title !== undefined) {
      cell.title = value.title;
    }
    cell.classList.toggle('giltracer-mod-absent', value.value === undefined);
    cell.classList.toggle('giltracer-mod-long', value.long === true);
    if (value.bar !== undefined) {
      const scale = element('div', 'giltracer-Table-scale');
      const bar = element('div', 'giltracer-Table-bar');
      const part = Math.min(1, Math.max(0, value.bar.part));
      bar.style.width = `${part * 100}%`;
      bar.style.background = value.bar.style;
      scale.append(bar);
      cell.append(scale);
    }
  }

  private readonly _columns: readonly Column<Row>[];
  private readonly _box = element('div', 'giltracer-Table-box');
  private readonly _body = element('tbody');
  private readonly _more = element('div');
  private readonly _headers = new Map<string, HTMLElement>();
  /** All rows in order, and those that are shown. */
  private _rows: readonly Row[] = [];
  private _shown: readonly Row[] = [];
}
