/** Why a replay can't tell what a change would have done. */
import type { ReportDocument } from '../../trace/document';

export type WhatIfGap =
  /** The rung does not know each hold. */
  | 'rung'
  /** This Python has no GIL. */
  | 'no-gil'
  /** It was not recorded when threads were on a CPU. */
  | 'scheduler-states'
  /** Takes and drops were given up for a part of the run. */
  | 'shed'
  | 'lost-records'
  /** Some came too late to be put in order. */
  | 'late-records'
  /** The trace was made by a version that did not keep holds. */
  | 'old-trace'
  | 'several-gils'
  /** At most one thread held the GIL. */
  | 'one-holder'
  | 'main-thread'
  /** CPUs or switch interval are not known. */
  | 'machine'
  /** The unchanged run is replayed too badly. */
  | 'misunderstood'
  /** No hold is charged to the line. */
  | 'line'
  /** No threads did alike work. */
  | 'workers'
  /** The changed run does not end, or not soon enough. */
  | 'endless'
  /** The range is too wide. */
  | 'wide';

/** Rungs that know each hold. */
const RUNGS_WITH_HOLDS = ['full', 'watch'];

/** What stands in the way of any replay of a run, as far as its document tells; undefined: nothing. */
export function documentGap({
  capture
}: ReportDocument): WhatIfGap | undefined {
  if (!capture.gil_enabled) {
    return 'no-gil';
  }
  if (!RUNGS_WITH_HOLDS.includes(capture.mode)) {
    return 'rung';
  }
  if (!capture.scheduler_states) {
    return 'scheduler-states';
  }
  if (capture.shed !== undefined) {
    return 'shed';
  }
  if (capture.lost > 0) {
    return 'lost-records';
  }
  return capture.late === undefined ? undefined : 'late-records';
}
