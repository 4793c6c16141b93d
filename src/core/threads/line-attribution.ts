/**
 * Which lines held the GIL, waited for it, and did without it; and which made which wait.
 *
 * A waiter's line is exact: the thread stands there. The edges of a hold are exact. What the holder ran
 * inside a hold was seen now and then (line-shares.ts). The line at a drop is not used: CPython drops at calls and back
 * edges only, so that line would be charged for what ran before it.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import { firstEndingAfter } from './blame';
import { LineBlameSums } from './line-blame';
import { lineTimes, StackTimes, type LineCounts } from './line-figures';
import type { LineSamples } from './line-samples';
import { LineShares, type HoldsWithLines, type Pool } from './line-shares';
import type { StackTable } from './line-stacks';
import { WaitKind, type LineBlame, type LineTimes } from './result';

/** Waits for one GIL; `stack`, `holderStack` are filled in. */
export interface WaitsWithLines {
  readonly length: number;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** WaitKind. */
  readonly kind: ArrayLike<number>;
  /** LineIndex where the thread stood. */
  readonly line: ArrayLike<LineIndex>;
  readonly stack: Int32Array;
  readonly holderStack: Int32Array;
}

export class LineAttribution {
  /** @param period mean time between two readings of memory */
  constructor(
    private readonly _stacks: StackTable,
    private readonly _samples: LineSamples,
    private readonly _period: Nanoseconds
  ) {}

  /** Takes in the holds and waits of one GIL. */
  addGil(
    holds: HoldsWithLines & { readonly wanted: Float64Array },
    waits: WaitsWithLines
  ): void {
    const shares = new LineShares(holds, this._samples, this._period);
    this._addHolds(holds, waits, shares);
    const pools = shares.pools();
    this._addUnseen(pools);
    this._addWaits(holds, waits, shares, pools);
    this._addReleased(pools);
  }

  lineTimes(): LineTimes[] {
    return lineTimes(this._times, this._counts, this._stacks);
  }

  lineBlame(): LineBlame[] {
    return this._blame;
  }

  /** Adds the holds that were seen; the others are summed for `_addUnseen`, and the time between for `_addReleased`. */
  private _addHolds(
    holds: HoldsWithLines & { readonly wanted: Float64Array },
    waits: WaitsWithLines,
    shares: LineShares
  ): void {
    const requests = new RequestTimes(waits);
    const droppedAt: Nanoseconds[] = [];
    let wanted = 0;
    const part = (place: number, time: Nanoseconds): void => {
      this._times.add('heldNs', place, time);
      this._times.add('heldWhileWantedNs', place, time * wanted);
    };
    for (let hold = 0; hold < holds.length; hold++) {
      const start = holds.start[hold];
      const end = holds.end[hold];
      shares.find(hold);
      const { unseen } = shares;
      if (shares.first < shares.last) {
        shares.learn();
        wanted = end > start ? holds.wanted[hold] / (end - start) : 0;
        shares.split(start, end, part);
        this._countSamples(shares, holds.line[hold], start);
      } else if (shares.unseenPlace !== -1) {
        unseen.heldNs += end - start;
        unseen.wantedNs += holds.wanted[hold];
      }
      const thread = holds.thread[hold];
      const from = droppedAt[thread];
      droppedAt[thread] = end;
      if (from !== undefined) {
        const to = Math.min(start, requests.after(thread, from));
        unseen.releasedNs += to > from ? to - from : 0;
      }
    }
  }

  private _addUnseen(pools: readonly Pool[]): void {
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
   * Counts a hold's samples and the error of its split, by successive differences (von Neumann): where two
   * neighbours differ, the border may lie anywhere between them.
   */
  private _countSamples(
    { samples, first, last }: LineShares,
    lineBefore: LineIndex,
    timeBefore: Nanoseconds
  ): void {
    const { time, stack } = samples;
    for (let i = first; i < last; i++) {
      const line = stack[i] < 0 ? -1 : this._stacks.line[stack[i]];
      if (line >= 0) {
        this._countOf(line).samples++;
      }
      if (line !== lineBefore) {
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

  private _addWaits(
    holds: HoldsWithLines,
    waits: WaitsWithLines,
    shares: LineShares,
    pools: readonly Pool[]
  ): void {
    const sums = new LineBlameSums();
    let wait = 0;
    let stack: StackIndex = -1;
    let holder: ThreadIndex = -1;
    let longest = -1;
    let longestTime = 0;
    let reached = 0;
    const part = (place: number, time: Nanoseconds): void => {
      sums.add(waits.thread[wait], stack, holder, place, time, wait);
      if (time > longestTime) {
        longestTime = time;
        longest = place;
      }
    };
    for (; wait < waits.length; wait++) {
      const waiter = waits.thread[wait];
      const start = waits.start[wait];
      const end = waits.end[wait];
      stack = this._samples.stackAt(
        waiter,
        waits.line[wait],
        (start + end) / 2
      );
      waits.stack[wait] = stack;
      this._times.add('waitedNs', stack, end - start);
      if (stack >= 0 && waits.kind[wait] !== WaitKind.Forced) {
        this._countOf(this._stacks.line[stack]).waits++;
      }
      longest = -1;
      longestTime = 0;
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
      waits.holderStack[wait] = likelyStack(longest, pools);
    }
    for (const pair of sums.finish(pools)) {
      this._blame.push(pair);
    }
  }

  /** From each drop to the same thread's next request, which it makes on the same line. */
  private _addReleased(pools: readonly Pool[]): void {
    for (const { unseen } of pools) {
      const { thread, line, releasedNs } = unseen;
      if (releasedNs > 0) {
        this._samples.stacksOf(thread, line, (stack, share) =>
          this._times.add('releasedNs', stack, releasedNs * share)
        );
      }
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
  constructor(private readonly _waits: WaitsWithLines) {
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

/** A place as a stack: of a pool the one with the largest share. */
function likelyStack(place: number, pools: readonly Pool[]): StackIndex {
  if (place >= -1) {
    return place;
  }
  const { stack, share } = pools[-2 - place];
  let most = 0;
  share.forEach((part, index) => {
    most = part > share[most] ? index : most;
  });
  return stack[most];
}
