/** Requests that holders ignored, by line and by native function. */
import type { ThreadsResult } from '../threads/result';
import type { IgnoredRow } from './document';
import { placeKey, type IPlaces } from './source-paths';
import type { SourceStacks } from './source-stacks';

/** Requests that a holder ignored, the longest time first. */
export function ignoredRows(
  result: ThreadsResult,
  stacks: SourceStacks,
  paths: IPlaces
): IgnoredRow[] {
  const rows = new Map<string, IgnoredRow>();
  for (const entry of result.ignored) {
    const place = stacks.chargedLine(entry.holderStack);
    const { tid } = result.threads[entry.holder];
    const library = paths.libraryName(entry.library);
    const key = [tid, placeKey(place), entry.symbol, library].join('\u0001');
    const before = rows.get(key);
    rows.set(key, {
      tid,
      ...place,
      ...(entry.symbol !== '' && { native_function: entry.symbol }),
      ...(library !== '' && { library }),
      wanted_ns: (before?.wanted_ns ?? 0) + Math.round(entry.wantedNs),
      holds: (before?.holds ?? 0) + entry.holds,
      requests: (before?.requests ?? 0) + entry.requests
    });
  }
  return [...rows.values()].sort((a, b) => b.wanted_ns - a.wanted_ns);
}
