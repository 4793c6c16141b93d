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
 * The order of the thread table: processes by first activity; of each its main thread first, then threads
 * that use Python, then native ones by library; each by first activity. A thread id may occur twice (Linux gives ids out again), so rows are matched
 * by this order and never by id.
 *
 * @returns for each row of the table the index into `result.threads`
 */
export function threadOrder(result: ThreadsResult): ThreadIndex[] {
  const { threads } = result;
  const group = (index: ThreadIndex): number =>
    threads[index].main ? 0 : threads[index].python ? 1 : 2;
  const seen = new Map<number, number>();
  for (const { pid, begin } of threads) {
    seen.set(pid, Math.min(seen.get(pid) ?? Infinity, begin));
  }
  const process = (index: ThreadIndex): number =>
    seen.get(threads[index].pid) ?? 0;
  return threads
    .map((_, index) => index)
    .sort(
      (a, b) =>
        process(a) - process(b) ||
        threads[a].pid - threads[b].pid ||
        group(a) - group(b) ||
        compareLibraries(threads[a].library, threads[b].library) ||
        threads[a].begin - threads[b].begin ||
        threads[a].tid - threads[b].tid ||
        a - b
    );
}

/** Threads whose library is not known come last. */
function compareLibraries(
  a: string | undefined,
  b: string | undefined
): number {
  if (a === b || a === undefined || b === undefined) {
    return Number(a === undefined) - Number(b === undefined);
  }
  return a < b ? -1 : 1;
}

/** The row of the thread table by index into `result.threads`. */
export function threadRows(result: ThreadsResult): Int32Array {
  const rows = new Int32Array(result.threads.length);
  threadOrder(result).forEach((index, row) => {
    rows[index] = row;
  });
  return rows;
}

/** The columns of a result in the order of its thread table. */
export function laneColumns(result: ThreadsResult): LaneColumns {
  const order = threadOrder(result);
  const rows = threadRows(result);
  const { waits } = result;
  const thread = new Uint16Array(waits.length);
  const holder = new Int32Array(waits.length);
  const waker = new Int32Array(waits.length);
  for (let i = 0; i < waits.length; i++) {
    thread[i] = rows[waits.thread[i]];
    holder[i] = waits.holder[i] < 0 ? -1 : rows[waits.holder[i]];
    waker[i] = waits.waker[i] < 0 ? -1 : rows[waits.waker[i]];
  }
  return {
    begin: result.begin,
    end: result.end,
    tracks: order.map(index => result.threads[index].track),
    waits: { ...waits, thread, holder, waker }
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
