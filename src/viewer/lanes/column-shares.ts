/**
 * How much of each pixel column a thread spent in each state. A thread is in exactly one state at each
 * instant, so that a column's shares are exact areas: they sum to the part of the column in which the
 * thread existed. Showing the longest interval instead would hide contention, which is thousands of
 * waits that are all shorter than a pixel.
 */
import { STATE_COUNT } from '../../core/threads/states';
import type { ThreadState } from '../../core/threads/states';
import {
  intervalAt as rowAt,
  intervalEnd,
  intervalRange
} from '../../core/timeline/interval-track';
import type { Nanoseconds } from '../../core/units';
import type { ExactSpan, OverviewRow } from './bundle-lane';
import type { ColumnShares, Interval } from './lane-source';
import type { TimeRange } from './time-scale';
import { spanOf } from './time-scale';

/** What a bundle stores of a lane. */
export interface StoredLane {
  readonly overview: OverviewRow;
  /** Ordered by start, not overlapping; empty for a lane of several threads. */
  readonly exact: readonly ExactSpan[];
}

/**
 * Fill `out` (length columns x STATE_COUNT) with the shares of a lane over `range`. Exact intervals are
 * used where the bundle has them, the overview everywhere else, also within one column.
 */
export function columnShares(
  lane: StoredLane,
  range: TimeRange,
  columns: number,
  out: ColumnShares,
  room: Room = new Room()
): void {
  out.fill(0, 0, columns * STATE_COUNT);
  let from = range.start;
  for (const span of lane.exact) {
    if (span.end <= from) {
      continue;
    }
    if (span.start >= range.end) {
      break;
    }
    if (span.start > from) {
      addOverview(lane.overview, from, span.start, range, columns, out);
    }
    addExact(span, range, columns, out, room);
    from = span.end;
  }
  if (from < range.end) {
    addOverview(lane.overview, from, range.end, range, columns, out);
  }
}

/** The exact interval at a time, or undefined where only the overview is known, or nothing. */
export function intervalAt(
  lane: StoredLane,
  time: Nanoseconds
): Interval | undefined {
  for (const span of lane.exact) {
    if (time < span.start || time >= span.end) {
      continue;
    }
    const row = rowAt(span.track, time);
    return row < 0 ? undefined : intervalOf(span, row);
  }
  return undefined;
}

/** Call `visit` for each exact interval within `range` that lasts at least `atLeast`. */
export function visitExact(
  lane: StoredLane,
  range: TimeRange,
  atLeast: Nanoseconds,
  visit: (interval: Interval) => void
): void {
  for (const span of lane.exact) {
    if (span.end <= range.start || span.start >= range.end) {
      continue;
    }
    const [first, last] = intervalRange(span.track, range.start, range.end);
    for (let row = first; row < last; row++) {
      const start = Math.max(span.track.start[row], span.start);
      const end = Math.min(intervalEnd(span.track, row), span.end);
      if (end - start >= atLeast) {
        visit(intervalOf(span, row));
      }
    }
  }
}

function intervalOf(span: ExactSpan, row: number): Interval {
  const { track } = span;
  const start = Math.max(track.start[row], span.start);
  const end = Math.min(intervalEnd(track, row), span.end);
  return {
    start,
    end,
    state: track.state[row] as ThreadState,
    cut:
      (span.cutAtStart && start === span.start) ||
      (span.cutAtEnd && end === span.end)
  };
}

/** Buffers that all lanes of a view share, so that a frame makes none. */
export class Room {
  /** At least so many edges of columns. */
  edges(length: number): Float64Array {
    if (this._edges.length < length) {
      this._edges = new Float64Array(length);
      this._times = new Float64Array(length * STATE_COUNT);
    }
    return this._edges.subarray(0, length);
  }

  /** At least so many columns, no more than there were edges. */
  times(columns: number): Float64Array {
    return this._times.subarray(0, columns * STATE_COUNT);
  }

  private _edges = new Float64Array(0);
  private _times = new Float64Array(0);
}

function addExact(
  span: ExactSpan,
  range: TimeRange,
  columns: number,
  out: ColumnShares,
  room: Room
): void {
  const width = spanOf(range) / columns;
  const from = Math.max(span.start, range.start);
  const to = Math.min(span.end, range.end);
  const first = Math.max(0, Math.floor((from - range.start) / width));
  const last = Math.min(columns, Math.ceil((to - range.start) / width));
  if (last <= first) {
    return;
  }
  const edges = room.edges(last - first + 1);
  for (let edge = 0; edge < edges.length; edge++) {
    const time = range.start + (first + edge) * width;
    edges[edge] = Math.min(Math.max(time, from), to);
  }
  const times = room.times(last - first);
  span.sums.sumEdges(edges, times);
  for (let i = 0, at = first * STATE_COUNT; i < times.length; i++, at++) {
    out[at] += times[i] / width;
  }
}

function addOverview(
  overview: OverviewRow,
  from: Nanoseconds,
  to: Nanoseconds,
  range: TimeRange,
  columns: number,
  out: ColumnShares
): void {
  const { bucketNs, buckets, states, shares } = overview;
  const first = Math.max(0, Math.floor(from / bucketNs));
  const last = Math.min(buckets, Math.ceil(to / bucketNs));
  for (let bucket = first; bucket < last; bucket++) {
    const start = Math.max(bucket * bucketNs, from);
    const end = Math.min((bucket + 1) * bucketNs, to);
    const row = bucket * states.length;
    for (let i = 0; i < states.length; i++) {
      const share = shares[row + i];
      if (share !== 0) {
        addInterval(start, end, states[i], share / 255, range, columns, out);
      }
    }
  }
}

/** Add `weight` x the covered part to each column that [start, end) touches. */
function addInterval(
  start: Nanoseconds,
  end: Nanoseconds,
  state: number,
  weight: number,
  range: TimeRange,
  columns: number,
  out: ColumnShares
): void {
  const scale = columns / spanOf(range);
  const from = Math.max(0, (start - range.start) * scale);
  const to = Math.min(columns, (end - range.start) * scale);
  if (!(to > from)) {
    return;
  }
  const first = Math.floor(from);
  const last = Math.min(columns - 1, Math.floor(to));
  if (first === last) {
    out[first * STATE_COUNT + state] += (to - from) * weight;
    return;
  }
  out[first * STATE_COUNT + state] += (first + 1 - from) * weight;
  for (let column = first + 1; column < last; column++) {
    out[column * STATE_COUNT + state] += weight;
  }
  out[last * STATE_COUNT + state] += (to - last) * weight;
}
