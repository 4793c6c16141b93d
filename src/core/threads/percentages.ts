/** The classical table's figures: has the GIL, waits for it, does without it. */
import type { ThreadRecord } from './result';
import { summedSpread } from './sampled/spread';
import { ThreadState } from './states';

/**
 * Percentages of a thread's lifetime in the run without its unknown time. `hasGil`, `gilWait` and `noGil`
 * sum to 100; `working` and `asleep` to `noGil`. All are absent if nothing is known of the thread; all but
 * `gilWait` if holds were not recorded (rung `waits`).
 */
export interface Percentages {
  /** running-gil and holding-off-cpu. */
  hasGil?: number;
  /** waiting-gil. */
  gilWait?: number;
  /** All the rest. */
  noGil?: number;
  /** On a CPU without the GIL: the only good part of "no gil". */
  working?: number;
  /**
   * Without the GIL and not on a CPU: off-cpu, waiting-lock, and preempted too. A preempted thread does not
   * sleep, but it gets no work done either; the two parts must sum to "no gil", and `statesNs` has it apart.
   */
  asleep?: number;
}

/** @param schedulerStates whether they were recorded: without them there is no split of "no gil" */
export function percentages(
  thread: ThreadRecord,
  schedulerStates: boolean
): Percentages {
  const states = thread.statesNs;
  const known =
    states.reduce((sum, time) => sum + time, 0) - states[ThreadState.Unknown];
  if (known <= 0) {
    return {};
  }
  const percent = (time: number): number => (100 * time) / known;
  const has =
    states[ThreadState.RunningGil] + states[ThreadState.HoldingOffCpu];
  const wait = states[ThreadState.WaitingGil];
  if (states[ThreadState.OnCpu] > 0) {
    return { gilWait: percent(wait) };
  }
  const without = known - has - wait;
  const working = states[ThreadState.Running];
  return {
    hasGil: percent(has),
    gilWait: percent(wait),
    noGil: percent(without),
    ...(schedulerStates && {
      working: percent(working),
      asleep: percent(without - working)
    })
  };
}

/** Half widths of the 95 % intervals of the percentages of a sampled thread; undefined if they are exact or not known. */
export function percentSpreads(
  thread: ThreadRecord
): Required<Percentages> | undefined {
  const { spreads, statesNs } = thread;
  const known =
    statesNs.reduce((sum, time) => sum + time, 0) -
    statesNs[ThreadState.Unknown];
  if (spreads === undefined || known <= 0) {
    return undefined;
  }
  /** @param outside the state to or from which time of these states may have to go: among them doubt cancels */
  const of = (outside: ThreadState, ...states: ThreadState[]): number => {
    const sum = summedSpread(states.map(state => spreads[state]));
    if (sum === undefined) {
      return 0;
    }
    sum.doubt = spreads[outside].doubt;
    return Math.min(100, (100 * sum.errorNs) / known);
  };
  const { RunningGil, HoldingOffCpu, WaitingGil, Running } = ThreadState;
  return {
    hasGil: of(RunningGil, RunningGil, HoldingOffCpu),
    gilWait: of(WaitingGil, WaitingGil),
    noGil: of(WaitingGil, Running, ...WITHOUT_WORK),
    working: of(Running, Running),
    asleep: of(Running, ...WITHOUT_WORK)
  };
}

/** Parts of `asleep`. */
const WITHOUT_WORK = [
  ThreadState.WaitingLock,
  ThreadState.Preempted,
  ThreadState.OffCpu
] as const;
