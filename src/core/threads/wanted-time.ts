/** How long each hold was wanted: the time of it in which at least one other thread waited. */
import type { HoldRows, WaitRows } from './gil-rows';
import { rowsByStart } from './row-order';

/**
 * Nanoseconds per hold. A thread never waits for a GIL that it holds, so that all waits are those of
 * others.
 *
 * @param holds of one GIL, in order of time and without overlaps
 * @param waits for the same GIL, in any order
 */
export function wantedTimes(holds: HoldRows, waits: WaitRows): Float64Array {
  const wanted = new Float64Array(holds.length);
  const order = rowsByStart(waits);
  let hold = 0;
  let row = 0;
  while (row < waits.length) {
    // A span in which somebody waited throughout.
    const first = order === undefined ? row : order[row];
    const start = waits.start[first];
    let end = waits.end[first];
    row++;
    for (; row < waits.length; row++) {
      const next = order === undefined ? row : order[row];
      if (waits.start[next] > end) {
        break;
      }
      end = Math.max(end, waits.end[next]);
    }
    while (hold < holds.length && holds.end[hold] <= start) {
      hold++;
    }
    // The last hold that it meets may meet the next span, too.
    for (let at = hold; at < holds.length && holds.start[at] < end; at++) {
      const from = Math.max(start, holds.start[at]);
      wanted[at] += Math.max(0, Math.min(end, holds.end[at]) - from);
    }
  }
  return wanted;
}
