/** One GIL of a sampled run: its holds, the waits for it, and the lines of both. */
import type { Nanoseconds, ThreadIndex } from '../../units';
import type { Figure } from '../line-figures';
import { HoldRows, WaitRows } from '../gil-rows';
import { WaitKind } from '../result';
import type { GilResult } from '../result-columns';
import { wantedTimes } from '../wanted-time';
import { NOBODY } from './batch';
import type { HoldCells } from './hold-cells';
import type { PairTimes, SpreadTimes } from './line-sums';

/** A span in which a thread waited for this GIL, on one line. */
export interface SampledWait {
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly stack: number;
  /** How far apart the readings are between which it began, and ended. */
  readonly gapBefore: Nanoseconds;
  readonly gapAfter: Nanoseconds;
}

/**
 * @param cells with `thread` as index of the result; below 0: nobody, or nobody knows who
 * @param waits in order of their starts
 */
export function sampledGil(
  cells: HoldCells,
  waits: readonly SampledWait[],
  times: SpreadTimes,
  pairs: PairTimes
): GilResult {
  const holds = holdRows(cells);
  const rows = new WaitRows();
  const stack = Int32Array.from(waits, wait => wait.stack);
  const holderStack = new Int32Array(waits.length).fill(-1);
  waits.forEach((wait, index) => {
    const { holder, longestStack } = addBlame(cells, wait, pairs);
    holderStack[index] = longestStack;
    const { thread, start, end, gapBefore, gapAfter } = wait;
    rows.push(
      thread,
      start,
      end,
      WaitKind.Sampled,
      0,
      (gapBefore + gapAfter) / 2,
      holder
    );
  });
  addHeld(cells, waits, times);
  const wanted = wantedTimes(holds, rows);
  return { holds, waits: rows, wanted, stack, holderStack };
}

/** Cells of one thread in a row are one hold, as far as anybody saw. */
function holdRows({ length, thread, start, end }: HoldCells): HoldRows {
  const holds = new HoldRows();
  for (let cell = 0; cell < length; cell++) {
    if (thread[cell] < 0) {
      continue;
    }
    const before = holds.length - 1;
    if (
      before >= 0 &&
      holds.thread[before] === thread[cell] &&
      holds.end[before] === start[cell]
    ) {
      holds.end[before] = end[cell];
    } else {
      holds.push(thread[cell], start[cell], end[cell]);
    }
  }
  return holds;
}

/** Charges a wait to whoever held the GIL meanwhile. */
function addBlame(
  cells: HoldCells,
  { thread, start, end, stack, gapBefore, gapAfter }: SampledWait,
  pairs: PairTimes
): { holder: ThreadIndex; longestStack: number } {
  let pair: ReturnType<PairTimes['of']> | undefined;
  let gap = gapBefore;
  let holder = -1;
  let longest = 0;
  let longestStack = -1;
  const first = cells.cellAt(start);
  for (
    let cell = first;
    cell < cells.length && cells.start[cell] < end;
    cell++
  ) {
    const from = Math.max(start, cells.start[cell]);
    const to = Math.min(end, cells.end[cell]);
    // Both were read at almost the same instant: what looks like waiting for oneself is a hold that just ended.
    const other = cells.thread[cell] === thread ? NOBODY : cells.thread[cell];
    const index = Math.max(other, -1);
    const next = pairs.of(
      thread,
      stack,
      index,
      index < 0 ? -1 : cells.stack[cell]
    );
    pairs.change(pair, next, gap);
    next.waitNs += to - from;
    gap = cells.gap[cell];
    pair = next;
    if (holder < 0) {
      holder = index;
    }
    if (index >= 0 && to - from > longest) {
      longest = to - from;
      longestStack = cells.stack[cell];
    }
  }
  pairs.change(pair, undefined, gapAfter);
  return { holder, longestStack };
}

/** Charges the holds to their lines: all, and the part in which somebody waited. */
function addHeld(
  cells: HoldCells,
  waits: readonly SampledWait[],
  times: SpreadTimes
): void {
  const wantedSpans = unionOf(waits);
  const sums = new FigureCells(times);
  let span = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    const from = cells.start[cell];
    const to = cells.end[cell];
    const stack = cells.thread[cell] < 0 ? -1 : cells.stack[cell];
    const gap = cell === 0 ? 0 : cells.gap[cell - 1];
    sums.pass('heldNs', stack, to - from, gap);
    while (span < wantedSpans.length && wantedSpans[span].end <= from) {
      span++;
    }
    let time = from;
    let border = gap;
    for (let at = span; at < wantedSpans.length; at++) {
      const { start, end, gapBefore, gapAfter } = wantedSpans[at];
      if (start >= to) {
        break;
      }
      if (start > time) {
        sums.pass('heldWhileWantedNs', -1, start - time, border);
        border = gapBefore;
        time = start;
      }
      const until = Math.min(end, to);
      sums.pass('heldWhileWantedNs', stack, until - time, border);
      border = gapAfter;
      time = until;
    }
    if (time < to) {
      sums.pass('heldWhileWantedNs', -1, to - time, border);
    }
  }
}

/** Passes from cell to cell, and notes where the stack changes. */
class FigureCells {
  constructor(private readonly _times: SpreadTimes) {}

  pass(
    figure: Figure,
    stack: number,
    time: Nanoseconds,
    gapBefore: Nanoseconds
  ): void {
    this._times.add(figure, stack, time);
    const before = this._before.get(figure);
    if (before !== undefined && before !== stack) {
      this._times.change(figure, before, stack, gapBefore);
    }
    this._before.set(figure, stack);
  }

  private readonly _before = new Map<Figure, number>();
}

interface WantedSpan {
  readonly start: Nanoseconds;
  end: Nanoseconds;
  readonly gapBefore: Nanoseconds;
  gapAfter: Nanoseconds;
}

/** Spans in which somebody waited. */
function unionOf(waits: readonly SampledWait[]): WantedSpan[] {
  const spans: WantedSpan[] = [];
  for (const { start, end, gapBefore, gapAfter } of waits) {
    const last = spans[spans.length - 1];
    if (last !== undefined && start <= last.end) {
      if (end > last.end) {
        last.end = end;
        last.gapAfter = gapAfter;
      }
    } else {
      spans.push({ start, end, gapBefore, gapAfter });
    }
  }
  return spans;
}
