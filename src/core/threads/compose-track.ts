/** The two layers of a thread's track, put together as one state per instant. */
import type { Nanoseconds } from '../units';
import { ThreadState } from './states';
import { StepTrack } from './step-track';
import type { TracedThread } from './traced-thread';

/** State by GilPhase (row) and CpuPhase (column: unknown, on, preempted, off). */
const STATES: readonly (readonly ThreadState[])[] = [
  [
    ThreadState.Unknown,
    ThreadState.Unknown,
    ThreadState.Unknown,
    ThreadState.Unknown
  ],
  [
    ThreadState.Unknown,
    ThreadState.Running,
    ThreadState.Preempted,
    ThreadState.OffCpu
  ],
  [
    ThreadState.WaitingGil,
    ThreadState.WaitingGil,
    ThreadState.WaitingGil,
    ThreadState.WaitingGil
  ],
  [
    ThreadState.Unknown,
    ThreadState.RunningGil,
    ThreadState.HoldingOffCpu,
    ThreadState.HoldingOffCpu
  ]
];

/** State by GilPhase where scheduler states were not recorded. */
const GIL_STATES: readonly ThreadState[] = [
  ThreadState.Unknown,
  ThreadState.NoGil,
  ThreadState.WaitingGil,
  ThreadState.RunningGil
];

/**
 * States of the thread from `begin` to `end`.
 *
 * @param losses edges of what is not known, as `mergedLosses` makes them
 */
export function composeTrack(
  thread: TracedThread,
  losses: readonly Nanoseconds[],
  begin: Nanoseconds,
  end: Nanoseconds,
  schedulerStates: boolean
): StepTrack {
  const { gilTrack, cpuTrack } = thread;
  let gil = gilTrack.indexAt(begin);
  let cpu = schedulerStates ? cpuTrack.indexAt(begin) : cpuTrack.length - 1;
  // Edges at even indexes begin what is not known, those at odd ones end it.
  let loss = 0;
  while (loss < losses.length && losses[loss] <= begin) {
    loss++;
  }
  const track = new StepTrack(begin, ThreadState.Unknown);
  let time = begin;
  while (time < end) {
    let state: number = ThreadState.Unknown;
    if (loss % 2 === 0) {
      const phase = gilTrack.value[gil];
      state = schedulerStates
        ? STATES[phase][cpuTrack.value[cpu]]
        : GIL_STATES[phase];
    }
    track.append(time, state);

    const nextGil =
      gil + 1 < gilTrack.length ? gilTrack.start[gil + 1] : Infinity;
    const nextCpu =
      cpu + 1 < cpuTrack.length ? cpuTrack.start[cpu + 1] : Infinity;
    const nextLoss = loss < losses.length ? losses[loss] : Infinity;
    time = Math.min(nextGil, nextCpu, nextLoss);
    if (nextGil === time) {
      gil++;
    }
    if (nextCpu === time) {
      cpu++;
    }
    if (nextLoss === time) {
      loss++;
    }
  }
  return track;
}

/** Time in each state; `counts` is as long as there are states. */
export function addStateTimes(
  track: StepTrack,
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
