/** How long the GIL is nobody's between a drop and the acquire of the thread that the drop woke. */
import type { Nanoseconds } from '../../units';
import type { RecordedRun } from './recorded-run';

/** Measured on one machine, research: p50 48 us. Taken where the run has no hand-off. */
const USUAL: Nanoseconds = 50_000;

const MOST_HAND_OFFS = 1000;

/** The median over forced drops, each of which has a waiter. */
export function handOffTime({ holds }: RecordedRun): Nanoseconds {
  const { length, start, end, forced, thread } = holds;
  const gaps: Nanoseconds[] = [];
  for (let row = 0; row + 1 < length && gaps.length < MOST_HAND_OFFS; row++) {
    if (forced[row] === 1 && thread[row + 1] !== thread[row]) {
      gaps.push(Math.max(0, start[row + 1] - end[row]));
    }
  }
  gaps.sort((a, b) => a - b);
  return gaps.length === 0 ? USUAL : gaps[gaps.length >> 1];
}
