/** What is known of one line of a cell, and which of it matters most. */
import type { LineRow } from '../../core/trace/document';

/** What a mark tells first: the worst that is known of the line. */
export type FigureKind = 'made-wait' | 'held' | 'waited';

/** A figure to show: a time in nanoseconds, and half the width of its 95 % interval where it is sampled. */
export interface Figure {
  readonly kind: FigureKind;
  readonly ns: number;
  readonly errorNs: number;
}

/** What is shorter than this part of the run is no news: its line has figures, but no mark. */
const LEAST_PART = 0.001;

/**
 * How long the line made others wait; else how long it held the GIL or waited for it, whichever is longer, what it called
 * included. Undefined if all of it is too short to matter in a run of `durationNs`.
 */
export function headline(row: LineRow, durationNs: number): Figure | undefined {
  const least = Math.max(1, durationNs * LEAST_PART);
  const made = {
    kind: 'made-wait',
    ns: row.made_wait_ns ?? 0,
    errorNs: row.made_wait_error_ns ?? 0
  } as const;
  const held = {
    kind: 'held',
    ns: row.total_held_ns ?? row.held_ns ?? 0,
    errorNs: row.total_held_error_ns ?? row.held_error_ns ?? 0
  } as const;
  const waited = {
    kind: 'waited',
    ns: row.total_waited_ns,
    errorNs: row.total_waited_error_ns ?? 0
  } as const;
  const others = held.ns >= waited.ns ? [held, waited] : [waited, held];
  return [made, ...others].find(({ ns }) => ns >= least);
}

const SUMS = [
  ['made_wait_ns', 'made_wait_error_ns'],
  ['held_ns', 'held_error_ns'],
  ['waited_ns', 'waited_error_ns'],
  ['released_ns', 'released_error_ns'],
  ['held_while_wanted_ns', 'held_while_wanted_error_ns']
] as const;
const TOTALS = [
  ['total_held_ns', 'total_held_error_ns'],
  ['total_waited_ns', 'total_waited_error_ns'],
  ['total_released_ns', 'total_released_error_ns'],
  ['total_held_while_wanted_ns', 'total_held_while_wanted_error_ns']
] as const;

/**
 * The rows of one line as one. A line may have several: a lambda or a comprehension is a function of its own. What the
 * line itself did adds up; of the totals, in which the one function counts what the other did, the largest stands.
 *
 * @param rows at least one, the one that matters most first: the place is its
 */
export function mergedRow(rows: readonly LineRow[]): LineRow {
  const [first, ...others] = rows;
  if (others.length === 0) {
    return first;
  }
  const merged = { ...first };
  for (const row of others) {
    for (const [key, error] of SUMS) {
      const sum = added(merged[key], row[key]);
      if (sum !== undefined) {
        merged[key] = sum;
        merged[error] = rootOfSquares(merged[error], row[error]);
      }
    }
    for (const [key, error] of TOTALS) {
      if ((row[key] ?? -1) > (merged[key] ?? -1)) {
        merged[key] = row[key] ?? 0;
        merged[error] = row[error];
      }
    }
    merged.samples = added(merged.samples, row.samples);
    merged.waits = added(merged.waits, row.waits);
  }
  return merged;
}

function added(
  a: number | undefined,
  b: number | undefined
): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function rootOfSquares(
  a: number | undefined,
  b: number | undefined
): number | undefined {
  return a === undefined && b === undefined
    ? undefined
    : Math.round(Math.hypot(a ?? 0, b ?? 0));
}
