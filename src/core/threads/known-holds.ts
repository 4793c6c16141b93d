/**
 * Holds that waiters saw, where takes and drops were not recorded: whose they are is settled at the end,
 * since a thread's state may become known long after it was seen.
 */
import type { Nanoseconds, ThreadIndex } from '../units';
import { exactly, type CutTrack } from './final-track';
import type { Gil } from './gil';
import { ThreadState } from './states';
import { StepTrack } from './step-track';

export interface KnownHold {
  /** Index of the GIL. */
  gil: number;
  thread: ThreadIndex;
  start: Nanoseconds;
  end: Nanoseconds;
}

/** What waiters saw of each thread, in order of time, without overlaps. */
export function knownHolds(
  gils: readonly Gil[]
): Map<ThreadIndex, KnownHold[]> {
  const byThread = new Map<ThreadIndex, KnownHold[]>();
  gils.forEach(({ spans, owners }, gil) => {
    for (let row = 0; row < spans.length; row++) {
      const start = spans.start[row];
      const end = spans.end[row];
      const thread =
        spans.thread[row] >= 0
          ? spans.thread[row]
          : owners.ownerAt(spans.tstate[row], start);
      if (thread < 0) {
        continue;
      }
      const hold = { gil, thread, start, end };
      const known = byThread.get(thread);
      if (known === undefined) {
        byThread.set(thread, [hold]);
      } else {
        known.push(hold);
      }
    }
  });
  for (const known of byThread.values()) {
    known.sort((a, b) => a.start - b.start);
    for (let i = 1; i < known.length; i++) {
      // A thread has one GIL at a time: what is seen later counts.
      known[i - 1].end = Math.min(known[i - 1].end, known[i].start);
    }
  }
  return byThread;
}

/**
 * The track with what is known of the thread's holds, which are reported as rows. Where the thread waits for
 * the GIL or for a lock, or nothing is known of it, it does not hold, and what was known before does not
 * count any more.
 */
export function withKnownHolds(
  track: CutTrack,
  end: Nanoseconds,
  known: readonly KnownHold[],
  schedulerStates: boolean,
  report: (hold: KnownHold) => void
): CutTrack {
  if (track.length === 0) {
    return track;
  }
  const made = new StepTrack(track.start[0], track.value[0]);
  let at = 0;
  let open: KnownHold | undefined;
  const close = (time: Nanoseconds): void => {
    if (open !== undefined) {
      report({ ...open, end: time });
      open = undefined;
    }
  };
  for (let step = 0; step < track.length; step++) {
    const state = track.value[step];
    const last = step + 1 < track.length ? track.start[step + 1] : end;
    let time = track.start[step];
    while (time < last) {
      while (at < known.length && known[at].end <= time) {
        at++;
      }
      const hold: KnownHold | undefined = known[at];
      const within = hold !== undefined && hold.start <= time;
      const until = hold === undefined ? last : within ? hold.end : hold.start;
      const shown = within ? holding(state) : undefined;
      if (within && shown === undefined) {
        at++;
      }
      if (shown === undefined || open?.gil !== hold?.gil) {
        close(time);
      }
      if (shown !== undefined && hold !== undefined && open === undefined) {
        open = { ...hold, start: time };
      }
      made.append(time, shown ?? unrecorded(state, schedulerStates));
      time = Math.min(last, until);
      if (time === hold?.end) {
        close(time);
      }
    }
  }
  close(end);
  return exactly(made);
}

/** The state of a thread that holds the GIL; undefined if its state shows that it does not. */
export function holding(state: number): ThreadState | undefined {
  switch (state) {
    case ThreadState.OnCpu:
      return ThreadState.RunningGil;
    case ThreadState.Preempted:
    case ThreadState.OffCpu:
      return ThreadState.HoldingOffCpu;
    default:
      return undefined;
  }
}

/** Without the scheduler's records nobody knows whether the thread was on a CPU. */
function unrecorded(state: number, schedulerStates: boolean): number {
  return state === ThreadState.OnCpu && !schedulerStates
    ? ThreadState.Unknown
    : state;
}
