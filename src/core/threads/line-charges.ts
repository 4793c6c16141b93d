/**
 * Sums what lines held, waited and did without the GIL, and which made which wait, over a whole run or a part of it. How
 * holds are split is LineShares' matter.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import { firstEndingAfter } from './blame';
import { LineBlameSums } from './line-blame';
import { lineTimes, StackTimes, type LineCounts } from './line-figures';
import type {
  HoldsWithLines,
  LineShares,
  Pool,
  SharePart,
  Unseen
} from './line-shares';
import { LongestPlace } from './longest-place';
import {
  WaitKind,
  type LineBlame,
  type LineTimes,
  type StackColumns
} from './result';

/** Waits for one GIL with the stacks on which they were. */
export interface WaitsOnStacks {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** WaitKind. */
  readonly kind: ArrayLike<number>;
  readonly stack: Int32Array;
}

/** What of the time is summed. */
export interface ChargedSpan {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

export const WHOLE_RUN: ChargedSpan = { start: -Infinity, end: Infinity };

export type WantedHolds = HoldsWithLines & { readonly wanted: Float64Array };

export class LineCharges {
  constructor(
    private readonly _stacks: StackColumns,
    private readonly _span: ChargedSpan
  ) {}

  /**
   * Adds the holds of one GIL that were seen; the others are summed in their pools, with the time between holds.
   *
   * @param each called for each hold that was seen, when `shares` looks at it
   */
  addHolds(
    holds: WantedHolds,
    waits: WaitsOnStacks,
    shares: LineShares,
    each?: () => void
  ): void {
    const { _span: span } = this;
    const requests = new RequestTimes(waits);
    const droppedAt: Nanoseconds[] = [];
    let wanted = 0;
    const part: SharePart = (place, time) => {
      this._times.add('heldNs', place, time);
      this._times.add('heldWhileWantedNs', place, time * wanted);
    };
    for (let hold = 0; hold < holds.length; hold++) {
      const start = holds.start[hold];
      const end = holds.end[hold];
      const thread = holds.thread[hold];
      const dropped = droppedAt[thread];
      droppedAt[thread] = end;
      const inside = end >= span.start && start <= span.end;
      const after =
        dropped !== undefined && dropped < span.end && start > span.start;
      if (!inside && !after) {
        continue;
      }
      shares.find(hold);
      const { unseen } = shares;
      if (inside) {
        const from = Math.max(start, span.start);
        const to = Math.min(end, span.end);
        wanted = end > start ? holds.wanted[hold] / (end - start) : 0;
        if (shares.first < shares.last) {
          each?.();
          shares.split(from, to, part);
          this._countSamples(shares, holds.line[hold], start);
        } else if (shares.unseenPlace !== -1) {
          unseen.heldNs += to - from;
          unseen.wantedNs +=
            end > start ? (to - from) * wanted : holds.wanted[hold];
        }
      }
      if (after) {
        const to = Math.min(start, requests.after(thread, dropped), span.end);
        const from = Math.max(dropped, span.start);
        unseen.releasedNs += to > from ? to - from : 0;
      }
    }
  }

  /** Adds the holds that nobody saw. */
  addUnseen(pools: readonly Pool[]): void {
    for (const { unseen, stack, share, variance } of pools) {
      stack.forEach((place, index) => {
        const part = share[index];
        this._times.add('heldNs', place, unseen.heldNs * part);
        this._times.add('heldWhileWantedNs', place, unseen.wantedNs * part);
        if (place >= 0) {
          const count = this._countOf(this._stacks.line[place]);
          count.variance += unseen.heldNs ** 2 * variance[index];
        }
      });
    }
  }

