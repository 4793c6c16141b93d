/** Rows of all GILs → the result's columns, in order of their starts. */
import type { ClippedThread } from './clip-rows';
import { forEachPart } from './clip-rows';
import type { HoldRows, WaitRows } from './gil-rows';
import { LockWaitRows } from './lock-wait-rows';
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  WaitColumns
} from './result';
import { inOrder, rowsByStart } from './row-order';
import { SpanRows } from './span-rows';
import type { Nanoseconds } from '../units';

/** What the result shows of one GIL. */
export interface GilResult {
  readonly holds: HoldRows;
  readonly waits: WaitRows;
  /** By hold. */
  readonly wanted: Float64Array;
  /** By wait: StackIndex where the waiter stood, and where the holder was seen; -1 if not known. */
  readonly stack: Int32Array;
  readonly holderStack: Int32Array;
}

interface Columns {
  readonly length: number;
  readonly start: Float64Array;
}

/** The holds of all GILs; `gil` is the place in `parts`. */
export function holdColumns(parts: readonly GilResult[]): HoldColumns {
  const all = parts.map(({ holds }) => holds);
  const length = all.reduce((sum, rows) => sum + rows.length, 0);
  const gil = new Uint16Array(length);
  let from = 0;
  all.forEach((rows, index) => {
    gil.fill(index, from, from + rows.length);
    from += rows.length;
  });
  const start = joined(all, rows => rows.start, Float64Array);
  const order = rowsByStart({ length, start });
  return {
    length,
    thread: inOrder(
      joined(all, rows => rows.thread, Uint32Array),
      length,
      order,
      Uint16Array
    ),
    start: inOrder(start, length, order, Float64Array),
    end: inOrder(
      joined(all, rows => rows.end, Float64Array),
      length,
      order,
      Float64Array
    ),
    forced: inOrder(
      joined(all, rows => rows.forced, Uint8Array),
      length,
      order,
      Uint8Array
    ),
    wanted: inOrder(
      joinedLists(
        parts.map(({ wanted }) => wanted),
        Float64Array
      ),
      length,
      order,
      Float64Array
    ),
    gil: inOrder(gil, length, order, Uint16Array)
  };
}

/** The waits for all GILs. */
export function waitColumns(parts: readonly GilResult[]): WaitColumns {
  const all = parts.map(({ waits }) => waits);
  const length = all.reduce((sum, rows) => sum + rows.length, 0);
  const start = joined(all, rows => rows.start, Float64Array);
  const order = rowsByStart({ length, start });
  const float64 = (pick: (rows: WaitRows) => Float64Array): Float64Array =>
    inOrder(joined(all, pick, Float64Array), length, order, Float64Array);
  const int32 = (pick: (rows: WaitRows) => Int32Array): Int32Array =>
    inOrder(joined(all, pick, Int32Array), length, order, Int32Array);
  const stacks = (pick: (part: GilResult) => Int32Array): Int32Array =>
    inOrder(
      joinedLists(parts.map(pick), Int32Array),
      length,
      order,
      Int32Array
    );
  return {
    length,
    thread: inOrder(
      joined(all, rows => rows.thread, Uint32Array),
      length,
      order,
      Uint16Array
    ),
    start: inOrder(start, length, order, Float64Array),
    end: float64(rows => rows.end),
    holder: int32(rows => rows.holder),
    kind: inOrder(
      joined(all, rows => rows.kind, Uint8Array),
      length,
      order,
      Uint8Array
    ),
    ignored: inOrder(
      joined(all, rows => rows.ignored, Uint16Array),
      length,
      order,
      Uint16Array
    ),
    uncertainty: float64(rows => rows.uncertainty),
    stack: stacks(({ stack }) => stack),
    holderStack: stacks(({ holderStack }) => holderStack),
    waker: int32(rows => rows.waker)
  };
}

/** The waits for locks within the window, with the result's thread indexes, in order of time. */
export function clipLockWaits(
  rows: LockWaitRows,
  window: { begin: Nanoseconds; end: Nanoseconds },
  threads: readonly (ClippedThread & { died: Nanoseconds })[]
): LockWaitRows {
  const clipped = new LockWaitRows();
  for (let row = 0; row < rows.length; row++) {
    const { index, losses, died } = threads[rows.thread[row]];
    rows.end[row] = Math.min(rows.end[row], died);
    if (index < 0) {
      continue;
    }
    forEachPart(rows, row, losses, window, (start, end) => {
      const holder = end === rows.end[row] ? rows.holder[row] : -1;
      clipped.push(
        index,
        start,
        end,
        rows.lock[row],
        holder < 0 ? -1 : threads[holder].index,
        rows.line[row]
      );
    });
  }
  return clipped;
}

/** @param stack by row of `rows` */
export function lockWaitColumns(
  rows: LockWaitRows,
  stack: Int32Array
): LockWaitColumns {
  const { length } = rows;
  const order = rowsByStart(rows);
  return {
    length,
    thread: inOrder(rows.thread, length, order, Uint16Array),
    start: inOrder(rows.start, length, order, Float64Array),
    end: inOrder(rows.end, length, order, Float64Array),
    lock: inOrder(rows.lock, length, order, Float64Array),
    holder: inOrder(rows.holder, length, order, Int32Array),
    stack: inOrder(stack, length, order, Int32Array)
  };
}

/** The collector's runs within the window. */
export function collectionColumns(
  rows: SpanRows,
  window: { begin: Nanoseconds; end: Nanoseconds },
  threads: readonly ClippedThread[]
): CollectionColumns {
  const clipped = new SpanRows();
  for (let row = 0; row < rows.length; row++) {
    const { index, losses } = threads[rows.thread[row]];
    if (index >= 0) {
      forEachPart(rows, row, losses, window, (start, end) => {
        clipped.push(index, start, end);
      });
    }
  }
  const { length } = clipped;
  const order = rowsByStart(clipped);
  return {
    length,
    thread: inOrder(clipped.thread, length, order, Uint16Array),
    start: inOrder(clipped.start, length, order, Float64Array),
    end: inOrder(clipped.end, length, order, Float64Array)
  };
}

/** One column of all parts; that of a single part is taken as it is. */
function joined<
  Rows extends Columns,
  Column extends
    Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array
>(
  parts: readonly Rows[],
  pick: (rows: Rows) => Column,
  columnType: new (length: number) => Column
): Column {
  return parts.length === 1
    ? pick(parts[0])
    : joinedLists(
        parts.map(rows => pick(rows).subarray(0, rows.length) as Column),
        columnType
      );
}

function joinedLists<
  Column extends
    Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array
>(
  parts: readonly Column[],
  columnType: new (length: number) => Column
): Column {
  if (parts.length === 1) {
    return parts[0];
  }
  const all = new columnType(parts.reduce((sum, part) => sum + part.length, 0));
  let from = 0;
  for (const part of parts) {
    all.set(part, from);
    from += part.length;
  }
  return all;
}
