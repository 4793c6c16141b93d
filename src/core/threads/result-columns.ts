/** Rows of all GILs → the result's columns, in order of their starts. */
import type { ClippedThread } from './clip-rows';
import { fitInPlace, forEachPart } from './clip-rows';
import type { HoldRows, WaitRows } from './gil-rows';
import { LockWaitRows } from './lock-wait-rows';
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  WaitColumns
} from './result';
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

/** The holds of all GILs, whose rows become the result's; `gil` is the place in `parts`. */
export function holdColumns(parts: readonly GilResult[]): HoldColumns {
  const wanted = joined(
    parts.map(part => part.wanted),
    Float64Array
  );
  const gil = new Uint16Array(wanted.length);
  let from = 0;
  parts.forEach(({ holds: { length } }, index) => {
    // What was not written to takes no memory.
    if (index > 0) {
      gil.fill(index, from, from + length);
    }
    from += length;
  });
  const [all, ...others] = parts.map(({ holds }) => holds);
  others.forEach(rows => all.append(rows));
  all.sort({ wanted, gil });
  const { length, thread, start, end, forced, line } = all;
  return {
    length,
    thread: shortNumbers(thread, length),
    start: start.subarray(0, length),
    end: end.subarray(0, length),
    forced: forced.subarray(0, length),
    wanted,
    gil,
    line: line.subarray(0, length)
  };
}

/** The waits for all GILs, whose rows become the result's. */
export function waitColumns(parts: readonly GilResult[]): WaitColumns {
  const stack = joined(
    parts.map(part => part.stack),
    Int32Array
  );
  const holderStack = joined(
    parts.map(part => part.holderStack),
    Int32Array
  );
  const [all, ...others] = parts.map(({ waits }) => waits);
  others.forEach(rows => all.append(rows));
  all.sort({ stack, holderStack });
  const { length, thread, start, end, holder } = all;
  const { kind, ignored, uncertainty, waker } = all;
  return {
    length,
    thread: shortNumbers(thread, length),
    start: start.subarray(0, length),
    end: end.subarray(0, length),
    holder: holder.subarray(0, length),
    kind: kind.subarray(0, length),
    ignored: ignored.subarray(0, length),
    uncertainty: uncertainty.subarray(0, length),
    stack,
    holderStack,
    waker: waker.subarray(0, length)
  };
}

/** Numbers of the result's threads: it has no more than 16 bits can name. */
function shortNumbers(
  threads: Uint16Array | Uint32Array,
  length: number
): Uint16Array {
  return threads instanceof Uint16Array
    ? threads.subarray(0, length)
    : Uint16Array.from(threads.subarray(0, length));
}

/**
 * The waits for locks within the window, with the result's thread indexes. The rows given become the result's,
 * unless losses make more of them than they were.
 */
export function clipLockWaits(
  rows: LockWaitRows,
  window: { begin: Nanoseconds; end: Nanoseconds },
  threads: readonly (ClippedThread & { died: Nanoseconds })[]
): LockWaitRows {
  const { length, thread, end: ends } = rows;
  for (let row = 0; row < length; row++) {
    ends[row] = Math.min(ends[row], threads[thread[row]].died);
  }
  const clipped = fitInPlace(rows, window, threads) ? rows : new LockWaitRows();
  clipped.length = 0;
  for (let row = 0; row < length; row++) {
    const { index, losses } = threads[rows.thread[row]];
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

/** @param stack by row of `rows`, which become the result's */
export function lockWaitColumns(
  rows: LockWaitRows,
  stack: Int32Array
): LockWaitColumns {
  rows.sort({ stack });
  const { length, thread, start, end, lock, holder } = rows;
  return {
    length,
    thread: shortNumbers(thread, length),
    start: start.subarray(0, length),
    end: end.subarray(0, length),
    lock: lock.subarray(0, length),
    holder: holder.subarray(0, length),
    stack
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
  clipped.sort();
  const { length, thread, start, end } = clipped;
  return {
    length,
    thread: shortNumbers(thread, length),
    start: start.subarray(0, length),
    end: end.subarray(0, length)
  };
}

/** One column of all parts; that of a single part is taken as it is. */
function joined<Kind extends Float64Array | Int32Array>(
  parts: readonly Kind[],
  columnType: new (length: number) => Kind
): Kind {
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
