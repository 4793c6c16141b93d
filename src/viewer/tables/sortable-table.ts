/** A table that its readers can sort. Cells are texts; what is not known says why, and is never 0. */
import { button, element } from '../dom';

/** What a cell shows: a value that sorts, a text, and why there is none. */
export interface CellValue {
  /** Undefined: not known; such rows come last in either order. */
  readonly value: number | string | undefined;
  readonly text: string;
  readonly title?: string;
  /** The text may be long: it is cut off where there is no room. */
  readonly long?: boolean;
  /** A bar below the text: its part of the full scale, 0 to 1, and its CSS background. */
  readonly bar?: { readonly part: number; readonly style: string };
  /** Shown before the text. */
  readonly before?: HTMLElement;
}

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly title?: string;
  readonly numeric: boolean;
  cell(row: Row): CellValue;
}

/** Which column sorts the table, and how. */
export interface SortOrder {
  readonly key: string;
  readonly descending: boolean;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Without one, rows stand as given. */
  readonly order?: SortOrder;
  /** Told when the reader chooses another order. */
  readonly onOrder?: (order: SortOrder) => void;
  readonly rowAction?: {
    readonly label: (row: Row) => string;
    readonly run: (row: Row) => void;
  };
  /** What a reader can open below a row. */
  readonly details?: {
    /** Name of the button. */
    readonly label: string;
    /** Undefined: there is nothing to open. */
    readonly of: (row: Row) => HTMLElement | undefined;
  };
  /** Rows that stay hidden until the reader opens them, and what the button says then. */
  readonly fold?: {
    readonly hides: (row: Row) => boolean;
    readonly label: (count: number) => string;
  };
}

/** Rows in order; rows that are equal keep their order, unknown values come last. */
export function sortRows<Row>(
  rows: readonly Row[],
  column: Column<Row>,
  descending: boolean
): Row[] {
  const keyed = rows.map(row => ({ row, value: column.cell(row).value }));
  keyed.sort((a, b) => {
    if (a.value === undefined || b.value === undefined) {
      return Number(a.value === undefined) - Number(b.value === undefined);
    }
    const order = compareValues(a.value, b.value);
    return descending ? -order : order;
  });
  return keyed.map(({ row }) => row);
}

/**
 * The columns that have a value in some row, and a sentence on each reason why others have none. The
 * first column names the rows and always stays.
 */
function knownColumns<Row>({ columns, rows }: TableOptions<Row>): {
  columns: readonly Column<Row>[];
  absent: readonly string[];
} {
  const reasons = new Map<string, string[]>();
  const known = columns.filter((column, index) => {
    const cells = rows.map(row => column.cell(row));
    if (index === 0 || cells.some(({ value }) => value !== undefined)) {
      return true;
    }
    const reason = cells[0]?.title ?? '';
    reasons.set(reason, [...(reasons.get(reason) ?? []), column.header]);
    return reason === '';
  });
  const absent = [...reasons]
    .filter(([reason]) => reason !== '')
    .map(([reason, headers]) => `${headers.join(', ')}: ${reason}`);
  return { columns: known, absent };
}

function compareValues(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return a - b;
  }
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

export class SortableTable<Row> {
  constructor(private readonly _options: TableOptions<Row>) {
    const table = element('table', 'giltracer-Table-table');
    table.append(element('caption', '', _options.caption));
    const head = element('tr');
    const { columns, absent } = knownColumns(_options);
    this._columns = columns;
    for (const column of columns) {
      head.append(this._headerCell(column));
    }
    const thead = element('thead');
    thead.append(head);
    table.append(thead, this._body);
    this.node.append(table);
    // A scrolling area must be reachable with the keyboard.
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', _options.caption);
    this._order = _options.order;
    this._addFold();
    for (const text of absent) {
      this.node.append(element('p', 'giltracer-Table-absent', text));
    }
    this._fill();
  }

  readonly node = element('div', 'giltracer-Table');

  /** Numbers start with the largest, names with the first; the same column again turns it around. */
  sortBy(key: string): void {
    const column = this._columns.find(each => each.key === key);
    if (column !== undefined) {
      const again = this._order?.key === key;
      const descending = again ? !this._order?.descending : column.numeric;
      this._order = { key, descending };
      this._options.onOrder?.(this._order);
      this._fill();
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

  private _fill(): void {
    const order = this._order;
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
    const rows =
      order === undefined || column === undefined
        ? this._options.rows
        : sortRows(this._options.rows, column, order.descending);
    const { fold } = this._options;
    const shown =
      fold === undefined || this._open
        ? rows
        : rows.filter(row => !fold.hides(row));
    this._body.replaceChildren(...shown.flatMap(row => this._rows(row)));
  }

  private _addFold(): void {
    const { fold, rows } = this._options;
    const count = fold === undefined ? 0 : rows.filter(fold.hides).length;
    if (fold === undefined || count === 0) {
      return;
    }
    const toggle = button('giltracer-fold', fold.label(count), '', () => {
      this._open = !this._open;
      toggle.setAttribute('aria-expanded', String(this._open));
      this._fill();
    });
    toggle.setAttribute('aria-expanded', 'false');
    this.node.append(toggle);
  }

  /** The row, and its details if they are open. */
  private _rows(row: Row): HTMLElement[] {
    const line = this._row(row);
    const details = this._options.details?.of(row);
    if (details === undefined) {
      return [line];
    }
    const below = element('tr', 'giltracer-Table-details');
    const cell = element('td');
    cell.colSpan = this._columns.length;
    cell.append(details);
    below.append(cell);
    const label = this._options.details?.label ?? '';
    const toggle = button('giltracer-fold', label, '', event => {
      // The row has an act of its own.
      event.stopPropagation();
      if (!this._opened.delete(row)) {
        this._opened.add(row);
      }
      show();
    });
    const show = (): void => {
      const open = this._opened.has(row);
      toggle.setAttribute('aria-expanded', String(open));
      below.hidden = !open;
    };
    show();
    if (this._options.rowAction !== undefined) {
      line.addEventListener('click', () => {
        this._opened.add(row);
        show();
      });
    }
    line.firstElementChild?.append(toggle);
    return [line, below];
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
    if (value.before !== undefined) {
      cell.append(value.before);
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
  private readonly _body = element('tbody');
  private readonly _headers = new Map<string, HTMLElement>();
  private readonly _opened = new Set<Row>();
  private _order: SortOrder | undefined;
  private _open = false;
}
