/** Runs of the garbage collector in a document. */
import type { ThreadsResult } from '../threads/result';
import type { CollectionsInfo } from './document';

/** Runs of the garbage collector that are listed one by one. */
export const LISTED_COLLECTIONS = 100;

/**
 * What the garbage collector took.
 *
 * @param recorded whether its runs were recorded; undefined: not known
 * @returns undefined if they were not
 */
export function collectionsInfo(
  { collections, threads, begin }: ThreadsResult,
  recorded: boolean | undefined
): CollectionsInfo | undefined {
  const { length, thread, start, end } = collections;
  if (length === 0 && recorded !== true) {
    return undefined;
  }
  const duration = (row: number): number => Math.round(end[row] - start[row]);
  const rows = Array.from({ length }, (_, row) => row);
  const longest = [...rows]
    .sort((a, b) => duration(b) - duration(a))
    .slice(0, LISTED_COLLECTIONS)
    .sort((a, b) => a - b);
  return {
    count: length,
    total_ns: rows.reduce((sum, row) => sum + duration(row), 0),
    longest_ns: rows.reduce((most, row) => Math.max(most, duration(row)), 0),
    longest: longest.map(row => ({
      tid: threads[thread[row]].tid,
      start_ns: Math.round(start[row] - begin),
      duration_ns: duration(row)
    }))
  };
}
