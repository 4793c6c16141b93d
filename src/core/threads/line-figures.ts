/** Sums per stack, and from them the figures of each line: its own, and with all that it called. */
import type { LineIndex, Nanoseconds, StackIndex } from '../units';
import type { LineFigures, LineTimes, StackColumns } from './result';

export const FIGURES = [
  'heldNs',
  'heldWhileWantedNs',
  'waitedNs',
  'releasedNs'
] as const;

export type Figure = (typeof FIGURES)[number];

/** Times by stack. */
export class StackTimes {
  /** Adds to a figure; times of no known stack are dropped. */
  add(figure: Figure, stack: StackIndex, time: Nanoseconds): void {
    if (stack < 0) {
      return;
    }
    if (stack >= this._capacity) {
      this._grow(stack + 1);
    }
    this._times[figure][stack] += time;
  }

  /** Number of stacks that may have a time. */
  get length(): number {
    return this._capacity;
  }

  of(figure: Figure, stack: StackIndex): Nanoseconds {
    return this._times[figure][stack];
  }

  private _grow(atLeast: number): void {
    this._capacity = Math.max(atLeast, 2 * this._capacity);
    for (const figure of FIGURES) {
      const wider = new Float64Array(this._capacity);
      wider.set(this._times[figure]);
      this._times[figure] = wider;
    }
  }

  private _capacity = 256;
  private readonly _times: Record<Figure, Float64Array> = {
    heldNs: new Float64Array(this._capacity),
    heldWhileWantedNs: new Float64Array(this._capacity),
    waitedNs: new Float64Array(this._capacity),
    releasedNs: new Float64Array(this._capacity)
  };
}

/** What is counted for a line itself. */
export interface LineCounts {
  /** Variance of the held time, ns². */
  variance: number;
  samples: number;
  waits: number;
}

type MutableFigures = { -readonly [key in Figure]: Nanoseconds };

interface Sums {
  self: MutableFigures;
  total: MutableFigures;
}

/** 97.5th percentile of the normal distribution: half width of a 95 % interval in standard deviations. */
const NORMAL_95 = 1.96;

/** The figures of all lines that have one. */
export function lineTimes(
  times: StackTimes,
  counts: ReadonlyMap<LineIndex, LineCounts>,
  stacks: StackColumns
): LineTimes[] {
  const lines = new Map<LineIndex, Sums>();
  const sumsOf = (line: LineIndex): Sums => {
    let sums = lines.get(line);
    if (sums === undefined) {
      sums = { self: noFigures(), total: noFigures() };
      lines.set(line, sums);
    }
    return sums;
  };
  const path = new Set<LineIndex>();
  const length = Math.min(times.length, stacks.length);
  for (let stack = 0; stack < length; stack++) {
    if (FIGURES.every(figure => times.of(figure, stack) === 0)) {
      continue;
    }
    path.clear();
    for (let node = stack; node >= 0; node = stacks.parent[node]) {
      path.add(stacks.line[node]);
    }
    for (const figure of FIGURES) {
      const time = times.of(figure, stack);
      sumsOf(stacks.line[stack]).self[figure] += time;
      for (const line of path) {
        // Once, though a recursion passes the line again and again.
        sumsOf(line).total[figure] += time;
      }
    }
  }
  return [...lines].map(([line, sums]) => {
    const count = counts.get(line);
    return {
      line,
      ...sums,
      heldErrorNs: NORMAL_95 * Math.sqrt(count?.variance ?? 0),
      samples: count?.samples ?? 0,
      waits: count?.waits ?? 0
    };
  });
}

function noFigures(): MutableFigures & LineFigures {
  return { heldNs: 0, heldWhileWantedNs: 0, waitedNs: 0, releasedNs: 0 };
}
