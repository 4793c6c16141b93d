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

/** The holds within the window, with the result's thread indexes. */
export function clipHolds(holds: HoldRows, window: ClipWindow): HoldRows {
  const { threads } = window;
  const clipped = new HoldRows();
  for (let row = 0; row < holds.length; row++) {
    const { index, losses } = threads[holds.thread[row]];
    if (index < 0) {
      continue;
    }
    forEachPart(holds, row, losses, window, (start, end) => {
      const part = clipped.push(index, start, end);
      clipped.forced[part] = end === holds.end[row] ? holds.forced[row] : 0;
    });
  }
  return clipped;
}

/**
 * The waits within the window, with their holders. A wait that the window's end or a loss cuts off is
 * unfinished.
 *
 * @param allHolds of the same GIL, not clipped, with the same thread indexes as `waits`
 * @param clippedHolds those of the result
 */
export function clipWaits(
  waits: WaitRows,
  allHolds: HoldRows,
  clippedHolds: HoldRows,
  window: ClipWindow
): WaitRows {
  const { begin, threads } = window;
  const clipped = new WaitRows();
  for (let row = 0; row < waits.length; row++) {
    const { index, losses } = threads[waits.thread[row]];
    if (index < 0) {
      continue;
    }
    forEachPart(waits, row, losses, window, (start, end) => {
      const whole = end === waits.end[row];
      const kind = whole ? waits.kind[row] : WaitKind.Unfinished;
      // What held the GIL before the window is known only outside of it.
      const asked = Math.max(waits.start[row], losses[1]);
      let holder = -1;
      if (asked < begin) {
        const found = holderAt(allHolds, asked, waits.thread[row]);
        holder = found < 0 ? -1 : threads[found].index;
      } else if (kind === WaitKind.Forced) {
        holder = nextHolder(clippedHolds, start, end, index, window.lossSpans);
      } else {
        holder = holderAt(clippedHolds, start, index);
      }
      clipped.push(
        index,
        start,
        end,
        kind,
        waits.ignored[row],
        whole ? Math.min(waits.uncertainty[row], end - start) : 0,
        holder
      );
    });
  }
  return clipped;
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
function forEachPart(
  rows: HoldRows | WaitRows,
  row: number,
  losses: readonly Nanoseconds[],
  window: ClipWindow,
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
