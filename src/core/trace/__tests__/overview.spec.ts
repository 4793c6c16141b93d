import fc from 'fast-check';

import {
  STATE_COUNT,
  ThreadState,
  type ThreadState as State
} from '../../threads/states';
import { laneColumns } from '../lanes';
import {
  bucketGrid,
  MIN_BUCKET_NS,
  occurringStates,
  overviewShares
} from '../overview';
import { madeResult, randomResult } from './made-results';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`overview.spec: fast-check seed ${SEED}`));

const { RunningGil, WaitingGil, OffCpu } = ThreadState;

function sharesOf(
  strips: (readonly [State, number])[][],
  buckets: number,
  end: number
): number[][] {
  const result = madeResult(
    0,
    end,
    strips.map((intervals, tid) => ({ tid, begin: 0, intervals }))
  );
  const columns = laneColumns(result);
  const states = [RunningGil, WaitingGil, OffCpu];
  const shares = overviewShares(
    columns,
    [strips.map((_, row) => row)],
    states,
    { bucketNs: end / buckets, buckets }
  );
  return Array.from({ length: buckets }, (_, bucket) =>
    Array.from(shares.subarray(bucket * 3, bucket * 3 + 3))
  );
}

describe('overviewShares', () => {
  it('cuts an interval at the edges of buckets', () => {
    // ====~~~~~~~~~~~~~~~~........   (= holds, ~ waits, . does not exist; 4 characters a bucket)
    const shares = sharesOf(
      [
        [
          [RunningGil, 4000],
          [WaitingGil, 16000]
        ]
      ],
      7,
      28000
    );
    expect(shares).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 255, 0],
      [0, 255, 0],
      [0, 255, 0],
      [0, 0, 0],
      [0, 0, 0]
    ]);
  });

  it('rounds by the largest remainder, the first among equals', () => {
    // Thirds of 255 are exact; 1:1 leaves one over, which the first takes.
    const third = sharesOf(
      [
        [
          [RunningGil, 1000],
          [WaitingGil, 1000],
          [OffCpu, 1000]
        ]
      ],
      1,
      3000
    );
    expect(third).toEqual([[85, 85, 85]]);
    const half = sharesOf(
      [
        [
          [WaitingGil, 1000],
          [OffCpu, 1000]
        ]
      ],
      1,
      2000
    );
    expect(half).toEqual([[0, 128, 127]]);
  });

  it('weighs the threads of a folded lane by their time', () => {
    const shares = sharesOf([[[RunningGil, 3000]], [[OffCpu, 1000]]], 1, 4000);
    expect(shares).toEqual([[191, 0, 64]]);
  });

  it('gives each bucket of existing time shares that sum to 255 and are right to one step', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 64 }),
        (seed, threads, intervals, most) => {
          const result = randomResult(seed, threads, intervals, 3000);
          const columns = laneColumns(result);
          const states = occurringStates(columns.tracks);
          const grid = bucketGrid(result.end - result.begin, most);
          const lanes = columns.tracks.map((_, row) => [row]);
          const shares = overviewShares(columns, lanes, states, grid);
          lanes.forEach((_, lane) => {
            for (let bucket = 0; bucket < grid.buckets; bucket++) {
              const from = result.begin + bucket * grid.bucketNs;
              const to = from + grid.bucketNs;
              const times = timesWithin(columns.tracks[lane], from, to);
              const total = times.reduce((sum, time) => sum + time, 0);
              const base = (lane * grid.buckets + bucket) * states.length;
              let sum = 0;
              states.forEach((state, column) => {
                const share = shares[base + column];
                sum += share;
                const exact = total > 0 ? (times[state] / total) * 255 : 0;
                expect(Math.abs(share - exact)).toBeLessThan(1);
              });
              expect(sum).toBe(total > 0 ? 255 : 0);
            }
          });
        }
      ),
      { seed: SEED, numRuns: 60 }
    );
  });
});

/** The obvious way: each interval against the span. */
function timesWithin(
  track: {
    length: number;
    start: Float64Array;
    state: Uint8Array;
    end: number;
  },
  from: number,
  to: number
): number[] {
  const times = new Array<number>(STATE_COUNT).fill(0);
  for (let i = 0; i < track.length; i++) {
    const end = i + 1 < track.length ? track.start[i + 1] : track.end;
    const both = Math.min(end, to) - Math.max(track.start[i], from);
    times[track.state[i]] += Math.max(0, both);
  }
  return times;
}

describe('bucketGrid', () => {
  it.each([
    [0, 1, MIN_BUCKET_NS],
    [500, 1, 1000],
    [100_000, 100, 1000],
    [2_048_000, 2048, 1000],
    [2_048_001, 2046, 1001],
    [1e9, 2048, 488_282]
  ])('%d ns: %d buckets of %d ns', (duration, buckets, bucketNs) => {
    expect(bucketGrid(duration, 2048)).toEqual({ buckets, bucketNs });
  });
});
