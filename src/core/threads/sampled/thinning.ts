/**
 * A long run in bounded memory: every second reading is forgotten, drawn at random, as if it had never been made. What
 * remains is a sample of the same kind, only rarer: its times are estimates without bias, and its wider gaps widen the errors.
 */
import type { Nanoseconds } from '../../units';
import type { Column } from '../growing-column';

/** Rows of equal readings, as series.ts has them. */
export interface Spells {
  length: number;
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Readings of each row. */
  readonly seen: Uint32Array;
}

/**
 * Forgets about half the readings, in place. The first and the last one stay: they tell how long the run was seen.
 *
 * @param columns all of the series
 * @param same whether two rows tell the same
 * @param random numbers from 0 to 1
 */
export function thin(
  spells: Spells,
  columns: readonly Column[],
  same: (a: number, b: number) => boolean,
  random: () => number
): void {
  const { length, first, seen } = spells;
  let to = 0;
  for (let row = 0; row < length; row++) {
    forget(spells, row, row === 0, row === length - 1, random);
    if (seen[row] === 0) {
      continue;
    }
    if (to > 0 && same(to - 1, row)) {
      const start = first[to - 1];
      const count = seen[to - 1] + seen[row];
      copyRow(columns, row, to - 1);
      first[to - 1] = start;
      seen[to - 1] = count;
      continue;
    }
    if (to < row) {
      copyRow(columns, row, to);
    }
    to++;
  }
  spells.length = to;
}

/** Of the readings of one row, which lie about evenly between its first and its last one. */
function forget(
  { first, last, seen }: Spells,
  row: number,
  keepFirst: boolean,
  keepLast: boolean,
  random: () => number
): void {
  const count = seen[row];
  let front = 0;
  while (!keepFirst && front < count && random() < 0.5) {
    front++;
  }
  if (front === count) {
    if (!keepLast) {
      seen[row] = 0;
      return;
    }
    front--;
  }
  let back = 0;
  while (!keepLast && front + back < count - 1 && random() < 0.5) {
    back++;
  }
  const step: Nanoseconds =
    count > 1 ? (last[row] - first[row]) / (count - 1) : 0;
  const left = count - front - back;
  first[row] += Math.round(front * step);
  last[row] -= Math.round(back * step);
  // Both ends, and half of what is between.
  seen[row] = left > 2 ? 2 + Math.round((left - 2) / 2) : left;
}

function copyRow(columns: readonly Column[], from: number, to: number): void {
  for (const column of columns) {
    column[to] = column[from];
  }
}
