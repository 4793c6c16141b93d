/** Columns of a run clipped to a part of it. */
import { pick, rowsWhere } from '../threads/picked-rows';
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  WaitColumns
} from '../threads/result';
import type { Nanoseconds } from '../units';

/** On the run's clock, which begins at 0. */
export interface DocumentRange {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

function overlaps(
  { start, end }: { start: Float64Array; end: Float64Array },
  row: number,
  range: DocumentRange
): boolean {
  return (
    start[row] < range.end &&
    (end[row] > range.start ||
      (end[row] === start[row] && start[row] >= range.start))
  );
}

function rowsIn(
  spans: { length: number; start: Float64Array; end: Float64Array },
  range: DocumentRange
): Int32Array {
  return rowsWhere(spans.length, row => overlaps(spans, row, range));
}

/** The waits with what is counted of them; the rest has no rows, since millions may be in sight. */
export function waitsIn(waits: WaitColumns, range: DocumentRange): WaitColumns {
  const rows = rowsIn(waits, range);
  const none = new Int32Array(0);
  return {
    length: rows.length,
    thread: pick(waits.thread, rows),
    start: pick(waits.start, rows),
    end: pick(waits.end, rows),
    kind: pick(waits.kind, rows),
    ignored: new Uint16Array(0),
    uncertainty: new Float64Array(0),
    holder: none,
    stack: none,
    holderStack: none,
    waker: none
  };
}

/** The same spans, cut at the range. */
export function clipped<T extends { start: Float64Array; end: Float64Array }>(
  spans: T,
  range: DocumentRange
): T {
  const start = spans.start.slice();
  const end = spans.end.slice();
  for (let row = 0; row < start.length; row++) {
    start[row] = Math.max(start[row], range.start);
    end[row] = Math.min(end[row], range.end);
  }
  return { ...spans, start, end };
}

export function clippedRows(
  spans: CollectionColumns,
  range: DocumentRange,
  rows = rowsIn(spans, range)
): CollectionColumns {
  return clipped(
    {
      length: rows.length,
      thread: pick(spans.thread, rows),
      start: pick(spans.start, rows),
      end: pick(spans.end, rows)
    },
    range
  );
}

export function clippedHolds(
  holds: HoldColumns,
  range: DocumentRange
): HoldColumns {
  const rows = rowsIn(holds, range);
  return {
    ...clippedRows(holds, range, rows),
    // A forced switch counts where it happened: at the end.
    forced: pick(holds.forced, rows).map((forced, i) =>
      holds.end[rows[i]] <= range.end ? forced : 0
    ),
    wanted: pick(holds.wanted, rows),
    gil: pick(holds.gil, rows)
  };
}

export function clippedLockWaits(
  waits: LockWaitColumns,
  range: DocumentRange
): LockWaitColumns {
  const rows = rowsIn(waits, range);
  return {
    ...clippedRows(waits, range, rows),
    lock: pick(waits.lock, rows),
    holder: pick(waits.holder, rows),
    stack: pick(waits.stack, rows)
  };
}
