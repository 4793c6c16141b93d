/** A lane of a whole trace: exact at any zoom. */
import { STATE_COUNT, type ThreadState } from '../../core/threads/states';
import {
  intervalAt,
  intervalEnd,
  intervalRange,
  type IntervalTrack
} from '../../core/timeline/interval-track';
import type { ThreadTimeline } from '../../core/timeline/thread-timeline';
import type { Nanoseconds } from '../../core/units';
import type { ColumnShares, ILaneSource, Interval } from './lane-source';
import { spanOf, type TimeRange } from './time-scale';

/** Intervals that are passed over at once where they last too short together. */
const STRIDE = 64;

export class TimelineLane implements ILaneSource {
  /**
   * @param _threads one, or all those that the lane stands for
   * @param states that occur in the run
   */
  constructor(
    private readonly _threads: readonly ThreadTimeline[],
    readonly states: readonly ThreadState[]
  ) {}

  columnShares(range: TimeRange, columns: number, out: ColumnShares): void {
    const { start, end } = range;
    const width = spanOf(range) / columns;
    if (this._threads.length === 1) {
      // The overview is read where a frame shows much, the intervals where it shows little.
      this._threads[0].overview.sumColumns(start, end, columns, out);
      for (let i = 0; i < columns * STATE_COUNT; i++) {
        out[i] /= width;
      }
      return;
    }
    this._averageShares(range, columns, out);
  }

  intervalAt(time: Nanoseconds): Interval | undefined {
    const track = this._onlyTrack;
    const row = track === undefined ? -1 : intervalAt(track, time);
    return track === undefined || row < 0 ? undefined : intervalOf(track, row);
  }

  visitExact(
    range: TimeRange,
    atLeast: Nanoseconds,
    visit: (interval: Interval) => void
  ): void {
    const track = this._onlyTrack;
    if (track === undefined) {
      return;
    }
    const { start } = track;
    const [first, last] = intervalRange(track, range.start, range.end);
    let row = first;
    while (row < last) {
      // Millions of intervals may be in sight, and hardly any of them is long.
      if (row + STRIDE < last && start[row + STRIDE] - start[row] < atLeast) {
        row += STRIDE;
        continue;
      }
      const end = Math.min(row + STRIDE, last);
      for (; row < end; row++) {
        if (intervalEnd(track, row) - start[row] >= atLeast) {
          visit(intervalOf(track, row));
        }
      }
    }
  }

  resolutionAt(): Nanoseconds {
    return 0;
  }

  /** Shares of the average thread, of the time in which any of them exists. */
  private _averageShares(
    { start, end }: TimeRange,
    columns: number,
    out: ColumnShares
  ): void {
    const size = columns * STATE_COUNT;
    const own = new Float64Array(size);
    const longest = new Float64Array(columns);
    out.fill(0, 0, size);
    for (const thread of this._threads) {
      thread.overview.sumColumns(start, end, columns, own);
      for (let column = 0; column < columns; column++) {
        let lived = 0;
        for (let state = 0; state < STATE_COUNT; state++) {
          const at = column * STATE_COUNT + state;
          out[at] += own[at];
          lived += own[at];
        }
        longest[column] = Math.max(longest[column], lived);
      }
    }
    const width = (end - start) / columns;
    for (let column = 0; column < columns; column++) {
      const from = column * STATE_COUNT;
      let all = 0;
      for (let at = from; at < from + STATE_COUNT; at++) {
        all += out[at];
      }
      const scale = all > 0 ? longest[column] / width / all : 0;
      for (let at = from; at < from + STATE_COUNT; at++) {
        out[at] *= scale;
      }
    }
  }

  private get _onlyTrack(): IntervalTrack | undefined {
    return this._threads.length === 1 ? this._threads[0].states : undefined;
  }
}

function intervalOf(track: IntervalTrack, row: number): Interval {
  return {
    start: track.start[row],
    end: intervalEnd(track, row),
    state: track.state[row] as ThreadState,
    cut: false
  };
}
