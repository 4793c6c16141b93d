/**
 * When a thread began to wait for the GIL, where nothing but its switches tells: a sleep that another one's drop
 * ended, and from which the thread went on to take the GIL.
 */
import type { Nanoseconds } from '../units';
import type { GilLedger } from './gil-ledger';
import { CpuPhase } from './phases';
import type { StepTrack } from './step-track';
import type { TracedThread } from './traced-thread';

/** Who is woken by a drop has a CPU after this time at most; later, something else has woken it. */
const LONGEST_WAKING: Nanoseconds = 2_000_000;

/** From one sleep to the next in take_gil, and from the last to the take: at most. */
const LONGEST_BETWEEN: Nanoseconds = 500_000;

/** A round that found the GIL still locked lasts one switch interval, and until there is a CPU for the thread again. */
const SHORTEST_ROUND = 0.9;
const LONGEST_ROUND = 4;

/** Drops of others before a take. */
export interface DropsBefore {
  /** The last one. */
  readonly dropped: Nanoseconds;
  /** The last one behind which a thread took the GIL that had not waited: a thread that had would have been woken. */
  readonly unanswered: Nanoseconds;
}

/**
 * The thread has taken the GIL at `time`. If it slept for it, starts its wait where the first such sleep began, with
 * the time that it had been on its CPU before as the error: the request was made within that.
 *
 * @returns whether it slept for it
 */
export function startSleptWait(
  thread: TracedThread,
  time: Nanoseconds,
  drops: DropsBefore,
  ledger: GilLedger,
  switchInterval: Nanoseconds
): boolean {
  const { cpuTrack, gilTrack } = thread;
  const { start } = cpuTrack;
  const earliest = Math.max(gilTrack.lastStart, drops.unanswered);
  const woken = sleepThatDropEnded(cpuTrack, earliest, drops.dropped, time);
  if (woken < 0) {
    return false;
  }
  let sleep = woken;
  let rounds = 0;
  for (;;) {
    const before = sleepBefore(cpuTrack, sleep);
    if (
      before < 0 ||
      start[before] < earliest ||
      start[sleep] - start[before + 1] > LONGEST_BETWEEN
    ) {
      break;
    }
    const length = (start[before + 1] - start[before]) / switchInterval;
    if (length < SHORTEST_ROUND || length > LONGEST_ROUND) {
      break;
    }
    rounds++;
    sleep = before;
  }
  ledger.startWait(thread, start[sleep]);
  thread.ignored = rounds;
  if (sleep > 0) {
    thread.waitError =
      start[sleep] - Math.max(gilTrack.lastStart, start[sleep - 1]);
  }
  return true;
}

/**
 * The step of the sleep that the drop ended. Who is woken may have to sleep once more, for gil->mutex, which whoever
 * drops the GIL still has.
 *
 * @returns -1 if there is none
 */
function sleepThatDropEnded(
  track: StepTrack,
  earliest: Nanoseconds,
  dropped: Nanoseconds,
  taken: Nanoseconds
): number {
  const { start } = track;
  let next = taken;
  let sleep = sleepBefore(track, track.length);
  while (
    sleep >= 0 &&
    start[sleep] > dropped &&
    next - start[sleep + 1] <= LONGEST_BETWEEN
  ) {
    next = start[sleep];
    sleep = sleepBefore(track, sleep);
  }
  if (sleep < 0) {
    return -1;
  }
  const woke = start[sleep + 1];
  return start[sleep] >= earliest &&
    start[sleep] <= dropped &&
    dropped <= woke &&
    woke - dropped <= LONGEST_WAKING &&
    next - woke <= LONGEST_BETWEEN
    ? sleep
    : -1;
}

/** The last sleep that ended before a step; -1 if there is none. */
function sleepBefore(track: StepTrack, step: number): number {
  for (let at = step - 2; at >= 0; at--) {
    if (track.value[at] === CpuPhase.Off) {
      return at;
    }
  }
  return -1;
}
