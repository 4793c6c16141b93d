/** The scheduler's records → when a thread was on a CPU. */
import type { Nanoseconds } from '../units';
import { CpuPhase } from './phases';
import type { TracedThread } from './traced-thread';

/** The thread got a CPU. Before, if nothing was known: it slept, or waited for a CPU if it was runnable. */
export function switchedIn(thread: TracedThread, time: Nanoseconds): void {
  const track = thread.cpuTrack;
  if (track.last === CpuPhase.Unknown) {
    track.append(
      thread.cpuKnownFrom,
      thread.startRunning === true ? CpuPhase.Preempted : CpuPhase.Off
    );
  }
  track.append(time, CpuPhase.On);
}

/** The thread lost its CPU, which it had until now. */
export function switchedOut(
  thread: TracedThread,
  time: Nanoseconds,
  preempted: boolean
): void {
  ranUntilNow(thread);
  thread.cpuTrack.append(time, preempted ? CpuPhase.Preempted : CpuPhase.Off);
}

/** The thread ran into a probe, so it is on a CPU. */
export function ranAt(thread: TracedThread, time: Nanoseconds): void {
  ranUntilNow(thread);
  thread.cpuTrack.append(time, CpuPhase.On);
}

function ranUntilNow(thread: TracedThread): void {
  if (thread.cpuTrack.last === CpuPhase.Unknown) {
    thread.cpuTrack.append(thread.cpuKnownFrom, CpuPhase.On);
  }
}

/** What the start snapshot says of the thread's CPU, for a thread of which no event has come. */
export function settleByStart(thread: TracedThread): void {
  if (
    thread.cpuTrack.last === CpuPhase.Unknown &&
    !thread.seen &&
    thread.startRunning !== undefined
  ) {
    thread.cpuTrack.append(
      thread.cpuKnownFrom,
      thread.startRunning ? CpuPhase.On : CpuPhase.Off
    );
  }
}

/** Records of the thread may have been lost between the two times. */
export function loseCpu(
  thread: TracedThread,
  start: Nanoseconds,
  end: Nanoseconds
): void {
  settleByStart(thread);
  thread.cpuTrack.append(start, CpuPhase.Unknown);
  thread.cpuKnownFrom = end;
  thread.startRunning = undefined;
}

/** How long the thread has had a CPU, or may have had one, between two times; Infinity if it has slept. */
export function ranSince(
  { cpuTrack }: TracedThread,
  since: Nanoseconds,
  time: Nanoseconds
): Nanoseconds {
  let ran = 0;
  let until = time;
  for (let step = cpuTrack.length - 1; step >= 0 && until > since; step--) {
    const from = Math.max(cpuTrack.start[step], since);
    const phase = cpuTrack.value[step];
    if (phase === CpuPhase.Off) {
      return Infinity;
    }
    ran += phase === CpuPhase.Preempted ? 0 : until - from;
    until = from;
  }
  return ran;
}
