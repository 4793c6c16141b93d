/** Edges of columns on the time axis. */
import type { Nanoseconds } from '../units';

/**
 * The edges of equal columns that cover [from, to): the first is `from`, the last `to`.
 *
 * @param reused filled and given back if it has the right length
 * @returns columns + 1 times
 */
export function cutEvenly(
  from: Nanoseconds,
  to: Nanoseconds,
  columns: number,
  reused?: Float64Array
): Float64Array {
  const edges =
    reused?.length === columns + 1 ? reused : new Float64Array(columns + 1);
  const width = (to - from) / columns;
  for (let column = 0; column < columns; column++) {
    edges[column] = from + column * width;
  }
  edges[columns] = to;
  return edges;
}
