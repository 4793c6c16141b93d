/** A thread's states, cut to what the result shows: the run's window, without what is not known. */
import type { Nanoseconds } from '../units';
import { ThreadState } from './states';
import type { StepTrack } from './step-track';

/** A part of a StepTrack's columns, as long as it has steps. */
export interface CutTrack {
  readonly length: number;
  readonly start: Float64Array;
  readonly value: Uint8Array;
}

/**
 * The states from `begin` to `end`. The track must not be used any more: its columns become the
 * result's, so that nothing is held twice.
 *
 * @param losses edges of what is not known, as `mergedLosses` makes them
 */
export function cutTrack(
  track: StepTrack,
  losses: readonly Nanoseconds[],
  begin: Nanoseconds,
  end: Nanoseconds
): CutTrack {
  // Edges at even indexes begin what is not known, those at odd ones end it.
  let loss = 0;
  while (loss < losses.length && losses[loss] <= begin) {
    loss++;
  }
  let step = track.indexAt(begin);
  if (loss % 2 === 0 && (loss === losses.length || losses[loss] >= end)) {
    return inPlace(track, step, begin, end);
  }
  // Written over what was read, with a step more at each edge: two copies of a long track are too much.
  const { length, start, value } = track.rewind(
    step,
    losses.length,
    begin,
    ThreadState.Unknown
  );
  step = 0;
  let time = begin;
  while (time < end) {
    track.append(time, loss % 2 === 0 ? value[step] : ThreadState.Unknown);
    const nextStep = step + 1 < length ? start[step + 1] : Infinity;
    const nextLoss = loss < losses.length ? losses[loss] : Infinity;
    time = Math.min(nextStep, nextLoss);
    if (nextStep === time) {
      step++;
    }
    if (nextLoss === time) {
      loss++;
    }
  }
  return exactly(track);
}

/** The track's own columns, where nothing is left out of them. */
export function exactly(track: StepTrack): CutTrack {
  const { length, start, value } = track;
  return {
    length,
    start: start.subarray(0, length),
    value: value.subarray(0, length)
  };
}

function inPlace(
  { start, value, length }: StepTrack,
  first: number,
  begin: Nanoseconds,
  end: Nanoseconds
): CutTrack {
  let last = length;
  while (last > first + 1 && start[last - 1] >= end) {
    last--;
  }
  start[first] = begin;
  return {
    length: last - first,
    start: start.subarray(first, last),
    value: value.subarray(first, last)
  };
}

/** Time in each state; `counts` is as long as there are states. */
export function addStateTimes(
  track: CutTrack,
  end: Nanoseconds,
  counts: Float64Array
): void {
  for (let i = 0; i < track.length; i++) {
    const next = i + 1 < track.length ? track.start[i + 1] : end;
    counts[track.value[i]] += next - track.start[i];
  }
}

/**
 * A thread's spans of loss as edges in order of time, without overlaps; what lies before the recording
 * is one of them.
 */
export function mergedLosses(
  losses: readonly Nanoseconds[],
  recordedFrom: Nanoseconds
): Nanoseconds[] {
  const edges = [-Infinity, recordedFrom];
  const spans: [Nanoseconds, Nanoseconds][] = [];
  for (let i = 0; i < losses.length; i += 2) {
    spans.push([losses[i], losses[i + 1]]);
  }
  spans.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  for (const [start, end] of spans) {
    const last = edges.length - 1;
    if (start > edges[last]) {
      edges.push(start, end);
    } else if (end > edges[last]) {
      edges[last] = end;
    }
  }
  return edges;
}
