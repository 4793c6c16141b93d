/** Where a thread was read last, in a run that goes on. */
import { lowerBound } from '../columns';
import type { LineIndex, Nanoseconds, StackIndex } from '../units';
import type { StackReadings } from './stack-readings';

/** Readings that are looked at: some seconds of a holder and as many others. */
const MOST_ROWS = 4096;

export interface WantedReading {
  readonly tid: number;
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
  /** Its innermost line, if that is known; else -1. */
  readonly line: LineIndex;
  /** Whether it must have held the GIL. */
  readonly holding: boolean;
}

/** The stack of the last such reading; -1 if there is none. */
export function lastReading(
  { samples, stacks }: StackReadings,
  { tid, from, to, line, holding }: WantedReading
): StackIndex {
  const end = lowerBound(samples.time, samples.length, to, true);
  const least = Math.max(0, end - MOST_ROWS);
  for (let row = end - 1; row >= least && samples.time[row] >= from; row--) {
    if (
      samples.tid[row] === tid &&
      (!holding || samples.holding[row] === 1) &&
      (line < 0 || stacks.line[samples.stack[row]] === line)
    ) {
      return samples.stack[row];
    }
  }
  return -1;
}
