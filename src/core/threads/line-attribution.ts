/**
 * Which lines held the GIL, waited for it, and did without it; and which made which wait.
 *
 * A waiter's line is exact: the thread stands there. The edges of a hold are exact. What the holder ran
 * inside a hold was seen now and then (line-shares.ts). The line at a drop is not used: CPython drops at calls and back
 * edges only, so that line would be charged for what ran before it.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import { LineCharges, WHOLE_RUN, type WantedHolds } from './line-charges';
import type { LineSamples } from './line-samples';
import { LineShares, type Pool } from './line-shares';
import type { LineSplit } from './line-split';
import { LineSplitRows } from './line-split-rows';
import type { StackTable } from './line-stacks';
import type { LineBlame, LineTimes } from './result';

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
  /** @param _period mean time between two readings of memory */
  constructor(
    stacks: StackTable,
    private readonly _samples: LineSamples,
    private readonly _period: Nanoseconds
  ) {
    this._charges = new LineCharges(stacks, WHOLE_RUN);
    this._split = new LineSplitRows(_samples, _period);
  }

  /** Takes in the holds and waits of one GIL. */
  addGil(holds: WantedHolds, waits: WaitsWithLines): void {
    const { _charges: charges, _samples: samples } = this;
    for (let wait = 0; wait < waits.length; wait++) {
      waits.stack[wait] = samples.stackAt(
        waits.thread[wait],
        waits.line[wait],
        (waits.start[wait] + waits.end[wait]) / 2
      );
    }
    const shares = new LineShares(holds, samples, this._period);
    charges.addHolds(holds, waits, shares, () => shares.learn());
    const pools = shares.pools();
    charges.addUnseen(pools);
    charges.addWaits(
      holds,
      waits,
      shares,
      () => pools,
      (wait, longest) => {
        waits.holderStack[wait] = likelyStack(longest, pools);
      }
    );
    charges.addReleased(pools, ({ thread, line }, part) =>
      samples.stacksOf(thread, line, part)
    );
    this._split.addGil(pools);
  }

  lineTimes(): LineTimes[] {
    return this._charges.lineTimes();
  }

  lineBlame(): LineBlame[] {
    return this._charges.lineBlame();
  }

  /** How the holds were split, to do the same for a part of the run. */
  split(): LineSplit {
    return this._split.columns();
  }

  private readonly _charges: LineCharges;
  private readonly _split: LineSplitRows;
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
