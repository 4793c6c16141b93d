/**
 * Awake without the GIL: is that work? A thread that waits for the GIL wakes up now and then, and waits for a CPU; a
 * reading that meets it then says no more than that it is awake. But the kernel counts exactly how long a thread was on a
 * CPU. What of that is not spent with the GIL is its work without it, and no more.
 *
 * The rest is a wait for the GIL only where the thread was read to wait for it just before or after. Elsewhere it is time
 * awake without a CPU: a thread that comes and goes between C code and Python takes the GIL without a wait.
 */
import type { Nanoseconds } from '../../units';
import { ThreadState } from '../states';
import type { ThreadSeries } from './series';
import type { StateSpreads } from './state-spreads';
import { isHolding, type ThreadPieces } from './thread-pieces';

/** Who is seen awake so often in a row works: nobody takes so long to fall asleep. */
const WORK_READINGS = 3;

/**
 * Makes those pieces waits for the GIL or for a CPU in which the thread can't have worked. Which of several that is,
 * nothing tells; the sum is right.
 *
 * @param period time between two readings of one thread
 * @param spreads of the thread: what is moved is doubtful in the state that it leaves and in the one that it gets
 */
export function settleWork(
  pieces: ThreadPieces,
  series: ThreadSeries,
  period: Nanoseconds,
  spreads: StateSpreads
): void {
  const used = cpuTime(series, pieces.start[0], pieces.end);
  if (used === undefined) {
    return;
  }
  const doubtful: number[] = [];
  let budget = used;
  let doubt = 0;
  for (let piece = 0; piece < pieces.length; piece++) {
    const state = pieces.state[piece];
    const time = pieces.endOf(piece) - pieces.start[piece];
    if (state === ThreadState.RunningGil) {
      budget -= time;
    } else if (state === ThreadState.Running) {
      if (time < WORK_READINGS * period && isBetweenWaits(pieces, piece)) {
        doubtful.push(piece);
        doubt += time;
      } else {
        budget -= time;
      }
    }
  }
  const share = doubt > 0 ? Math.min(1, Math.max(0, budget) / doubt) : 1;
  let credit = 0;
  for (const piece of doubtful) {
    const time = pieces.endOf(piece) - pieces.start[piece];
    credit += share * time;
    if (2 * credit >= time) {
      credit -= time;
    } else {
      const moved =
        wasReadToWait(pieces, series, piece, -1) ||
        wasReadToWait(pieces, series, piece, 1)
          ? ThreadState.WaitingGil
          : ThreadState.Preempted;
      pieces.state[piece] = moved;
      spreads[ThreadState.Running].doubt += time;
      spreads[moved].doubt += time;
    }
  }
}

/**
 * Widens the errors of the states without the GIL by as much as their readings contradict the kernel's count of CPU time: a
 * thread that is woken for less than a round, again and again, is met awake more often than it runs.
 *
 * @param spreads of the thread; those of its holds must be complete
 */
export function widenByCpuTime(
  pieces: ThreadPieces,
  series: ThreadSeries,
  spreads: StateSpreads
): void {
  const used = cpuTime(series, pieces.start[0], pieces.end);
  if (used === undefined) {
    return;
  }
  let awake = 0;
  let unknown = 0;
  for (let piece = 0; piece < pieces.length; piece++) {
    const time = pieces.endOf(piece) - pieces.start[piece];
    const state = pieces.state[piece];
    if (state === ThreadState.RunningGil || state === ThreadState.Running) {
      awake += time;
    } else if (state === ThreadState.Unknown) {
      unknown += time;
    }
  }
  const doubt =
    Math.max(awake - used, used - unknown - awake) -
    spreads[ThreadState.RunningGil].errorNs;
  if (doubt > 0) {
    for (const state of AWAKE_OR_NOT) {
      spreads[state].doubt += doubt;
    }
  }
}

/** What a thread that is met without the GIL may be in, or just before or after. */
const AWAKE_OR_NOT = [
  ThreadState.Running,
  ThreadState.OffCpu,
  ThreadState.Preempted
] as const;

/** Whether the nearest piece of another reading, before or after, is a wait for the GIL that was read as one. */
function wasReadToWait(
  { row, length }: ThreadPieces,
  { state }: ThreadSeries,
  piece: number,
  step: -1 | 1
): boolean {
  let at = piece + step;
  // Where it had no CPU in between, the same reading goes on.
  while (at >= 0 && at < length && row[at] === row[piece]) {
    at += step;
  }
  return (
    at >= 0 &&
    at < length &&
    row[at] >= 0 &&
    state[row[at]] === ThreadState.WaitingGil
  );
}

/** Before and after it the thread had the GIL, or waited for it or for a CPU. */
function isBetweenWaits(
  { state, length }: ThreadPieces,
  piece: number
): boolean {
  return (
    (piece === 0 || isOfGil(state[piece - 1])) &&
    (piece + 1 === length || isOfGil(state[piece + 1]))
  );
}

function isOfGil(state: number): boolean {
  return (
    isHolding(state) ||
    state === ThreadState.WaitingGil ||
    state === ThreadState.Preempted
  );
}

/** In a span, as between the first and the last reading in it; undefined where the kernel does not tell. */
function cpuTime(
  { length, first, last, cpu }: ThreadSeries,
  begin: Nanoseconds,
  end: Nanoseconds
): Nanoseconds | undefined {
  let from = -1;
  let to = -1;
  for (let row = 0; row < length; row++) {
    if (last[row] < begin || from < 0) {
      from = row;
    }
    if (first[row] <= end) {
      to = row;
    }
  }
  const between = last[to] - last[from];
  return !(between > 0) || cpu[to] === 0
    ? undefined
    : ((cpu[to] - cpu[from]) * (end - begin)) / between;
}
