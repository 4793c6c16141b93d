import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { LIVE_BUCKETS } from '../../../core/trace/live-frame';
import { LiveLane } from '../live-lane';
import { BUCKET, STATES, told } from './sample-frames';

/** Shares of a state in each column of the buckets from `first` on. */
function columns(
  lane: LiveLane,
  state: ThreadState,
  first: number,
  buckets: number,
  count = buckets
): number[] {
  const out = new Float64Array(count * STATE_COUNT).fill(9);
  const range = { start: first * BUCKET, end: (first + buckets) * BUCKET };
  lane.columnShares(range, count, out);
  return Array.from({ length: count }, (_, column) =>
    Number(out[column * STATE_COUNT + state].toFixed(6))
  );
}

function lane(...parts: [number, string][]): LiveLane {
  const made = new LiveLane(BUCKET);
  for (const [first, letters] of parts) {
    made.write(told(0, first, letters), STATES);
  }
  return made;
}

describe('LiveLane', () => {
  it('shows each bucket in its place, and nothing where nothing is known', () => {
    const one = lane([2, 'RW.R']);
    expect(columns(one, ThreadState.RunningGil, 0, 8)).toEqual([
      0, 0, 1, 0, 0, 1, 0, 0
    ]);
    expect(columns(one, ThreadState.WaitingGil, 0, 8)).toEqual([
      0, 0, 0, 1, 0, 0, 0, 0
    ]);
  });

  it('keeps states that a later frame does not have', () => {
    const one = lane([0, 'RW']);
    const asleep = { thread: 0, first: 2, count: 1 };
    one.write({ ...asleep, shares: Uint8Array.of(255) }, [ThreadState.OffCpu]);
    expect(columns(one, ThreadState.RunningGil, 0, 3)).toEqual([1, 0, 0]);
    expect(columns(one, ThreadState.WaitingGil, 0, 3)).toEqual([0, 1, 0]);
    expect(columns(one, ThreadState.OffCpu, 0, 3)).toEqual([0, 0, 1]);
  });

  it('averages buckets in a column, and spreads one over several', () => {
    const one = lane([0, 'RRRS']);
    expect(columns(one, ThreadState.RunningGil, 0, 4, 2)).toEqual([1, 0.5]);
    expect(columns(one, ThreadState.OffCpu, 2, 2, 4)).toEqual([0, 0, 1, 1]);
    // Columns of 2/3 of a bucket: the third one is half R, half S.
    expect(columns(one, ThreadState.OffCpu, 2, 2, 3)).toEqual([0, 0.5, 1]);
  });

  it('replaces what it was told before', () => {
    const one = lane([0, 'RR'], [1, 'W']);
    expect(columns(one, ThreadState.RunningGil, 0, 2)).toEqual([1, 0]);
    expect(one.total(ThreadState.RunningGil)).toBe(1);
    expect(one.total(ThreadState.WaitingGil)).toBe(1);
  });

  it('keeps the last half minute, whatever comes', () => {
    const half = LIVE_BUCKETS / 2;
    const one = lane([0, 'R'.repeat(half)], [half, 'W'.repeat(LIVE_BUCKETS)]);
    expect(one.total(ThreadState.WaitingGil)).toBe(LIVE_BUCKETS);
    expect(one.total(ThreadState.RunningGil)).toBeLessThanOrEqual(1);
    expect(columns(one, ThreadState.WaitingGil, half, 2)).toEqual([1, 1]);
    // A gap longer than the ring leaves nothing of what was before.
    one.write(told(0, 10 * LIVE_BUCKETS, 'S'), STATES);
    expect(one.total(ThreadState.WaitingGil)).toBe(0);
    expect(one.total(ThreadState.OffCpu)).toBe(1);
    // What is older than the ring is not taken for new.
    one.write(told(0, 5, 'RRR'), STATES);
    expect(one.total(ThreadState.RunningGil)).toBe(0);
  });
});
