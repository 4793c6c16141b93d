/** A lane of a bundle: shares all over, and exact intervals around the worst waits. */
import type { WindowTrack } from '../../core/trace/bundle-view';
import { STATE_COUNT, type ThreadState } from '../../core/threads/states';
import { IntervalTrack } from '../../core/timeline/interval-track';
import { StateSums } from '../../core/timeline/state-sums';
import type { Nanoseconds } from '../../core/units';
import { columnShares, intervalAt, Room, visitExact } from './column-shares';
import type { ColumnShares, ILaneSource, Interval } from './lane-source';
import type { TimeRange } from './time-scale';

/** Shares of one lane: a row of `Overview.shares`. */
export interface OverviewRow {
  readonly bucketNs: Nanoseconds;
  readonly buckets: number;
  readonly states: readonly ThreadState[];
  /** [bucket][state], in 1/255; a view into the bundle's array. */
  readonly shares: Uint8Array;
}

/** A span in which every interval of a lane is known. */
export interface ExactSpan {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly track: IntervalTrack;
  /** Of the track's states. */
  readonly sums: StateSums;
  /** The run goes on before or after: the first or the last interval may really be longer. */
  readonly cutAtStart: boolean;
  readonly cutAtEnd: boolean;
}

/** A span with the intervals of a thread; `track` may begin later and end sooner than the span. */
export function exactSpan(
  start: Nanoseconds,
  end: Nanoseconds,
  track: Omit<WindowTrack, 'thread'>,
  cut: Pick<ExactSpan, 'cutAtStart' | 'cutAtEnd'>
): ExactSpan {
  const { length } = track.start;
  const intervals = IntervalTrack.from({ ...track, length });
  const sums = new StateSums(intervals, STATE_COUNT);
  return { start, end, track: intervals, sums, ...cut };
}

export class BundleLane implements ILaneSource {
  constructor(
    readonly overview: OverviewRow,
    /** Ordered by start, not overlapping; empty for a lane of several threads. */
    readonly exact: readonly ExactSpan[],
    private readonly _room: Room = new Room()
  ) {}

  get states(): readonly ThreadState[] {
    return this.overview.states;
  }

  columnShares(range: TimeRange, columns: number, out: ColumnShares): void {
    columnShares(this, range, columns, out, this._room);
  }

  intervalAt(time: Nanoseconds): Interval | undefined {
    return intervalAt(this, time);
  }

  visitExact(
    range: TimeRange,
    atLeast: Nanoseconds,
    visit: (interval: Interval) => void
  ): void {
    visitExact(this, range, atLeast, visit);
  }

  resolutionAt(time: Nanoseconds): Nanoseconds {
    return this.exact.some(({ start, end }) => time >= start && time < end)
      ? 0
      : this.overview.bucketNs;
  }
}
