/** Holds and waits of one GIL, clipped to the run's window and to where no records were lost. */
import type { Nanoseconds, ThreadIndex } from '../units';
import { firstEndingAfter } from './blame';
import { HoldRows, WaitRows } from './gil-rows';
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
      waits.holder[row] = holderAt(holds, asked, waits.thread[row]);
    }
  }
}

/**
 * The holds within the window, with the result's thread indexes. The rows given become the result's, unless
 * losses make more of them than they were.
 */
export function clipHolds(holds: HoldRows, window: ClipWindow): HoldRows {
  const { threads } = window;
  // The first pair of edges is what lies before the recording.
  const lossless = threads.every(({ losses }) => losses.length <= 2);
  const clipped = lossless ? holds : new HoldRows();
  const { length } = holds;
  if (lossless) {
    holds.length = 0;
  }
  const part = (start: Nanoseconds, end: Nanoseconds): void => {
    const forced = end === holds.end[row] ? holds.forced[row] : 0;
    clipped.push(index, start, end, holds.line[row], forced);
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
 * The waits within the window, with their holders. A wait that the window's end or a loss cuts off is
 * unfinished.
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
  const clipped = new WaitRows();
  const indexOf = (thread: number): ThreadIndex =>
    thread < 0 ? -1 : threads[thread].index;
  for (let row = 0; row < waits.length; row++) {
    const { index, losses } = threads[waits.thread[row]];
    if (index < 0) {
      continue;
    }
    forEachPart(waits, row, losses, window, (start, end) => {
      const whole = end === waits.end[row];
      const kind = whole ? waits.kind[row] : WaitKind.Unfinished;
      let holder = -1;
      if (askedAt(waits, row, window) < begin) {
        holder = indexOf(waits.holder[row]);
      } else if (kind === WaitKind.Forced) {
        holder = nextHolder(holds, start, end, index, window.lossSpans);
      } else {
        holder = holderAt(holds, start, index);
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
  return clipped;
}

/** When the thread of a wait asked for the GIL, as far as its records tell. */
function askedAt(
  waits: WaitRows,
  row: number,
  { threads }: ClipWindow
): Nanoseconds {
  return Math.max(waits.start[row], threads[waits.thread[row]].losses[1]);
}

/** Thread that holds the GIL at the time, another than `except`; -1 if none does. */
function holderAt(
  holds: HoldRows,
  time: Nanoseconds,
  except: ThreadIndex
): number {
  const hold = firstEndingAfter(holds, time);
  return hold < holds.length &&
    holds.start[hold] <= time &&
    holds.thread[hold] !== except
    ? holds.thread[hold]
    : -1;
}

/** Thread that took the GIL for which the waiter dropped it. */
function nextHolder(
  holds: HoldRows,
  start: Nanoseconds,
  end: Nanoseconds,
  waiter: ThreadIndex,
  lossSpans: readonly LossSpan[]
): number {
  const hold = firstEndingAfter(holds, start);
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
