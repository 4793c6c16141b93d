/**
 * Exact shares of each state per step of time. A thread is in exactly one state at every instant, so
 * areas can be exact; a single longest state per pixel would hide thousands of short waits.
 */
import { STATE_COUNT, ThreadState } from '../threads/states';
import type { StateTrack } from '../threads/result';
import type { Nanoseconds } from '../units';
import type { Timeline } from '../timeline/timeline';
import { columnsTimeline } from '../timeline/result-timeline';
import type { LaneColumns } from './lanes';
import { quantize } from './shares';

/** Buckets of an overview where neither budget nor run length ask for fewer. */
export const DEFAULT_BUCKETS = 2048;

/** No bucket is shorter: clocks and stamps are not better than this. */
export const MIN_BUCKET_NS: Nanoseconds = 1000;

/** How an overview cuts the run's time. */
export interface BucketGrid {
  readonly bucketNs: Nanoseconds;
  readonly buckets: number;
}

/** At most `most` buckets of equal, whole nanoseconds that cover the duration. */
export function bucketGrid(duration: Nanoseconds, most: number): BucketGrid {
  const bucketNs = Math.max(MIN_BUCKET_NS, Math.ceil(duration / most));
  return { bucketNs, buckets: Math.max(1, Math.ceil(duration / bucketNs)) };
}

/** The states that occur in the tracks, in the order of their numbers. */
export function occurringStates(tracks: readonly StateTrack[]): ThreadState[] {
  const seen = new Uint8Array(STATE_COUNT);
  for (const { length, state } of tracks) {
    for (let i = 0; i < length; i++) {
      seen[state[i]] = 1;
    }
  }
  return Object.values(ThreadState).filter(state => seen[state] === 1);
}

/**
 * The shares of each state, as `Overview.shares` describes them.
 *
 * @param lanes for each lane the rows of its threads
 * @param states the states that get a column; others count as if the thread did not exist
 * @param timeline of the same columns: worth making once where several overviews are tried
 */
export function overviewShares(
  columns: LaneColumns,
  lanes: readonly (readonly number[])[],
  states: readonly ThreadState[],
  grid: BucketGrid,
  timeline: Timeline = columnsTimeline(columns)
): Uint8Array {
  const stride = states.length;
  const laneBytes = grid.buckets * stride;
  const shares = new Uint8Array(lanes.length * laneBytes);
  const edges = bucketEdges(columns, grid);
  const track = new Float64Array(grid.buckets * STATE_COUNT);
  const times = new Float64Array(laneBytes);
  lanes.forEach((rows, lane) => {
    times.fill(0);
    for (const row of rows) {
      timeline.threads[row].sums.sumEdges(edges, track);
      addStates(track, states, times);
    }
    const out = shares.subarray(lane * laneBytes, (lane + 1) * laneBytes);
    quantize(times, stride, out);
  });
  return shares;
}

/** The edges of the grid on the columns' clock; the last bucket ends with the run. */
function bucketEdges(
  { begin, end }: LaneColumns,
  { bucketNs, buckets }: BucketGrid
): Float64Array {
  return Float64Array.from({ length: buckets + 1 }, (_, bucket) =>
    Math.min(begin + bucket * bucketNs, end)
  );
}

/** Adds a track's [bucket][ThreadState] nanoseconds to the [bucket][column of states] table `times`. */
function addStates(
  track: Float64Array,
  states: readonly ThreadState[],
  times: Float64Array
): void {
  for (let from = 0, to = 0; from < track.length; from += STATE_COUNT) {
    for (const state of states) {
      times[to++] += track[from + state];
    }
  }
}
