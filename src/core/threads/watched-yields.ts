/** When a thread that yields has waited for another to take the GIL, where only the other's take has an event. */
import type { Nanoseconds } from '../units';
import { CpuPhase } from './phases';
import type { TracedThread } from './traced-thread';

/**
 * Until when a thread waited that yields, and whose `stamp` is when another has taken the GIL (Infinity: none has): that
 * one wakes it, and the wait is over when it has a CPU again.
 *
 * @returns Infinity if it still waits
 */
export function yieldedUntil({ stamp, cpuTrack }: TracedThread): Nanoseconds {
  if (stamp === Infinity) {
    return Infinity;
  }
  const { length, start, value } = cpuTrack;
  let step = cpuTrack.indexAt(stamp);
  // Where nothing is known of its CPU, it may have one.
  while (step < length && value[step] >= CpuPhase.Preempted) {
    step++;
  }
  return step < length ? Math.max(stamp, start[step]) : Infinity;
}
