import {
  madeCollections,
  madeHolds,
  madeLockWaits
} from '../../../core/trace/__tests__/made-lines';
import { madeResult } from '../../../core/trace/__tests__/made-results';
import { WaitKind } from '../../../core/threads/result';
import { costOf } from '../cost';

const { Contended, Handoff, Forced } = WaitKind;

/** 100 us in which the probes were hit 22 times, by hand. */
const made = {
  ...madeResult(
    0,
    100_000,
    [],
    [
      // Two rounds without the GIL, and one that gets it: three, of two hits each.
      {
        thread: 0,
        start: 0,
        end: 9000,
        holder: 1,
        kind: Contended,
        ignored: 2
      },
      // Its mutex only: no round.
      { thread: 0, start: 20_000, end: 21_000, holder: 1, kind: Handoff },
      { thread: 0, start: 30_000, end: 31_000, holder: 1, kind: Forced }
    ]
  ),
  // A take and a drop each.
  holds: madeHolds(
    [10_000, 21_000, 31_000, 40_000, 50_000].map(start => ({
      thread: 0,
      start,
      end: start + 5000
    }))
  ),
  // Two hits each.
  lockWaits: madeLockWaits([{ thread: 0, start: 60_000, end: 61_000 }]),
  collections: madeCollections([
    [0, 70_000, 71_000],
    [0, 72_000, 73_000]
  ])
};

describe('the cost of tracing', () => {
  it('is the hits times what one costs, in percent of the time without them', () => {
    // 22 us of 100: the program alone would have taken 78.
    expect(costOf(made, 1000, 1000).overhead_percent).toBe(28.2);
    expect(costOf(made, 500, 1000).overhead_percent).toBe(12.4);
    expect(costOf(made, 0, 1000).overhead_percent).toBe(0);
  });

  it('counts no more hits than the kernel did', () => {
    // Where only waits are recorded, holds are known that no probe saw.
    expect(costOf(made, 1000, 10).overhead_percent).toBe(11.1);
    expect(costOf(made, 1000, 0).overhead_percent).toBe(0);
  });

  it('tells the part that was spent with the GIL', () => {
    // One acquire after a wait, and both ends of two collections.
    expect(costOf(made, 1000, 1000).lengthened_holds_ns).toBe(5000);
  });

  it('stays a number where more was added than it took', () => {
    expect(costOf(made, 10_000, 1000).overhead_percent).toBe(22_000);
    const empty = { ...made, end: 0 };
    expect(costOf(empty, 1000, 1000).overhead_percent).toBe(0);
  });
});
