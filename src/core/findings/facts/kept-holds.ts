/** Holds in which one call kept the GIL, whoever asked for it. */
import { lowerBound } from '../../columns';
import type { StateTrack } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { isTask, placeKey } from '../../trace/source-paths';
import type { Nanoseconds, ThreadIndex } from '../../units';
import { lineOf } from './own-places';
import type { RunColumns } from './run-columns';

const { RunningGil, OnCpu, HoldingOffCpu, WaitingGil } = ThreadState;

/**
 * A hold that was wanted for so many switch intervals and whose thread was on a CPU all the while, or slept, is one call: the
 * interpreter looks at a request between any two instructions (Python/ceval_gil.c).
 */
export const KEPT_INTERVALS = 3;

/** Where holds are sampled, those in a row look like one if no reading met what was between: two or three may. */
const KEPT_READINGS = 4;

/**
 * Where holds are sampled, so much of what a thread made others wait must be on one line: a loop, whose holds may look like
 * one as well, has two lines at least, and spends some tenth of its time on the line with `for`.
 */
const ONE_LINE = 0.95;

/**
 * 1 for each hold that a call kept, 0 for all others.
 *
 * @param sleepers threads that sleep with the GIL
 */
export function keptHolds(
  columns: RunColumns,
  switchInterval: Nanoseconds,
  sleepers: ReadonlySet<ThreadIndex>
): Uint8Array {
  const { holds, tracks, document } = columns;
  const { sampling } = document.capture;
  const kept = new Uint8Array(holds.length);
  const limit = Math.max(
    KEPT_INTERVALS * switchInterval,
    KEPT_READINGS * (sampling?.thread_period_ns ?? 0)
  );
  const onOneLine = sampling && threadsOnOneLine(columns);
  for (let i = 0; i < holds.length; i++) {
    const wanted = holds.wanted[i];
    if (wanted < limit) {
      continue;
    }
    const thread = holds.thread[i];
    if (onOneLine) {
      kept[i] = onOneLine.has(thread) ? 1 : 0;
    } else {
      const start = holds.start[i];
      const end = holds.end[i];
      // What it ran before somebody asked counts as if it had done so all the time.
      const ran =
        timeInCall(tracks[thread], start, end, sleepers.has(thread)) -
        (end - start - wanted);
      kept[i] = ran >= limit ? 1 : 0;
    }
  }
  return kept;
}

/** Threads that made others wait on one line nearly always. */
function threadsOnOneLine(columns: RunColumns): Set<ThreadIndex> {
  const { document, rowOf } = columns;
  const times = new Map<number, Map<string, Nanoseconds>>();
  for (const { holder, wait_ns: time } of document.blame) {
    if (holder?.file === undefined || holder.line === undefined) {
      continue;
    }
    const { tid, file, line } = holder;
    const key = placeKey(lineOf({ ...holder, file, line }));
    const lines = times.get(tid) ?? new Map<string, Nanoseconds>();
    times.set(tid, lines.set(key, (lines.get(key) ?? 0) + time));
  }
  const found = new Set<ThreadIndex>();
  rowOf.forEach((row, thread) => {
    const lines =
      times.get(document.threads[row].tid) ?? new Map<string, Nanoseconds>();
    const sum = [...lines.values()].reduce((total, time) => total + time, 0);
    for (const [key, time] of lines) {
      if (time >= ONE_LINE * sum && isOneCall(key, columns)) {
        found.add(thread);
      }
    }
  });
  return found;
}

/**
 * Whether the time of a line of the user's is its own, or that of one line of a library: there, too, a loop has several. What the
 * call made is freed on the line itself.
 */
function isOneCall(
  key: string,
  { document: { lines }, ownPlaces }: RunColumns
): boolean {
  const row = lines.find(line => placeKey(lineOf(line)) === key);
  if (row === undefined) {
    return true;
  }
  const inLibraries = lines
    .filter(line => !isTask(line) && !ownPlaces.has(line))
    .map(line => line.held_while_wanted_ns ?? 0);
  const { held_while_wanted_ns: own = 0 } = row;
  return (
    own + Math.max(0, ...inLibraries) >=
    ONE_LINE * (row.total_held_while_wanted_ns ?? 0)
  );
}

/**
 * How long a thread was on a CPU with the GIL, as far as the rung tells, until it wanted the GIL itself: so it had lost it.
 *
 * @param sleeps whether it counts that it slept with the GIL
 */
export function timeInCall(
  { length, start, state, end }: StateTrack,
  from: Nanoseconds,
  to: Nanoseconds,
  sleeps: boolean
): Nanoseconds {
  let time = 0;
  const first = Math.max(0, lowerBound(start, length, from, true) - 1);
  for (let row = first; row < length && start[row] < to; row++) {
    if (state[row] === WaitingGil) {
      break;
    }
    const until = row + 1 < length ? start[row + 1] : end;
    if (
      state[row] === RunningGil ||
      state[row] === OnCpu ||
      (sleeps && state[row] === HoldingOffCpu)
    ) {
      time += Math.max(0, Math.min(until, to) - Math.max(start[row], from));
    }
  }
  return time;
}
