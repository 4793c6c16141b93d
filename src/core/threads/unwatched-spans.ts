/** When threads used GILs that were not recorded: nothing is known of them then. */
import type { Nanoseconds } from '../units';
import type { ThreadRegistry } from './thread-registry';

/** When a thread used such a GIL; its number is the kernel's. */
export interface UnwatchedSpan {
  readonly tid: number;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** Forgets what is known of threads in these spans, and of those that never used a recorded GIL. */
export function forgetUnwatched(
  registry: ThreadRegistry,
  spans: readonly UnwatchedSpan[]
): void {
  for (const { tid, start, end } of spans) {
    registry.lastWith(tid)?.losses.push(start, end);
  }
  for (const thread of registry.threads) {
    if (thread.requests === 0) {
      thread.losses.push(-Infinity, Infinity);
    }
  }
}
