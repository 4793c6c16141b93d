/** What a run would have taken with one thing changed: the recorded holds and waits, replayed. */
import type { SourceLine } from '../trace/document';

/** The one thing that is changed. */
export type Change =
  /** The line's work goes on without the GIL. */
  | { kind: 'release'; line: SourceLine }
  | { kind: 'switch-interval'; switch_interval_ns: number }
  /** The same work, split among so many threads. */
  | { kind: 'threads'; threads: number }
  /** No GIL: ignores memory bandwidth and shared objects, so `low_ns` is a limit. */
  | { kind: 'no-gil' };

export interface WhatIf {
  change: Change;
  /** How long the run would have taken: most likely between these. */
  low_ns: number;
  high_ns: number;
  /** What the figures rest on, one sentence each. */
  assumptions: string[];
}
