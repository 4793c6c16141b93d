/** A lane of a bundle that may be shown at full resolution later, without whoever draws it noticing. */
import { occurringStates } from '../../core/trace/overview';
import type { LoadedTrace } from '../../core/trace/load-trace';
import type { ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import type { Lane } from './lane-data';
import type { ColumnShares, ILaneSource, Interval } from './lane-source';
import { spanOf, type TimeRange } from './time-scale';
import { TimelineLane } from './timeline-lane';

/** From so many columns on, steps of the bundle are seen as such. */
const COARSE_COLUMNS = 3;

export class AttachableLane implements ILaneSource {
  /**
   * @param _source what is known at first
   * @param thread row of the lane's thread in the bundle's document; undefined for a lane of several threads
   * @param _runEnd end of the run
   */
  constructor(
    private _source: ILaneSource,
    readonly thread: number | undefined,
    private readonly _runEnd: Nanoseconds
  ) {}

  /** Called when a part of the run is asked for more finely than it is known. */
  onCoarse: (() => void) | undefined;

  /** Draw from something finer from now on. */
  attach(source: ILaneSource): void {
    this._source = source;
    this.onCoarse = undefined;
  }

  get states(): readonly ThreadState[] {
    return this._source.states;
  }

  columnShares(range: TimeRange, columns: number, out: ColumnShares): void {
    if (this.onCoarse !== undefined && this._isCoarse(range, columns)) {
      this.onCoarse();
    }
    this._source.columnShares(range, columns, out);
  }

  intervalAt(time: Nanoseconds): Interval | undefined {
    return this._source.intervalAt(time);
  }

  visitExact(
    range: TimeRange,
    atLeast: Nanoseconds,
    visit: (interval: Interval) => void
  ): void {
    this._source.visitExact(range, atLeast, visit);
  }

  resolutionAt(time: Nanoseconds): Nanoseconds {
    return this._source.resolutionAt(time);
  }

  /** The whole run may be coarse from the start: that alone is no wish to look closer. */
  private _isCoarse(range: TimeRange, columns: number): boolean {
    const least = (COARSE_COLUMNS * spanOf(range)) / columns;
    return (
      columns > 1 &&
      (range.start > 0 || range.end < this._runEnd) &&
      [range.start, (range.start + range.end) / 2, range.end - 1].some(
        time => this._source.resolutionAt(time) >= least
      )
    );
  }
}

/** Calls back, once and after the drawing, when lanes are asked for more than they know. */
export function watchResolution(
  lanes: readonly Lane[],
  onCoarse: () => void
): void {
  let asked = false;
  for (const { source } of lanes) {
    if (source instanceof AttachableLane) {
      source.onCoarse = () => {
        if (!asked) {
          asked = true;
          queueMicrotask(() => {
            asked = false;
            onCoarse();
          });
        }
      };
    }
  }
}

/**
 * Draws lanes from a whole trace.
 *
 * @param rows for each thread of the bundle's document its row in the trace's
 */
export function attachTrace(
  lanes: readonly Lane[],
  { file, timeline }: LoadedTrace,
  rows: readonly number[]
): void {
  const states = occurringStates(file.columns.tracks);
  const single = new Set<number>();
  const rowOf = (source: ILaneSource): number | undefined =>
    source instanceof AttachableLane && source.thread !== undefined
      ? rows[source.thread]
      : undefined;
  for (const { source } of lanes) {
    const row = rowOf(source);
    if (row !== undefined) {
      single.add(row);
    }
  }
  const others = timeline.threads.filter((_, row) => !single.has(row));
  for (const { source } of lanes) {
    if (source instanceof AttachableLane) {
      const row = rowOf(source);
      const threads = row === undefined ? others : [timeline.threads[row]];
      source.attach(new TimelineLane(threads, states));
    }
  }
}
