/**
 * What the lanes of a report are drawn from, in the order of its thread table: the result of an
 * analysis and a trace file that was read again look the same from here on.
 */
import type { StateTrack, ThreadsResult, WaitColumns } from '../threads/result';
import type { Nanoseconds, ThreadIndex } from '../units';

/** Tracks and waits of a run by row of `ReportDocument.threads`. */
export interface LaneColumns {
  /** Begin of the run on the time axis of the columns; documents count from here. */
  readonly begin: Nanoseconds;
  readonly end: Nanoseconds;
  /** Index = row of the thread table. */
  readonly tracks: readonly StateTrack[];
  /** `thread` and `holder` are rows of the thread table. */
  readonly waits: WaitColumns;
}

/**
 * The order of the thread table: main threads first, then threads that use Python, then native ones,
 * each by first activity. A thread id may occur twice (Linux gives ids out again), so rows are matched
 * by this order and never by id.
 *
 * @returns for each row of the table the index into `result.threads`
 */
export function threadOrder(result: ThreadsResult): ThreadIndex[] {
  const { threads } = result;
  const group = (index: ThreadIndex): number =>
    threads[index].main ? 0 : threads[index].requests > 0 ? 1 : 2;
  return threads
    .map((_, index) => index)
    .sort(
      (a, b) =>
        group(a) - group(b) ||
        threads[a].begin - threads[b].begin ||
        threads[a].tid - threads[b].tid ||
        a - b
    );
}

/** The columns of a result in the order of its thread table. */
export function laneColumns(result: ThreadsResult): LaneColumns {
  const order = threadOrder(result);
  const rows = new Int32Array(order.length);
  order.forEach((index, row) => {
    rows[index] = row;
  });
  const { waits } = result;
  const thread = new Uint16Array(waits.length);
  const holder = new Int32Array(waits.length);
  for (let i = 0; i < waits.length; i++) {
    thread[i] = rows[waits.thread[i]];
    holder[i] = waits.holder[i] < 0 ? -1 : rows[waits.holder[i]];
  }
  return {
    begin: result.begin,
    end: result.end,
    tracks: order.map(index => result.threads[index].track),
    waits: { ...waits, thread, holder }
  };
}

/**
 * The longest waits, longest first, the earlier first among equals.
 *
 * @returns at most `limit` rows of `waits`
 */
export function longestWaits(waits: WaitColumns, limit: number): number[] {
  // Insertion into a short sorted list: a run has millions of waits, and few of them enter.
  const rows: number[] = [];
  const durations: number[] = [];
  for (let row = 0; row < waits.length; row++) {
    const duration = waits.end[row] - waits.start[row];
    const last = durations.length - 1;
    if (durations.length === limit) {
      if (limit === 0 || duration <= durations[last]) {
        continue;
      }
      rows.pop();
      durations.pop();
    }
    let at = durations.length;
    while (at > 0 && durations[at - 1] < duration) {
      at--;
    }
    rows.splice(at, 0, row);
    durations.splice(at, 0, duration);
  }
  return rows;
}

/** End of interval `index` of a track. */
export function intervalEnd(track: StateTrack, index: number): Nanoseconds {
  return index + 1 < track.length ? track.start[index + 1] : track.end;
}

/** The first interval of a track that ends after `time`; `track.length` if none does. */
export function firstIntervalAfter(
  track: StateTrack,
  time: Nanoseconds
): number {
  if (track.length === 0 || track.end <= time) {
    return track.length;
  }
  // The last interval that starts at or before `time`, or the first of all.
  let low = 0;
  let high = track.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (track.start[middle] <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
