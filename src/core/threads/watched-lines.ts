/**
 * On which lines threads waited that no probe told of: a thread runs no Python from its drop to its next take, so it
 * stood all that time where it was read once.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';

/** Readings in order of time. */
export interface StandingReadings {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly time: ArrayLike<Nanoseconds>;
  readonly stack: ArrayLike<StackIndex>;
  /** 1 if the thread held the GIL. */
  readonly holding: ArrayLike<number>;
}

/** Spans of threads, those of one thread in order of time; lines that are not known (-1) are filled in. */
export interface SpansOnLines {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: ArrayLike<Nanoseconds>;
  readonly end: ArrayLike<Nanoseconds>;
  readonly line: Int32Array;
}

/**
 * Fills in the lines on which threads asked for the GIL.
 *
 * @param holds all holds of one GIL, in order of time
 * @param waits for it
 * @param lineOf the innermost line of a stack
 */
export function fillLines(
  holds: SpansOnLines,
  waits: SpansOnLines,
  readings: StandingReadings,
  lineOf: (stack: StackIndex) => LineIndex
): void {
  const standing = new Standing(readings);
  for (let hold = 0; hold < holds.length; hold++) {
    const thread = holds.thread[hold];
    // From the drop before.
    const stack = standing.until(thread, holds.start[hold]);
    if (holds.line[hold] < 0 && stack >= 0) {
      holds.line[hold] = lineOf(stack);
    }
    standing.holdUntil(thread, holds.end[hold]);
  }
  const drops = new Drops(holds);
  standing.restart();
  for (let wait = 0; wait < waits.length; wait++) {
    const thread = waits.thread[wait];
    standing.holdUntil(thread, drops.before(thread, waits.start[wait]));
    const stack = standing.until(thread, waits.end[wait]);
    if (waits.line[wait] < 0 && stack >= 0) {
      waits.line[wait] = lineOf(stack);
    }
  }
}

/** Goes through the readings of each thread in order of time. */
class Standing {
  constructor(private readonly _readings: StandingReadings) {
    const { length, thread, holding } = _readings;
    for (let row = 0; row < length; row++) {
      if (thread[row] >= 0 && holding[row] === 0) {
        (this._rows[thread[row]] ??= []).push(row);
      }
    }
  }

  restart(): void {
    this._next.length = 0;
  }

  /** Passes over what was read of the thread before `time`, which never falls. */
  holdUntil(thread: ThreadIndex, time: Nanoseconds): void {
    const rows = this._rows[thread] ?? NO_ROWS;
    let next = this._next[thread] ?? 0;
    while (next < rows.length && this._readings.time[rows[next]] < time) {
      next++;
    }
    this._next[thread] = next;
  }

  /** The next stack of the thread, if it was read before `time`; else -1. */
  until(thread: ThreadIndex, time: Nanoseconds): StackIndex {
    const row = (this._rows[thread] ?? NO_ROWS)[this._next[thread] ?? 0];
    return row !== undefined && this._readings.time[row] <= time
      ? this._readings.stack[row]
      : -1;
  }

  private readonly _rows: number[][] = [];
  private readonly _next: number[] = [];
}

const NO_ROWS: readonly number[] = [];

/** Ends of each thread's holds. */
class Drops {
  constructor({ length, thread, end }: SpansOnLines) {
    for (let row = 0; row < length; row++) {
      (this._ends[thread[row]] ??= []).push(end[row]);
    }
  }

  /** The last one up to `time`, which never falls for a thread; -Infinity if there is none. */
  before(thread: ThreadIndex, time: Nanoseconds): Nanoseconds {
    const ends = this._ends[thread] ?? NO_ROWS;
    let next = this._next[thread] ?? 0;
    while (next < ends.length && ends[next] <= time) {
      next++;
    }
    this._next[thread] = next;
    return next === 0 ? -Infinity : ends[next - 1];
  }

  private readonly _ends: number[][] = [];
  private readonly _next: number[] = [];
}
