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
    const pools = shares.pools();
    this._addHolds(holds, shares, pools);
    this._addWaits(holds, waits, shares, pools);
    this._addReleased(holds, waits);
  }

  lineTimes(): LineTimes[] {
    return lineTimes(this._times, this._counts, this._stacks);
  }

  lineBlame(): LineBlame[] {
    return this._blame;
  }

  private _addHolds(
    holds: HoldsWithLines & { readonly wanted: Float64Array },
    shares: LineShares,
    pools: readonly Pool[]
  ): void {
    const pooled = new Float64Array(pools.length);
    const pooledWanted = new Float64Array(pools.length);
    for (let hold = 0; hold < holds.length; hold++) {
      const start = holds.start[hold];
      const end = holds.end[hold];
      const wanted = end > start ? holds.wanted[hold] / (end - start) : 0;
      shares.split(hold, start, end, (place, time) => {
        if (place <= -2) {
          pooled[-2 - place] += time;
          pooledWanted[-2 - place] += time * wanted;
        } else {
          this._times.add('heldNs', place, time);
          this._times.add('heldWhileWantedNs', place, time * wanted);
        }
      });
      this._countSamples(holds, shares, hold);
    }
    pools.forEach(({ stack, share, variance }, pool) => {
      stack.forEach((place, index) => {
        const part = share[index];
        this._times.add('heldNs', place, pooled[pool] * part);
        this._times.add('heldWhileWantedNs', place, pooledWanted[pool] * part);
        if (place >= 0) {
          const count = this._countOf(this._stacks.line[place]);
          count.variance += pooled[pool] ** 2 * variance[index];
        }
      });
    });
  }

  /**
   * Counts a hold's samples and the error of its split, by successive differences (von Neumann): where two
   * neighbours differ, the border may lie anywhere between them.
   */
  private _countSamples(
    holds: HoldsWithLines,
    shares: LineShares,
    hold: number
  ): void {
    const { time, stack } = this._samples.ofHolder(holds.thread[hold]);
    const first = shares.first[hold];
    const last = first + shares.count[hold];
    let lineBefore = holds.line[hold];
    let timeBefore = holds.start[hold];
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
    const longest = new Map<number, Nanoseconds>();
    for (let wait = 0; wait < waits.length; wait++) {
      const waiter = waits.thread[wait];
      const start = waits.start[wait];
      const end = waits.end[wait];
      const line = waits.line[wait];
      const stack = this._samples.stackAt(waiter, line, (start + end) / 2);
      waits.stack[wait] = stack;
      this._times.add('waitedNs', stack, end - start);
      if (stack >= 0 && waits.kind[wait] !== WaitKind.Forced) {
        this._countOf(this._stacks.line[stack]).waits++;
      }
      longest.clear();
      let free = end - start;
      for (
        let hold = firstEndingAfter(holds, start);
        hold < holds.length && holds.start[hold] < end;
        hold++
      ) {
        const from = Math.max(start, holds.start[hold]);
        const to = Math.min(end, holds.end[hold]);
        if (to > from) {
          free -= to - from;
          const holder = holds.thread[hold];
          shares.split(hold, from, to, (place, time) => {
            sums.add(waiter, stack, holder, place, time, wait);
            longest.set(place, (longest.get(place) ?? 0) + time);
          });
        }
      }
      if (free > 0) {
        sums.add(waiter, stack, -1, -1, free, wait);
      }
      waits.holderStack[wait] = longestPlace(longest, pools);
    }
    for (const pair of sums.finish(pools)) {
      this._blame.push(pair);
    }
  }

  /** From each drop to the same thread's next request, which it makes on the same line. */
  private _addReleased(holds: HoldsWithLines, waits: WaitsWithLines): void {
    const waitOf = new Map<ThreadIndex, number[]>();
    for (let wait = 0; wait < waits.length; wait++) {
      const rows = waitOf.get(waits.thread[wait]);
      if (rows) {
        rows.push(wait);
      } else {
        waitOf.set(waits.thread[wait], [wait]);
      }
    }
    for (const rows of waitOf.values()) {
      rows.sort((a, b) => waits.start[a] - waits.start[b]);
    }
    const cursors = new Map<ThreadIndex, number>();
    const droppedAt = new Map<ThreadIndex, Nanoseconds>();
    for (let hold = 0; hold < holds.length; hold++) {
      const thread = holds.thread[hold];
      const from = droppedAt.get(thread);
      droppedAt.set(thread, holds.end[hold]);
      if (from === undefined) {
        continue;
      }
      const rows = waitOf.get(thread) ?? [];
      let cursor = cursors.get(thread) ?? 0;
      while (cursor < rows.length && waits.start[rows[cursor]] < from) {
        cursor++;
      }
      cursors.set(thread, cursor);
      const next = cursor < rows.length ? waits.start[rows[cursor]] : Infinity;
      const to = Math.min(holds.start[hold], next);
      const line = holds.line[hold];
      if (to > from && line >= 0) {
        this._times.add(
          'releasedNs',
          this._samples.stackAt(thread, line, (from + to) / 2),
          to - from
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

function longestPlace(
  places: ReadonlyMap<number, Nanoseconds>,
  pools: readonly Pool[]
): StackIndex {
  let best = -1;
  let bestTime = 0;
  for (const [place, time] of places) {
    if (time > bestTime) {
      bestTime = time;
      best = place;
    }
  }
  if (best >= -1) {
    return best;
  }
  const { stack, share } = pools[-2 - best];
  let most = 0;
  share.forEach((part, index) => {
    most = part > share[most] ? index : most;
  });
  return stack[most];
}
