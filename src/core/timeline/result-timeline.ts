/** What an analysis or a trace file holds → a timeline. */
import type {
  HoldColumns,
  StateTrack,
  ThreadsResult,
  WaitColumns
} from '../threads/result';
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
  for (const row of rowsByStart(start, waits.length)) {
    timeline.threads[thread[row]].waits.append(start[row], end[row], row);
  }
  for (let row = 0; holds !== undefined && row < holds.length; row++) {
    while (timeline.gils.length <= holds.gil[row]) {
      timeline.addGil();
    }
    const gil = timeline.gils[holds.gil[row]];
    gil.take(holds.start[row], holds.thread[row]);
    gil.drop(holds.end[row]);
  }
  timeline.threads.forEach(({ waits: own }) => own.trim());
  timeline.gils.forEach(gil => gil.trim());
  return timeline;
}

/** Rows in order of their starts; of those that start together the first stays the first. */
function rowsByStart(start: Float64Array, length: number): Uint32Array {
  const rows = new Uint32Array(length);
  let sorted = true;
  for (let row = 0; row < length; row++) {
    rows[row] = row;
    sorted &&= row === 0 || start[row - 1] <= start[row];
  }
  return sorted ? rows : rows.sort((a, b) => start[a] - start[b] || a - b);
}
