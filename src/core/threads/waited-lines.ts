/**
 * On which lines threads waited for a GIL whose other takes and drops were not recorded: a thread runs no Python while
 * it waits, so it stood where it was read meanwhile.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import { WaitKind } from './result';
import type { StandingReadings } from './watched-lines';

/** After a forced switch a thread asks again so soon, on the same line. */
const SAME_REQUEST: Nanoseconds = 100_000;

/** Waits, those of one thread in order of time; lines that are not known (-1) are filled in. */
export interface WaitsOnLines {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: ArrayLike<Nanoseconds>;
  readonly end: ArrayLike<Nanoseconds>;
  /** WaitKind. */
  readonly kind: ArrayLike<number>;
  readonly line: Int32Array;
}

/**
 * Fills in the lines.
 *
 * @param lineOf the innermost line of a stack
 */
export function fillWaitLines(
  waits: WaitsOnLines,
  readings: StandingReadings,
  lineOf: (stack: StackIndex) => LineIndex
): void {
  const { length, thread, start, end, kind, line } = waits;
  const rows = rowsByThread(readings);
  /** By thread: the next of its readings, and its last wait if that was for a forced switch. */
  const next: number[] = [];
  const forced: number[] = [];
  for (let wait = 0; wait < length; wait++) {
    const own = rows[thread[wait]] ?? NO_ROWS;
    let at = next[thread[wait]] ?? 0;
    while (at < own.length && readings.time[own[at]] < start[wait]) {
      at++;
    }
    next[thread[wait]] = at;
    const before = forced[thread[wait]] ?? -1;
    const same = before >= 0 && start[wait] - end[before] < SAME_REQUEST;
    if (line[wait] < 0 && at < own.length) {
      const row = own[at];
      if (readings.time[row] <= end[wait]) {
        line[wait] = lineOf(readings.stack[row]);
      }
    }
    if (same) {
      if (line[wait] < 0) {
        line[wait] = line[before];
      } else if (line[before] < 0) {
        line[before] = line[wait];
      }
    }
    forced[thread[wait]] = kind[wait] === WaitKind.Forced ? wait : -1;
  }
}

const NO_ROWS: readonly number[] = [];

/** By thread: its readings while it did not hold the GIL, in order of time. */
function rowsByThread(readings: StandingReadings): number[][] {
  const rows: number[][] = [];
  for (let row = 0; row < readings.length; row++) {
    if (readings.thread[row] >= 0 && readings.holding[row] === 0) {
      (rows[readings.thread[row]] ??= []).push(row);
    }
  }
  return rows;
}
