/** What a table shows: rows, columns, cells; how rows are sorted and filtered. No elements in here. */
import { append } from '../../core/grouping';
import type { RowFit } from './row-place';

/** What a cell shows: a value that sorts, a text, and why there is none. */
export interface CellValue {
  /** Undefined: not known; such rows come last in either order. */
  readonly value: number | string | undefined;
  readonly text: string;
  readonly title?: string;
  /** Half width of the value's 95 % interval, where it is sampled. */
  readonly error?: number;
  /** The text may be long: it is cut off where there is no room. */
  readonly long?: boolean;
  /** A bar below the text: its part of the full scale, 0 to 1, and its CSS background. */
  readonly bar?: { readonly part: number; readonly style: string };
  /** Makes what is shown before the text. */
  readonly before?: () => HTMLElement | undefined;
}

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly title?: string;
  readonly numeric: boolean;
  /** Unit of the values, as a copy of the table names it. */
  readonly unit?: 'ns' | '%';
  cell(row: Row): CellValue;
}

/** Which column sorts the table, and how. */
export interface SortOrder {
  readonly key: string;
  readonly descending: boolean;
}

export interface TableOptions<Row> {
  readonly caption: string;
  /** Of the table's node, for its own looks. */
  readonly className?: string;
  /** Sentences below the table. */
  readonly remarks?: readonly string[];
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Without one, rows stand as given. */
  readonly order?: SortOrder;
  /** What a click or Enter on a row does. */
  readonly rowAction?: {
    readonly label: (row: Row) => string;
    readonly run: (row: Row) => void;
  };
  /** Whether the reader has picked a row, here or elsewhere. */
  readonly isPicked?: (row: Row) => boolean;
  /** How a row is found by what it stands for; without, none is. */
  readonly fit?: RowFit<Row>;
  /** How many rows are shown until the reader asks for all. Default: all. */
  readonly first?: number;
  /** Rows that stay hidden until the reader asks for all, and what the button says if it is only these. */
  readonly fold?: {
    readonly hides: (row: Row) => boolean;
    readonly label: (count: number) => string;
  };
}

/** What the reader has done to a table; kept while the same run is shown. */
export interface TableState {
  order?: SortOrder;
  filter?: string;
  /** Whether all rows are shown. */
  all?: boolean;
}

const byName = new Intl.Collator(undefined, { numeric: true });

/** Rows in order; rows that are equal keep their order, unknown values come last. */
export function sortRows<Row>(
  rows: readonly Row[],
  column: Column<Row>,
  descending: boolean
): Row[] {
  const values = rows.map(row => column.cell(row).value);
  const ranks = rankTexts(values);
  const keyed = rows.map((row, index) => {
    const value = values[index];
    return {
      row,
      key: typeof value === 'string' ? ranks.get(value) : value
    };
  });
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) {
      return Number(a.key === undefined) - Number(b.key === undefined);
    }
    return descending ? b.key - a.key : a.key - b.key;
  });
  return keyed.map(({ row }) => row);
}

/** Texts are compared once each, not once a pair: that takes a hundred times as long as with numbers. */
function rankTexts(values: readonly CellValue['value'][]): Map<string, number> {
  const texts = new Set(values.filter(value => typeof value === 'string'));
  const sorted = [...texts].sort((a, b) => byName.compare(a, b));
  return new Map(sorted.map((text, rank) => [text, rank]));
}

/**
 * The columns that have a value in some row, and a sentence on each reason why others have none. The
 * first column names the rows and always stays.
 */
export function knownColumns<Row>({ columns, rows }: TableOptions<Row>): {
  columns: readonly Column<Row>[];
  absent: readonly string[];
} {
  const reasons = new Map<string, string[]>();
  const known = columns.filter((column, index) => {
    if (index === 0 || rows.some(row => column.cell(row).value !== undefined)) {
      return true;
    }
    const reason = rows.length > 0 ? (column.cell(rows[0]).title ?? '') : '';
    append(reasons, reason, column.header);
    return reason === '';
  });
  const absent = [...reasons]
    .filter(([reason]) => reason !== '')
    .map(([reason, headers]) => `${headers.join(', ')}: ${reason}`);
  return { columns: known, absent };
}
