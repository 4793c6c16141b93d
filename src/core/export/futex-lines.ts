/** What a reader must know of a run that was recorded by futex calls. */
import { formatPercent } from '../quantities';
import type { FutexInfo } from '../trace/document';

/** What futex calls can't tell. */
export function futexLines(futex: FutexInfo): string[] {
  return [
    'Mode futex records only who waits and who then drops the GIL: how long threads held the GIL otherwise, and what they did without it, is not known.',
    ...readWaitsLines(futex),
    ...(futex.other_gils
      ? [
          'Sub-interpreters had GILs of their own, which were not recorded: their threads are unknown.'
        ]
      : [])
  ];
}

/** Of how many waits the line was read. */
export function readWaitsLines({
  waited_ns: waited,
  waited_on_lines_ns: onLines
}: FutexInfo): string[] {
  return waited > 0
    ? [
        `Where threads waited was read from memory: known for ${formatPercent((100 * onLines) / waited)} of the time.`
      ]
    : [];
}
