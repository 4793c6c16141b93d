/** What an analysis or a trace file holds → a timeline. */
import type {
  HoldColumns,
  StateTrack,
  ThreadsResult,
  WaitColumns
} from '../threads/result';
import { rowsByStart } from '../threads/row-order';
import type { Nanoseconds } from '../units';
import { Timeline } from './timeline';

/** Columns of a finished run. `thread` of waits and holds are indexes into `tracks`. */
export interface TimelineColumns {
  readonly tracks: readonly StateTrack[];
  /** In any order: a file may have been sorted otherwise. */
  readonly waits: Pick<WaitColumns, 'length' | 'thread' | 'start' | 'end'>;
  /** Ordered by start, those of one GIL not overlapping. */
  readonly holds?: Pick<
    HoldColumns,
    'length' | 'thread' | 'start' | 'end' | 'gil'
  >;
}

/** The timeline of a result, on its own clock; rows of waits are those of `result.waits`. */
export function resultTimeline(result: ThreadsResult): Timeline {
  const timeline = columnsTimeline({
    tracks: result.threads.map(({ track }) => track),
    waits: result.waits,
    holds: result.holds
  });
  // A GIL that nobody held in this run has its track too.
  while (timeline.gils.length < result.gils.length) {
    timeline.addGil();
  }
  return timeline;
}

/**
 * A timeline over columns, which it uses as they are.
 *
 * @throws RangeError for a wait that ends before it starts, and if holds of one GIL are out of order
 */
export function columnsTimeline({
  tracks,
  waits,
  holds
}: TimelineColumns): Timeline {
  const timeline = new Timeline();
  for (const track of tracks) {
    timeline.addThread(track);
  }
  const { start, end, thread } = waits;
  const order = rowsByStart(waits);
  for (let i = 0; i < waits.length; i++) {
    const row = order === undefined ? i : order[i];
    timeline.threads[thread[row]].waits.append(start[row], end[row], row);
  }
  if (holds !== undefined) {
    addHolds(timeline, holds);
  }
  timeline.threads.forEach(({ waits: own }) => own.trim());
  timeline.gils.forEach(gil => gil.trim());
  return timeline;
}

function addHolds(
  timeline: Timeline,
  { length, thread, start, end, gil }: NonNullable<TimelineColumns['holds']>
): void {
  const intervals: number[] = [];
  const lastEnd: Nanoseconds[] = [];
  for (let row = 0; row < length; row++) {
    for (let index = intervals.length; index <= gil[row]; index++) {
      intervals.push(0);
      lastEnd.push(-Infinity);
    }
    // The hold, and the free time before it if there is any.
    intervals[gil[row]] += start[row] === lastEnd[gil[row]] ? 1 : 2;
    lastEnd[gil[row]] = end[row];
  }
  for (const count of intervals) {
    timeline.addGil().track.reserve(count);
  }
  for (let row = 0; row < length; row++) {
    const track = timeline.gils[gil[row]];
    track.take(start[row], thread[row]);
    track.drop(end[row]);
  }
}
