/** What the row of a thread has where its times are sampled. */
import { percentSpreads } from '../threads/percentages';
import type { ThreadRecord } from '../threads/result';
import { SLEEP_NAMES } from '../threads/sampled/sleep-kind';
import { STATE_NAMES, ThreadState } from '../threads/states';
import type { ThreadRow } from './document';

/** Errors of its times, and what it slept in; nothing for a thread of which neither was sampled. */
export function sampledTimes({
  spreads,
  sleepNs,
  sleepErrorNs,
  statesNs
}: ThreadRecord): Partial<ThreadRow> {
  const errors: ThreadRow['states_error_ns'] = {};
  statesNs.forEach((time, state) => {
    if (spreads && time > 0 && state !== ThreadState.Unknown) {
      errors[STATE_NAMES[state]] = Math.round(spreads[state].errorNs);
    }
  });
  const sleeps: ThreadRow['asleep_ns'] = {};
  const sleepErrors: ThreadRow['asleep_error_ns'] = {};
  sleepNs?.forEach((time, kind) => {
    if (time > 0) {
      sleeps[SLEEP_NAMES[kind]] = Math.round(time);
      sleepErrors[SLEEP_NAMES[kind]] = Math.round(sleepErrorNs?.[kind] ?? 0);
    }
  });
  return {
    ...(spreads && { states_error_ns: errors }),
    ...((spreads ?? sleepNs) && {
      asleep_ns: sleeps,
      asleep_error_ns: sleepErrors
    })
  };
}

/** Half widths of the intervals of the percentages; none where they are exact. */
export function percentErrors(thread: ThreadRecord): Partial<ThreadRow> {
  const spreads = percentSpreads(thread);
  return spreads === undefined
    ? {}
    : {
        ...percentColumn('has_gil_error_percent', spreads.hasGil),
        ...percentColumn('gil_wait_error_percent', spreads.gilWait),
        ...percentColumn('no_gil_error_percent', spreads.noGil),
        ...percentColumn('no_gil_working_error_percent', spreads.working),
        ...percentColumn('no_gil_asleep_error_percent', spreads.asleep)
      };
}

/** Three decimals: finer than any capture. Absent stays absent. */
export function percentColumn<K extends keyof ThreadRow>(
  key: K,
  percent: number | undefined
): { [key in K]?: number } {
  return percent === undefined
    ? {}
    : ({ [key]: Math.round(percent * 1000) / 1000 } as { [key in K]?: number });
}
