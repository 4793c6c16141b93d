/** All threads' states in order of time. */
import type { StateTrack } from '../../threads/result';
import type { Nanoseconds, ThreadIndex } from '../../units';

/** A thread before its first state, and after its last one. */
export const ABSENT = -1;

/** @param from state before `time`, or ABSENT @param to state from then on, or ABSENT */
export type StateVisitor = (
  thread: ThreadIndex,
  time: Nanoseconds,
  from: number,
  to: number
) => void;

/** Tells each change of each thread, in order of time. */
export function sweepStates(
  tracks: readonly StateTrack[],
  visit: StateVisitor
): void {
  const next = new Int32Array(tracks.length);
  const time = new Float64Array(tracks.length);
  const heap = new Int32Array(tracks.length);
  let size = 0;
  tracks.forEach((track, thread) => {
    if (track.length > 0) {
      time[thread] = track.start[0];
      heap[size++] = thread;
    }
  });
  /** Puts the thread at a place, and what is earlier above it. */
  const sink = (at: number): void => {
    const thread = heap[at];
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && time[heap[child + 1]] < time[heap[child]]) {
        child++;
      }
      if (time[thread] <= time[heap[child]]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = thread;
  };
  for (let at = (size >> 1) - 1; at >= 0; at--) {
    sink(at);
  }
  while (size > 0) {
    const thread = heap[0];
    const { length, start, state, end } = tracks[thread];
    const row = next[thread]++;
    visit(
      thread,
      time[thread],
      row > 0 ? state[row - 1] : ABSENT,
      row < length ? state[row] : ABSENT
    );
    if (row < length) {
      time[thread] = row + 1 < length ? start[row + 1] : end;
    } else {
      heap[0] = heap[--size];
    }
    if (size > 0) {
      sink(0);
    }
  }
}
