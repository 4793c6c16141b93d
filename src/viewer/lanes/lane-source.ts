/**
 * What a lane is drawn from: a bundle's overview and windows, a whole trace, or a run that goes on. The lanes
 * ask all of them alike, on the run's clock, which begins at 0.
 */
import type { ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import type { TimeRange } from './time-scale';

/** Shares of columns: [column][ThreadState], each column summing to at most 1. */
export type ColumnShares = Float64Array;

/** One interval of a thread's track. */
export interface Interval {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly state: ThreadState;
  /** It goes on outside of what is known: its real length is not. */
  readonly cut: boolean;
}

export interface ILaneSource {
  /** States that the lane may show. */
  readonly states: readonly ThreadState[];

  /**
   * Fill `out` (length at least columns x STATE_COUNT) with the shares of the lane over `range`. A column's shares are exact
   * areas: they sum to the part of the column in which the lane's threads existed.
   */
  columnShares(range: TimeRange, columns: number, out: ColumnShares): void;

  /** The exact interval at a time; undefined where only shares are known, or nothing. */
  intervalAt(time: Nanoseconds): Interval | undefined;

  /** Call `visit` for each exact interval within `range` that lasts at least `atLeast`, in order of time. */
  visitExact(
    range: TimeRange,
    atLeast: Nanoseconds,
    visit: (interval: Interval) => void
  ): void;

  /** The smallest span around `time` that shares are known of; 0 where exact intervals are. */
  resolutionAt(time: Nanoseconds): Nanoseconds;
}
