/** Who made others wait: each wait split by who held the GIL during it. */
import { boundNear } from '../columns';
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
  const first = firstRows(waits, threads);
  const rows = rowsByWaiter(waits, first);
  for (let waiter = 0; waiter < threads; waiter++) {
    if (first[waiter] === first[waiter + 1]) {
      continue;
    }
    waitNs.fill(0);
    count.fill(0);
    lastWait.fill(-1);
    let reached = 0;
    for (let i = first[waiter]; i < first[waiter + 1]; i++) {
      const row = rows[i];
      const start = waits.start[row];
      const end = waits.end[row];
      let free = end - start;
      reached = firstEndingAfter(holds, start, reached);
      for (
        let hold = reached;
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

/**
 * Index of the first hold that ends after the time; their number if there is none.
 *
 * @param near where to begin to look: a hold near the answer
 */
export function firstEndingAfter(
  holds: SpanColumns,
  time: number,
  near: number
): number {
  return boundNear(holds.end, holds.length, time, true, near);
}

/** By waiter where its rows begin in `rowsByWaiter`; behind the last one their number. */
function firstRows(
  { length, thread }: SpanColumns,
  threads: number
): Uint32Array {
  const first = new Uint32Array(threads + 1);
  for (let row = 0; row < length; row++) {
    first[thread[row] + 1]++;
  }
  for (let waiter = 0; waiter < threads; waiter++) {
    first[waiter + 1] += first[waiter];
  }
  return first;
}

/** The rows, one waiter after the other. */
function rowsByWaiter(
  { length, thread }: SpanColumns,
  first: Uint32Array
): Uint32Array {
  const rows = new Uint32Array(length);
  const next = first.slice();
  for (let row = 0; row < length; row++) {
    rows[next[thread[row]]++] = row;
  }
  return rows;
}
