/** Who made others wait: each wait split by who held the GIL during it. */
import { lowerBound } from '../columns';
import type { ThreadIndex } from '../units';
import type { BlameEntry } from './result';

/** Columns of one GIL's holds or waits. */
export interface SpanColumns {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/**
 * One entry per waiter and holder, exact: the time that their waits and holds have in common. Time of a
 * wait that is in nobody's hold goes to holder -1.
 *
 * @param waits in any order
 * @param holds of the same GIL, in order of time and without overlaps
 * @param threads how many threads there are
 * @returns in order of waiter, then holder
 */
export function blame(
  waits: SpanColumns,
  holds: SpanColumns,
  threads: number
): BlameEntry[] {
  // A row for one waiter at a time; the column of nobody comes first.
  const waitNs = new Float64Array(threads + 1);
  const count = new Float64Array(threads + 1);
  const lastWait = new Int32Array(threads + 1);
  const entries: BlameEntry[] = [];
  for (const [waiter, rows] of rowsByWaiter(waits)) {
    waitNs.fill(0);
    count.fill(0);
    lastWait.fill(-1);
    for (const row of rows) {
      const start = waits.start[row];
      const end = waits.end[row];
      let free = end - start;
      for (
        let hold = firstEndingAfter(holds, start);
        hold < holds.length && holds.start[hold] < end;
        hold++
      ) {
        const from = Math.max(start, holds.start[hold]);
        const shared = Math.min(end, holds.end[hold]) - from;
        if (shared > 0) {
          const column = holds.thread[hold] + 1;
          waitNs[column] += shared;
          free -= shared;
          if (lastWait[column] !== row) {
            lastWait[column] = row;
            count[column]++;
          }
        }
      }
      if (free > 0) {
        waitNs[0] += free;
        count[0]++;
      }
    }
    for (let column = 0; column <= threads; column++) {
      if (count[column] > 0) {
        entries.push({
          waiter,
          holder: column - 1,
          waitNs: waitNs[column],
          count: count[column]
        });
      }
    }
  }
  return entries;
}

/** Index of the first hold that ends after the time; their number if there is none. */
export function firstEndingAfter(holds: SpanColumns, time: number): number {
  return lowerBound(holds.end, holds.length, time, true);
}

function rowsByWaiter(waits: SpanColumns): [ThreadIndex, number[]][] {
  const rows = new Map<ThreadIndex, number[]>();
  for (let row = 0; row < waits.length; row++) {
    const list = rows.get(waits.thread[row]);
    if (list) {
      list.push(row);
    } else {
      rows.set(waits.thread[row], [row]);
    }
  }
  return [...rows].sort(([a], [b]) => a - b);
}
