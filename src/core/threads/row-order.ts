/** The order of rows by their starts. */
import { NaturalMerge } from '../perfdata/natural-merge';
import type { Column } from './growing-column';

interface Rows {
  readonly length: number;
  readonly start: Float64Array;
}

/**
 * Row indexes in order of their starts; of those that start together the first stays the first.
 *
 * @returns undefined if the rows are in this order already
 */
export function rowsByStart({ length, start }: Rows): Uint32Array | undefined {
  let sorted = true;
  for (let row = 1; row < length && sorted; row++) {
    sorted = start[row - 1] <= start[row];
  }
  if (sorted) {
    return undefined;
  }
  const merge = new NaturalMerge(length);
  for (let row = 0; row < length; row++) {
    if (row === 0 || start[row - 1] > start[row]) {
      merge.beginRun();
    }
    merge.add(row);
  }
  merge.sort(start);
  return merge.order;
}

/** Puts rows into this order where they are. */
export function sortByStart(
  rows: Rows,
  columns: Readonly<Record<string, Column>>
): void {
  const order = rowsByStart(rows);
  if (order === undefined) {
    return;
  }
  // One at a time: two copies of all the waits of a long run are too much.
  const before = new Float64Array(rows.length);
  for (const column of Object.values(columns)) {
    before.set(column.subarray(0, rows.length));
    for (let row = 0; row < rows.length; row++) {
      column[row] = before[order[row]];
    }
  }
}
