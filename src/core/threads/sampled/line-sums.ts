/** Times of lines, and of pairs of lines that made each other wait, with their spreads. */
import type {
  LineIndex,
  Nanoseconds,
  StackIndex,
  ThreadIndex
} from '../../units';
import {
  FIGURES,
  lineTimes,
  StackTimes,
  type Figure,
  type LineCounts
} from '../line-figures';
import type { LineBlame, LineTimes } from '../result';
import type { StackTable } from '../line-stacks';
import { Differences, missed, Spread, summedSpread } from './spread';

/** Times by stack and figure. */
export class SpreadTimes {
  /** @param _floor time between two readings */
  constructor(private readonly _floor: Nanoseconds) {}

  add(figure: Figure, stack: StackIndex, time: Nanoseconds): void {
    this.times.add(figure, stack, time);
  }

  /** Two readings in a row say that the figure's time passed from one stack to another; -1: to none. */
  change(
    figure: Figure,
    from: StackIndex,
    to: StackIndex,
    gap: Nanoseconds
  ): void {
    if (from !== to && gap > 0) {
      this._differences.add(
        this._spreadOf(figure, from),
        this._spreadOf(figure, to),
        gap
      );
    }
  }

  countSamples(line: LineIndex, samples: number): void {
    const count = this._counts.get(line);
    if (count === undefined) {
      this._counts.set(line, { variance: 0, samples, waits: 0 });
    } else {
      count.samples += samples;
    }
  }

  /** The figures of all lines. */
  lineTimes(stacks: StackTable): LineTimes[] {
    const spreads = new LineSpreads(stacks, this._floor);
    for (const [figure, byStack] of this._spreads) {
      for (const [stack, spread] of byStack) {
        spreads.add(figure, stack, spread);
      }
    }
    return lineTimes(this.times, this._counts, stacks).map(times => ({
      ...times,
      spread: spreads.of(times.line)
    }));
  }

  readonly times = new StackTimes();

  private _spreadOf(figure: Figure, stack: StackIndex): Spread | undefined {
    if (stack < 0) {
      return undefined;
    }
    let byStack = this._spreads.get(figure);
    if (byStack === undefined) {
      byStack = new Map();
      this._spreads.set(figure, byStack);
    }
    let spread = byStack.get(stack);
    if (spread === undefined) {
      spread = missed(this._floor);
      byStack.set(stack, spread);
    }
    return spread;
  }

  private readonly _spreads = new Map<Figure, Map<StackIndex, Spread>>();
  private readonly _counts = new Map<LineIndex, LineCounts>();
  private readonly _differences = new Differences();
}

/** Spreads of one line: of its own figures, and of those with all that it called. */
export interface LineSpread {
  readonly self: Partial<Record<Figure, Spread>>;
  readonly total: Partial<Record<Figure, Spread>>;
}

export function addedSpreads(
  a: LineSpread | undefined,
  b: LineSpread | undefined
): LineSpread | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return { self: merged(a.self, b.self), total: merged(a.total, b.total) };
}

function merged(
  a: LineSpread['self'],
  b: LineSpread['self']
): LineSpread['self'] {
  const all: Partial<Record<Figure, Spread>> = { ...a };
  for (const figure of Object.keys(b) as Figure[]) {
    all[figure] = summedSpread([a[figure], b[figure]]);
  }
  return all;
}

/** From stacks to the lines on them. */
class LineSpreads {
  constructor(
    private readonly _stacks: StackTable,
    private readonly _floor: Nanoseconds
  ) {}

  add(figure: Figure, stack: StackIndex, spread: Spread): void {
    const { parent, line } = this._stacks;
    addTo(this._of(line[stack]).self, figure, spread);
    const path = new Set<LineIndex>();
    for (let node = stack; node >= 0; node = parent[node]) {
      path.add(line[node]);
    }
    for (const each of path) {
      addTo(this._of(each).total, figure, spread);
    }
  }

  /** Also of figures that are 0: so much may have been missed. */
  of(line: LineIndex): LineSpread {
    const { self, total } = this._of(line);
    for (const figure of FIGURES) {
      self[figure] ??= missed(this._floor);
      total[figure] ??= missed(this._floor);
    }
    return { self, total };
  }

  private _of(line: LineIndex): MutableSpread {
    let spread = this._lines.get(line);
    if (spread === undefined) {
      spread = { self: {}, total: {} };
      this._lines.set(line, spread);
    }
    return spread;
  }

  private readonly _lines = new Map<LineIndex, MutableSpread>();
}

interface MutableSpread {
  self: Partial<Record<Figure, Spread>>;
  total: Partial<Record<Figure, Spread>>;
}

function addTo(
  sums: Partial<Record<Figure, Spread>>,
  figure: Figure,
  spread: Spread
): void {
  (sums[figure] ??= new Spread()).add(spread);
}

interface Pair {
  waiter: ThreadIndex;
  waiterStack: StackIndex;
  holder: ThreadIndex;
  holderStack: StackIndex;
  waitNs: Nanoseconds;
  spread: Spread;
}

/** A waiter on its line and a holder on its line. */
export class PairTimes {
  constructor(private readonly _floor: Nanoseconds) {}

  /** @param holder -1: nobody is known to have held the GIL */
  of(
    waiter: ThreadIndex,
    waiterStack: StackIndex,
    holder: ThreadIndex,
    holderStack: StackIndex
  ): Pair {
    const key =
      this._sideOf(waiter, waiterStack) * 2 ** 26 +
      this._sideOf(holder, holderStack);
    let pair = this._pairs.get(key);
    if (pair === undefined) {
      const spread = missed(this._floor);
      pair = { waiter, waiterStack, holder, holderStack, waitNs: 0, spread };
      this._pairs.set(key, pair);
    }
    return pair;
  }

  change(from: Pair | undefined, to: Pair | undefined, gap: Nanoseconds): void {
    if (from !== to && gap > 0) {
      this._differences.add(from?.spread, to?.spread, gap);
    }
  }

  lineBlame(): LineBlame[] {
    return [...this._pairs.values()].map(pair => ({ ...pair, count: 0 }));
  }

  private _sideOf(thread: ThreadIndex, stack: StackIndex): number {
    const key = (stack + 1) * 2 ** 17 + thread + 1;
    let side = this._sides.get(key);
    if (side === undefined) {
      side = this._sides.size;
      this._sides.set(key, side);
    }
    return side;
  }

  private readonly _pairs = new Map<number, Pair>();
  private readonly _sides = new Map<number, number>();
  private readonly _differences = new Differences();
}
