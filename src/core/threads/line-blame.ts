/** Pairs of a waiter on its line and a holder on its line, with the time that the one made the other wait. */
import type { Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { Pool } from './line-shares';
import type { LineBlame } from './result';

interface Pair {
  waiter: ThreadIndex;
  waiterStack: StackIndex;
  holder: ThreadIndex;
  /** StackIndex, -1, or -2 - (index of the pool). */
  holderPlace: number;
  waitNs: Nanoseconds;
  count: number;
  lastWait: number;
}

export class LineBlameSums {
  /** @param wait row of the wait: a pair counts it once */
  add(
    waiter: ThreadIndex,
    waiterStack: StackIndex,
    holder: ThreadIndex,
    holderPlace: number,
    time: Nanoseconds,
    wait: number
  ): void {
    let pair = this._latest[waiter];
    if (
      pair?.waiterStack !== waiterStack ||
      pair.holder !== holder ||
      pair.holderPlace !== holderPlace
    ) {
      pair = this._pairOf(waiter, waiterStack, holder, holderPlace);
      this._latest[waiter] = pair;
    }
    pair.waitNs += time;
    if (pair.lastWait !== wait) {
      pair.lastWait = wait;
      pair.count++;
    }
  }

  /** The pairs, with the holds that nobody saw split as their pools say. */
  finish(pools: readonly Pool[]): LineBlame[] {
    const split = new LineBlameSums();
    for (const pair of this._pairs.values()) {
      if (pair.holderPlace >= -1) {
        split._merge(pair, pair.holderPlace, 1);
      } else {
        const pool = pools[-2 - pair.holderPlace];
        pool.stack.forEach((stack, index) =>
          split._merge(pair, stack, pool.share[index])
        );
      }
    }
    return [...split._pairs.values()].map(pair => ({
      waiter: pair.waiter,
      waiterStack: pair.waiterStack,
      holder: pair.holder,
      holderStack: pair.holderPlace,
      waitNs: pair.waitNs,
      count: Math.max(1, Math.round(pair.count))
    }));
  }

  private _pairOf(
    waiter: ThreadIndex,
    waiterStack: StackIndex,
    holder: ThreadIndex,
    holderPlace: number
  ): Pair {
    const key =
      this._sideOf(waiter, waiterStack) * 2 ** 26 +
      this._sideOf(holder, holderPlace);
    let pair = this._pairs.get(key);
    if (pair === undefined) {
      pair = {
        waiter,
        waiterStack,
        holder,
        holderPlace,
        waitNs: 0,
        count: 0,
        lastWait: -1
      };
      this._pairs.set(key, pair);
    }
    return pair;
  }

  private _merge(from: Pair, place: StackIndex, share: number): void {
    const { waiter, waiterStack, holder } = from;
    const pair = this._pairOf(waiter, waiterStack, holder, place);
    pair.waitNs += from.waitNs * share;
    pair.count += from.count * share;
  }

  /** A small number for a thread at a place. */
  private _sideOf(thread: ThreadIndex, place: number): number {
    // Places lie within ±2^31, threads below 2^16 and from -1.
    const key = (thread + 1) * 2 ** 33 + place + 2 ** 32;
    let side = this._sides.get(key);
    if (side === undefined) {
      side = this._sides.size;
      this._sides.set(key, side);
    }
    return side;
  }

  private readonly _pairs = new Map<number, Pair>();
  /** By waiter: the pair that its wait was added to last, as most are to the same again. */
  private readonly _latest: (Pair | undefined)[] = [];
  private readonly _sides = new Map<number, number>();
}
