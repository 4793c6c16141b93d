/** Some rows of columns. Plain loops: `from` and `map` of typed arrays take ten times as long. */
import type { Column } from './growing-column';
import type { HoldColumns, WaitColumns } from './result';

/** The rows that fulfil a condition, in order. */
export function rowsWhere(
  length: number,
  holds: (row: number) => boolean
): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (holds(row)) {
      rows[count++] = row;
    }
  }
  return rows.subarray(0, count);
}

/** These rows of a column. */
export function pick<T extends Column>(column: T, rows: Int32Array): T {
  const ColumnOfKind = column.constructor as new (length: number) => T;
  const picked = new ColumnOfKind(rows.length);
  for (let i = 0; i < rows.length; i++) {
    picked[i] = column[rows[i]];
  }
  return picked;
}

/** These rows of waits. */
export function pickWaits(waits: WaitColumns, rows: Int32Array): WaitColumns {
  return {
    length: rows.length,
    thread: pick(waits.thread, rows),
    start: pick(waits.start, rows),
    end: pick(waits.end, rows),
    holder: pick(waits.holder, rows),
    kind: pick(waits.kind, rows),
    ignored: pick(waits.ignored, rows),
    uncertainty: pick(waits.uncertainty, rows),
    stack: pick(waits.stack, rows),
    holderStack: pick(waits.holderStack, rows),
    waker: pick(waits.waker, rows)
  };
}

/** The rows that belong to one GIL. */
export interface RowsOfGil {
  readonly holds: Int32Array;
  readonly waits: Int32Array;
}

/**
 * The rows of each GIL: a thread waits for the GIL that it holds at other times, for the first one if it never holds any.
 *
 * @param gils how many there are
 */
export function rowsByGil(
  gils: number,
  holds: Pick<HoldColumns, 'length' | 'thread' | 'gil'>,
  waits: Pick<WaitColumns, 'length' | 'thread'>
): RowsOfGil[] {
  const gilOf: number[] = [];
  holds.thread.forEach((thread, row) => {
    gilOf[thread] = holds.gil[row];
  });
  return Array.from({ length: gils }, (_, gil) => ({
    holds: rowsWhere(holds.length, row => holds.gil[row] === gil),
    waits: rowsWhere(
      waits.length,
      row => (gilOf[waits.thread[row]] ?? 0) === gil
    )
  }));
}
