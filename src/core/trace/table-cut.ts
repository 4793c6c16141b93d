/** The ends of a document's tables: what a bundle lists when it can't list all. */
import type { OmittedRows } from './bundle-view';
import type { ReportDocument, ThreadRow } from './document';

/** How many rows of each table are listed. */
export interface TableCut {
  readonly threads: number;
  readonly blame: number;
  readonly waits: number;
  readonly lines: number;
  readonly ignored: number;
  readonly locks: number;
}

/** The tables that say the less the further down; the number of rows after which they say nothing. */
const MOST_ROWS = {
  /** Pairs of waiter and holder: all of 16 threads. */
  blame: 300,
  /** A pair with lines takes three times the room. */
  lineBlame: 100,
  lines: 150,
  ignored: 50,
  locks: 50
} as const;

const TABLES = [
  'threads',
  'blame',
  'waits',
  'lines',
  'ignored',
  'locks'
] as const satisfies readonly (keyof TableCut)[];

/** Every row that a reader can use. */
export function wholeTables(document: ReportDocument): TableCut {
  return cutToThreads(document, Infinity);
}

/**
 * A cut that grows with `threads`: half as many pairs and lines, a quarter as many of the rest, and nothing
 * of the other tables is cut where nothing of the threads is, except for ends that nobody reads.
 */
export function cutToThreads(
  document: ReportDocument,
  threads: number
): TableCut {
  const half = Math.ceil(threads / 2);
  const quarter = Math.ceil(threads / 4);
  const { blame, waits, lines, ignored, locks } = document;
  const pairs = lines.length > 0 ? MOST_ROWS.lineBlame : MOST_ROWS.blame;
  return {
    threads: Math.min(document.threads.length, threads),
    blame: Math.min(blame.length, half, pairs),
    waits: Math.min(waits.length, quarter),
    lines: Math.min(lines.length, half, MOST_ROWS.lines),
    ignored: Math.min(ignored.length, quarter, MOST_ROWS.ignored),
    locks: Math.min(locks.length, quarter, MOST_ROWS.locks)
  };
}

/** Rows that a cut leaves out; keys of whole tables are absent. */
export function omittedRows(
  document: ReportDocument,
  cut: TableCut
): OmittedRows {
  const omitted: Partial<Record<keyof TableCut, number>> = {};
  for (const table of TABLES) {
    const rows = document[table].length - cut[table];
    if (rows > 0) {
      omitted[table] = rows;
    }
  }
  return omitted;
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
