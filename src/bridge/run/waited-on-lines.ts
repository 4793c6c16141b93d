/** Of how much of the waits the line is known, where lines are read from memory. */
import type { ThreadsResult } from '../../core/threads/result';

/** Nanoseconds of all waits for a GIL, and of those whose line was read. */
export function waitedOnLines({ waits }: ThreadsResult): {
  waited_ns: number;
  waited_on_lines_ns: number;
} {
  let waited = 0;
  let onLines = 0;
  for (let row = 0; row < waits.length; row++) {
    const time = waits.end[row] - waits.start[row];
    waited += time;
    onLines += waits.stack[row] >= 0 ? time : 0;
  }
  return {
    waited_ns: Math.round(waited),
    waited_on_lines_ns: Math.round(onLines)
  };
}
