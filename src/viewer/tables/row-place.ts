/** Finds the row of a table that a line, a thread or a time stands for: pure. */
import type { BlameRow, SourceLine, WaitRow } from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';

/** What is known of a row that is looked for. */
export interface RowPlace {
  readonly line?: SourceLine;
  readonly tid?: number;
  /** When it begins. */
  readonly start?: Nanoseconds;
}

/** How well a row fits a place; 0: not at all. */
export type RowFit<Row> = (row: Row, place: RowPlace) => number;

/** The row that fits best, the first of equals; undefined if none fits. */
export function bestRow<Row>(
  rows: readonly Row[],
  fit: (row: Row) => number
): Row | undefined {
  let best: Row | undefined;
  let most = 0;
  for (const row of rows) {
    const value = fit(row);
    if (value > most) {
      best = row;
      most = value;
    }
  }
  return best;
}

/** Of rows of threads: a thread is its tid. */
export function threadFit(
  { tid }: { readonly tid: number },
  place: RowPlace
): number {
  return Number(place.tid === tid);
}

/** Of rows of lines: the same file and line; better if function, cell and task are the same, too. */
export function lineFit(row: Partial<SourceLine>, { line }: RowPlace): number {
  if (
    line === undefined ||
    row.file !== line.file ||
    (row.line ?? 0) !== line.line
  ) {
    return 0;
  }
  const same = [
    row.function === line.function,
    row.cell === line.cell,
    row.task === line.task
  ];
  return 1 + same.filter(Boolean).length;
}

/** Of rows of a thread on a line: what is asked for must fit, the line more than the thread. */
export function threadOnLineFit(
  row: Partial<SourceLine> & { readonly tid: number },
  place: RowPlace
): number {
  return place.line === undefined
    ? threadFit(row, place)
    : 2 * lineFit(row, place) + (lineFit(row, place) && threadFit(row, place));
}

/** Of pairs of threads: who held the GIL counts more than who waited. */
export function blameFit(
  { waiter, holder }: BlameRow,
  place: RowPlace
): number {
  const held = holder === undefined ? 0 : threadOnLineFit(holder, place);
  return held > 0 ? 2 + held : Number(threadOnLineFit(waiter, place) > 0);
}

/** Of waits: one that begins just then is meant before all others. */
export function waitFit(row: WaitRow, place: RowPlace): number {
  const { tid, start, line } = place;
  if (tid !== undefined && tid !== row.tid) {
    return 0;
  }
  if (start !== undefined) {
    return Number(start === row.start_ns);
  }
  if (line === undefined) {
    return Number(tid !== undefined);
  }
  return Math.max(
    2 * lineFit(row.holder_line ?? {}, place),
    lineFit(row.line ?? {}, place)
  );
}
