/** Holds and waits of one GIL, clipped to the run's window and to where no records were lost. */
import type { Nanoseconds, ThreadIndex } from '../units';
import { firstEndingAfter } from './blame';
import { HoldRows, WaitRows } from './gil-rows';
import type { GrowingSpans } from './growing-spans';
import type { LossSpan } from './loss-log';
import { WaitKind } from './result';

/** What the clipping needs of a thread. */
export interface ClippedThread {
  /** Its index in the result, -1 if it is not part of it. */
  index: ThreadIndex;
  /** Edges of what is not known of it, as `mergedLosses` makes them. */
  losses: readonly Nanoseconds[];
}

export interface ClipWindow {
  begin: Nanoseconds;
  end: Nanoseconds;
  /** By the analysis' own thread index. */
  threads: readonly ClippedThread[];
  lossSpans: readonly LossSpan[];
}

/**
 * Looks up who held the GIL when a wait began before the window: that is known only before `clipHolds`.
 * It is left in the waits' `holder`, as the analysis' own thread index.
 */
export function findEarlyHolders(
  waits: WaitRows,
  holds: HoldRows,
  window: ClipWindow
): void {
  for (let row = 0; row < waits.length; row++) {
    const asked = askedAt(waits, row, window);
    if (asked < window.begin) {
      const hold = firstEndingAfter(holds, asked, 0);
      waits.holder[row] = holderAt(holds, hold, asked, waits.thread[row]);
    }
  }
}

/**
 * The holds within the window, with the result's thread indexes. The rows given become the result's, unless
 * losses make more of them than they were: two copies of the holds of a long run are too much.
 */
export function clipHolds(holds: HoldRows, window: ClipWindow): HoldRows {
  const { threads } = window;
  const { length } = holds;
  const clipped = fitInPlace(holds, window, threads) ? holds : new HoldRows();
  clipped.length = 0;
  const part = (start: Nanoseconds, end: Nanoseconds): void => {
    const forced = end === holds.end[row] ? holds.forced[row] : 0;
    // The line is where it began: what the thread ran when a cut-off part begins is not known.
    const line = start === holds.start[row] ? holds.line[row] : -1;
    clipped.push(index, start, end, line, forced);
  };
  let index = -1;
  let row = 0;
  for (; row < length; row++) {
    const { index: shown, losses } = threads[holds.thread[row]];
    index = shown;
    if (index < 0) {
      continue;
    }
    const start = holds.start[row];
    const end = holds.end[row];
    // Most are not cut.
    if (
      losses.length <= 2 &&
      start >= losses[1] &&
      start >= window.begin &&
      start < window.end &&
      end <= window.end
    ) {
      part(start, end);
    } else {
      forEachPart(holds, row, losses, window, part);
    }
  }
  return clipped;
}

/**
 * The waits within the window, in order of their starts, with their holders. A wait that the window's end or a
 * loss cuts off is unfinished. The rows given become the result's, as those of the holds do.
 *
 * @param waits after `findEarlyHolders`
 * @param holds of the same GIL, those of the result
 */
export function clipWaits(
  waits: WaitRows,
  holds: HoldRows,
  window: ClipWindow
): WaitRows {
  const { begin, threads } = window;
  // The holds of one wait then lie near those of the wait before.
  waits.sort();
  const { length } = waits;
  const clipped = fitInPlace(waits, window, threads) ? waits : new WaitRows();
  clipped.length = 0;
  const indexOf = (thread: number): ThreadIndex =>
    thread < 0 ? -1 : threads[thread].index;
  let hold = 0;
  for (let row = 0; row < length; row++) {
    const { index, losses } = threads[waits.thread[row]];
    if (index < 0) {
      continue;
    }
    forEachPart(waits, row, losses, window, (start, end) => {
      const whole = end === waits.end[row];
      const kind = whole ? waits.kind[row] : WaitKind.Unfinished;
      let holder = -1;
      hold = firstEndingAfter(holds, start, hold);
      if (askedAt(waits, row, window) < begin) {
        holder = indexOf(waits.holder[row]);
      } else if (kind === WaitKind.Forced) {
        holder = nextHolder(holds, hold, start, end, index, window.lossSpans);
      } else {
        holder = holderAt(holds, hold, start, index);
      }
      clipped.push(
        index,
        start,
        end,
        kind,
        waits.ignored[row],
        whole ? Math.min(waits.uncertainty[row], end - start) : 0,
        holder,
        whole ? indexOf(waits.waker[row]) : -1,
        waits.line[row]
      );
    });
  }
  // Where a loss cut off their begin they may start in another order.
  clipped.sort();
  return clipped;
}

/** Whether what is left of the rows can be written over those that were gone through: hardly any is cut in two. */
export function fitInPlace(
  rows: GrowingSpans,
  window: { begin: Nanoseconds; end: Nanoseconds },
  threads: readonly ClippedThread[]
): boolean {
  // The first pair of edges is what lies before the recording.
  if (threads.every(({ losses }) => losses.length <= 2)) {
    return true;
  }
  let parts = 0;
  const count = (): void => {
    parts++;
  };
  for (let row = 0; row < rows.length; row++) {
    const { index, losses } = threads[rows.thread[row]];
    if (index >= 0) {
      forEachPart(rows, row, losses, window, count);
    }
    if (parts > row + 1) {
      return false;
    }
  }
  return true;
}

/** When the thread of a wait asked for the GIL, as far as its records tell. */
function askedAt(
  waits: WaitRows,
  row: number,
  { threads }: ClipWindow
): Nanoseconds {
  return Math.max(waits.start[row], threads[waits.thread[row]].losses[1]);
}

/**
 * Thread that holds the GIL at the time, another than `except`; -1 if none does.
 *
 * @param hold the first that ends after the time
 */
function holderAt(
  holds: HoldRows,
  hold: number,
  time: Nanoseconds,
  except: ThreadIndex
): number {
  return hold < holds.length &&
    holds.start[hold] <= time &&
    holds.thread[hold] !== except
    ? holds.thread[hold]
    : -1;
}

/**
 * Thread that took the GIL for which the waiter dropped it.
 *
 * @param hold the first that ends after `start`
 */
function nextHolder(
  holds: HoldRows,
  hold: number,
  start: Nanoseconds,
  end: Nanoseconds,
  waiter: ThreadIndex,
  lossSpans: readonly LossSpan[]
): number {
  if (hold === holds.length || holds.thread[hold] === waiter) {
    return -1;
  }
  const taken = holds.start[hold];
  const lost =
    taken > end &&
    lossSpans.some(span => span.start < taken && span.end > start);
  return lost ? -1 : holds.thread[hold];
}

/** Calls `part` for what is left of the row within the window and without losses. */
export function forEachPart(
  rows: { start: Float64Array; end: Float64Array },
  row: number,
  losses: readonly Nanoseconds[],
  window: { begin: Nanoseconds; end: Nanoseconds },
  part: (start: Nanoseconds, end: Nanoseconds) => void
): void {
  const start = Math.max(rows.start[row], window.begin);
  const end = Math.min(rows.end[row], window.end);
  if (end < window.begin || start >= window.end || start > end) {
    return;
  }
  const instant = start === end;
  if (instant && rows.start[row] !== rows.end[row]) {
    return;
  }
  let from = start;
  for (let edge = 0; edge < losses.length && losses[edge] <= end; edge += 2) {
    if (losses[edge + 1] > from) {
      if (losses[edge] > from) {
        part(from, losses[edge]);
      }
      from = losses[edge + 1];
    }
  }
  if (from < end || (instant && from === end)) {
    part(from, end);
  }
}