  /**
   * Adds the waits of one GIL.
   *
   * @param each called for each wait with the place where the thread was that made it longest: see SharePart
   */
  addWaits(
    holds: HoldsWithLines,
    waits: WaitsOnStacks,
    shares: LineShares,
    pools: () => readonly Pool[],
    each?: (wait: number, longest: number) => void
  ): void {
    const { _span: span } = this;
    const sums = new LineBlameSums();
    let wait = 0;
    let stack: StackIndex = -1;
    let holder: ThreadIndex = -1;
    let reached = 0;
    const longest = new LongestPlace();
    const part: SharePart = (place, time) => {
      sums.add(waits.thread[wait], stack, holder, place, time, wait);
      longest.add(holder, place, time);
    };
    for (; wait < waits.length; wait++) {
      const start = Math.max(waits.start[wait], span.start);
      const end = Math.min(waits.end[wait], span.end);
      const cutAway = start === end && waits.end[wait] > waits.start[wait];
      if (start > end || cutAway) {
        continue;
      }
      const waiter = waits.thread[wait];
      stack = waits.stack[wait];
      this._times.add('waitedNs', stack, end - start);
      if (stack >= 0 && waits.kind[wait] !== WaitKind.Forced) {
        this._countOf(this._stacks.line[stack]).waits++;
      }
      longest.restart();
      let free = end - start;
      reached = firstEndingAfter(holds, start, reached);
      for (
        let hold = reached;
        hold < holds.length && holds.start[hold] < end;
        hold++
      ) {
        const from = Math.max(start, holds.start[hold]);
        const to = Math.min(end, holds.end[hold]);
        if (to > from) {
          free -= to - from;
          holder = holds.thread[hold];
          shares.find(hold);
          shares.split(from, to, part);
        }
      }
      if (free > 0) {
        sums.add(waiter, stack, -1, -1, free, wait);
      }
      each?.(wait, longest.place);
    }
    for (const pair of sums.finish(pools())) {
      this._blame.push(pair);
    }
  }

  /**
   * From each drop to the same thread's next request, which it makes on the same line.
   *
   * @param stacksOf calls `part` with the stacks of that line and their shares
   */
  addReleased(
    pools: readonly Pool[],
    stacksOf: (
      unseen: Unseen,
      part: (stack: StackIndex, share: number) => void
    ) => void
  ): void {
    for (const { unseen } of pools) {
      const { releasedNs } = unseen;
      if (releasedNs > 0) {
        stacksOf(unseen, (stack, share) =>
          this._times.add('releasedNs', stack, releasedNs * share)
        );
      }
    }
  }

  lineTimes(): LineTimes[] {
    return lineTimes(this._times, this._counts, this._stacks);
  }

  lineBlame(): LineBlame[] {
    return this._blame;
  }

  /**
   * Counts a hold's samples and the error of its split, by successive differences (von Neumann): where two
   * neighbours differ, the border may lie anywhere between them.
   */
  private _countSamples(
    { samples, first, last }: LineShares,
    lineBefore: LineIndex,
    timeBefore: Nanoseconds
  ): void {
    const { time, stack } = samples;
    const { _span: span } = this;
    for (let i = first; i < last; i++) {
      const line = stack[i] < 0 ? -1 : this._stacks.line[stack[i]];
      const counts = time[i] >= span.start && time[i] <= span.end;
      if (line >= 0 && counts) {
        this._countOf(line).samples++;
      }
      if (line !== lineBefore && counts) {
        const variance = (time[i] - timeBefore) ** 2 / 2;
        for (const either of [line, lineBefore]) {
          if (either >= 0) {
            this._countOf(either).variance += variance;
          }
        }
      }
      lineBefore = line;
      timeBefore = time[i];
    }
  }

  private _countOf(line: LineIndex): LineCounts {
    let count = this._counts.get(line);
    if (count === undefined) {
      count = { variance: 0, samples: 0, waits: 0 };
      this._counts.set(line, count);
    }
    return count;
  }

  private readonly _times = new StackTimes();
  private readonly _counts = new Map<LineIndex, LineCounts>();
  private readonly _blame: LineBlame[] = [];
}

/** The waits of each thread, one after another; a thread's own rows are in order of time. */
class RequestTimes {
  constructor(private readonly _waits: WaitsOnStacks) {
    const { length, thread } = _waits;
    const last: number[] = [];
    this._next = new Int32Array(length).fill(-1);
    for (let wait = 0; wait < length; wait++) {
      const before = last[thread[wait]];
      if (before === undefined) {
        this._cursor[thread[wait]] = wait;
      } else {
        this._next[before] = wait;
      }
      last[thread[wait]] = wait;
    }
  }

  /** Start of the thread's first wait that does not begin before `time`, which never falls; else Infinity. */
  after(thread: ThreadIndex, time: Nanoseconds): Nanoseconds {
    const { start } = this._waits;
    let wait = this._cursor[thread] ?? -1;
    while (wait >= 0 && start[wait] < time) {
      wait = this._next[wait];
    }
    this._cursor[thread] = wait;
    return wait < 0 ? Infinity : start[wait];
  }

  private readonly _cursor: number[] = [];
  private readonly _next: Int32Array;
}
