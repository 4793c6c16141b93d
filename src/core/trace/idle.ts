/** Threads that say nothing about a run: a kernel has some twenty of them. */
import type { ThreadRow } from './document';

/**
 * Part of its life that a thread may be awake and still be called idle. A thread that another one
 * started or stopped was on a CPU for some microseconds at least.
 */
const AWAKE_PART = 0.001;

/** Whether a thread slept all the time and never waited for the GIL. The main thread is never idle. */
export function isIdle(thread: ThreadRow): boolean {
  if (thread.main || (thread.waits ?? 0) > 0) {
    return false;
  }
  const states = thread.states_ns;
  const asleep = (states['off-cpu'] ?? 0) + (states['no-gil'] ?? 0);
  const known = thread.duration_ns - (states.unknown ?? 0);
  return asleep >= known * (1 - AWAKE_PART);
}
