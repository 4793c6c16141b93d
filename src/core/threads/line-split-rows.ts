/** How the holds of a run were split by line, as columns: with them the same can be done for any part of the run. */
import type { Nanoseconds, StackIndex } from '../units';
import type { LineSamples } from './line-samples';
import type { Pool } from './line-shares';
import type { LineSplit } from './line-split';

interface PoolShare {
  readonly gil: number;
  readonly pool: Pool['unseen'];
  readonly stack: StackIndex;
  held: number;
  variance: number;
  released: number;
}

export class LineSplitRows {
  constructor(
    private readonly _samples: LineSamples,
    private readonly _period: Nanoseconds
  ) {}

  /** Takes in what the holds of the next GIL taught. */
  addGil(pools: readonly Pool[]): void {
    const gil = this._gils++;
    for (const { unseen: pool, stack, share, variance } of pools) {
      const shares = new Map<StackIndex, PoolShare>();
      const of = (place: StackIndex): PoolShare => {
        let found = shares.get(place);
        if (found === undefined) {
          found = {
            gil,
            pool,
            stack: place,
            held: 0,
            variance: 0,
            released: 0
          };
          shares.set(place, found);
        }
        return found;
      };
      stack.forEach((place, index) => {
        const found = of(place);
        found.held += share[index];
        found.variance += variance[index];
      });
      this._samples.stacksOf(pool.thread, pool.line, (place, part) => {
        of(place).released += part;
      });
      this._shares.push(...shares.values());
    }
  }

  columns(): LineSplit {
    const shares = this._shares;
    return {
      period: this._period,
      sightings: this._samples.sightings(),
      pools: {
        length: shares.length,
        gil: Uint16Array.from(shares, ({ gil }) => gil),
        thread: Uint16Array.from(shares, ({ pool }) => pool.thread),
        line: Int32Array.from(shares, ({ pool }) => pool.line),
        stack: Int32Array.from(shares, ({ stack }) => stack),
        held: Float64Array.from(shares, ({ held }) => held),
        variance: Float64Array.from(shares, ({ variance }) => variance),
        released: Float64Array.from(shares, ({ released }) => released)
      }
    };
  }

  private _gils = 0;
  private readonly _shares: PoolShare[] = [];
}
