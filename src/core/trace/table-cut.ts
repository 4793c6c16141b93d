/** The ends of a document's tables: what a bundle lists when it can't list all. */
import type { OmittedRows } from './bundle-view';
import type { ReportDocument, ThreadRow } from './document';

/** How many rows of each table are listed. */
export interface TableCut {
  readonly threads: number;
  readonly blame: number;
  readonly waits: number;
}

/** Pairs of waiter and holder: all of 16 threads. With more, the last ones say nothing any more. */
const MOST_PAIRS = 300;

/** Every row that a reader can use. */
export function wholeTables(document: ReportDocument): TableCut {
  return cutToThreads(document, Infinity);
}

/**
 * A cut that grows with `threads`: half as many pairs, a quarter as many waits, and nothing of the
 * other tables is cut where nothing of the threads is.
 */
export function cutToThreads(
  document: ReportDocument,
  threads: number
): TableCut {
  return {
    threads: Math.min(document.threads.length, threads),
    blame: Math.min(document.blame.length, Math.ceil(threads / 2), MOST_PAIRS),
    waits: Math.min(document.waits.length, Math.ceil(threads / 4))
  };
}

/** Rows that a cut leaves out; keys of whole tables are absent. */
export function omittedRows(
  document: ReportDocument,
  cut: TableCut
): OmittedRows {
  const threads = document.threads.length - cut.threads;
  const blame = document.blame.length - cut.blame;
  const waits = document.waits.length - cut.waits;
  return {
    ...(threads > 0 && { threads }),
    ...(blame > 0 && { blame }),
    ...(waits > 0 && { waits })
  };
}

/**
 * Rows of the thread table in the order in which they matter: main threads, then by time waited for the
 * GIL, then by time that held it.
 */
export function rankThreads(threads: readonly ThreadRow[]): number[] {
  const waited = (row: number): number =>
    threads[row].states_ns['waiting-gil'] ?? 0;
  const held = (row: number): number =>
    (threads[row].states_ns['running-gil'] ?? 0) +
    (threads[row].states_ns['holding-off-cpu'] ?? 0);
  return threads
    .map((_, row) => row)
    .sort(
      (a, b) =>
        Number(threads[b].main) - Number(threads[a].main) ||
        waited(b) - waited(a) ||
        held(b) - held(a) ||
        a - b
    );
}
