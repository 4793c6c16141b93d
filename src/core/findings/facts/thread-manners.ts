/** How threads use the GIL: for moments only, or hardly at all though they want it. */
import { WaitKind } from '../../threads/result';
import type { Nanoseconds, ThreadIndex } from '../../units';
import type { RunColumns } from './run-columns';

/** Part of a switch interval that a thread may run with the GIL, each time that it waited for it, to be called brief. */
const BRIEF = 0.2;

/** Sampled waits may be several in a row: one is no longer than so many switch intervals where threads take turns. */
const SAMPLED_WAIT = 2;

/**
 * A thread that had the GIL for so small a part of the time in which it had or wanted it, compared with all threads, was
 * starved if others had it again and again meanwhile. Where threads take turns, each gets its part, or half of it if it meets
 * them badly for a while.
 */
const STARVED_PART = 0.2;

/**
 * Threads that need the GIL for moments only. Where holds are not known, all time on a CPU counts as if it had been with the GIL:
 * so some are missed, and none is called brief that is not.
 */
export function briefThreads(
  { waits, document, rowOf }: RunColumns,
  switchInterval: Nanoseconds
): Set<ThreadIndex> {
  const times = new Float64Array(rowOf.length);
  for (let i = 0; i < waits.length; i++) {
    if (waits.kind[i] === WaitKind.Sampled) {
      const turns =
        (waits.end[i] - waits.start[i]) / (SAMPLED_WAIT * switchInterval);
      times[waits.thread[i]] += Math.max(1, turns);
    } else if (waits.kind[i] !== WaitKind.Forced) {
      times[waits.thread[i]]++;
    }
  }
  const brief = new Set<ThreadIndex>();
  times.forEach((count, thread) => {
    const { states_ns: states } = document.threads[rowOf[thread]];
    const ran = (states['running-gil'] ?? 0) + (states['on-cpu'] ?? 0);
    if (count > 0 && ran / count < BRIEF * switchInterval) {
      brief.add(thread);
    }
  });
  return brief;
}

/** Most of the time in which a thread had the GIL but no CPU must it have slept to be one that sleeps with the GIL. */
const MOSTLY = 0.5;

/** Threads that sleep while they have the GIL: a call that waits for something does not let go of it. */
export function sleepingHolders({
  document,
  rowOf
}: RunColumns): Set<ThreadIndex> {
  const found = new Set<ThreadIndex>();
  rowOf.forEach((row, thread) => {
    const { held_asleep_ns: asleep = 0, states_ns: states } =
      document.threads[row];
    if (asleep > MOSTLY * (states['holding-off-cpu'] ?? 0)) {
      found.add(thread);
    }
  });
  return found;
}

/** Threads that got the GIL for a small part of the time that others got it. */
export function starvedThreads({
  document,
  rowOf
}: RunColumns): Set<ThreadIndex> {
  const times = document.threads.map(({ states_ns: states }) => ({
    held:
      (states['running-gil'] ?? 0) +
      (states['holding-off-cpu'] ?? 0) +
      // Where holds are not known.
      (states['on-cpu'] ?? 0),
    waited: states['waiting-gil'] ?? 0
  }));
  const held = times.reduce((sum, time) => sum + time.held, 0);
  const waited = times.reduce((sum, time) => sum + time.waited, 0);
  const limit = (STARVED_PART * held) / Math.max(1, held + waited);
  const starved = new Set<ThreadIndex>();
  rowOf.forEach((row, thread) => {
    const own = times[row];
    if (own.waited > 0 && own.held < limit * (own.held + own.waited)) {
      starved.add(thread);
    }
  });
  return starved;
}
