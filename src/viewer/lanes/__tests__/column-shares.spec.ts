import fc from 'fast-check';
import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { columnShares, intervalAt, visitExact } from '../column-shares';
import type { StoredLane } from '../column-shares';
import { exactSpan } from '../bundle-lane';
import type { TimeRange } from '../time-scale';

const { RunningGil, Running, WaitingGil, OffCpu } = ThreadState;
const SEED = 20260102;

/** Exact intervals over [0, end) given by their lengths; the overview says "running" all over. */
function exactLane(
  lengths: readonly number[],
  states: readonly number[]
): { lane: StoredLane; end: number; starts: number[] } {
  const starts: number[] = [];
  let end = 0;
  for (const length of lengths) {
    starts.push(end);
    end += length;
  }
  const lane: StoredLane = {
    overview: {
      bucketNs: end,
      buckets: 1,
      states: [Running],
      shares: Uint8Array.of(255)
    },
    exact: [
      exactSpan(
        0,
        end,
        {
          start: Float64Array.from(starts),
          state: Uint8Array.from(states),
          end
        },
        { cutAtStart: false, cutAtEnd: false }
      )
    ]
  };
  return { lane, end, starts };
}

function sharesOf(
  lane: StoredLane,
  range: TimeRange,
  columns: number
): Float64Array {
  const out = new Float64Array(columns * STATE_COUNT);
  columnShares(lane, range, columns, out);
  return out;
}

/** Share of one state per column. */
function column(out: Float64Array, state: number): number[] {
  return Array.from(
    { length: out.length / STATE_COUNT },
    (_, x) => out[x * STATE_COUNT + state]
  );
}

/** Largest difference of two arrays of one length. */
function furthest(a: Float64Array, b: Float64Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i])),
    0
  );
}

const tracks = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 5000 }),
      state: fc.integer({ min: 0, max: STATE_COUNT - 1 })
    }),
    { minLength: 1, maxLength: 60 }
  )
  .map(parts =>
    exactLane(
      parts.map(part => part.length),
      parts.map(part => part.state)
    )
  );

const zooms = fc.tuple(
  fc.double({ min: 0, max: 0.9, noNaN: true }),
  fc.double({ min: 0.01, max: 1, noNaN: true }),
  fc.integer({ min: 1, max: 300 })
);

it('sums to one in each column of a thread that exists all the time', () => {
  fc.assert(
    fc.property(tracks, zooms, ({ lane, end }, [from, part, columns]) => {
      const start = from * end;
      const range = { start, end: start + part * (end - start) };
      const out = sharesOf(lane, range, columns);
      const sums = new Float64Array(columns);
      out.forEach((share, i) => (sums[Math.floor(i / STATE_COUNT)] += share));
      expect(furthest(sums, new Float64Array(columns).fill(1))).toBeLessThan(
        1e-6
      );
    }),
    { seed: SEED }
  );
});

it('keeps the time in each state at every zoom', () => {
  fc.assert(
    fc.property(
      tracks,
      zooms,
      ({ lane, end, starts }, [from, part, columns]) => {
        const start = from * end;
        const range = { start, end: start + part * (end - start) };
        const out = sharesOf(lane, range, columns);
        const columnNs = (range.end - range.start) / columns;
        const drawn = new Float64Array(STATE_COUNT);
        out.forEach((share, i) => (drawn[i % STATE_COUNT] += share * columnNs));
        // The same by brute force, interval by interval.
        const wanted = new Float64Array(STATE_COUNT);
        starts.forEach((at, i) => {
          const until = i + 1 < starts.length ? starts[i + 1] : end;
          const time = Math.min(until, range.end) - Math.max(at, range.start);
          wanted[lane.exact[0].track.state[i]] += Math.max(0, time);
        });
        expect(furthest(drawn, wanted)).toBeLessThan(1e-3);
      }
    ),
    { seed: SEED }
  );
});

it('gives the same columns for two halves as for the whole', () => {
  fc.assert(
    fc.property(tracks, fc.integer({ min: 1, max: 100 }), (made, half) => {
      const { lane, end } = made;
      const whole = sharesOf(lane, { start: 0, end }, 2 * half);
      const left = sharesOf(lane, { start: 0, end: end / 2 }, half);
      const right = sharesOf(lane, { start: end / 2, end }, half);
      const joined = Float64Array.from([...left, ...right]);
      expect(furthest(joined, whole)).toBeLessThan(1e-6);
    }),
    { seed: SEED }
  );
});

describe('an overview', () => {
  const lane: StoredLane = {
    overview: {
      bucketNs: 100,
      buckets: 4,
      states: [RunningGil, WaitingGil],
      // The thread starts with bucket 1 and ends before bucket 3.
      shares: Uint8Array.of(0, 0, 51, 204, 255, 0, 0, 0)
    },
    exact: []
  };

  it('is spread over the pixels of a bucket', () => {
    const out = sharesOf(lane, { start: 0, end: 400 }, 8);
    const waiting = column(out, WaitingGil);
    expect(waiting).toEqual([0, 0, 0.8, 0.8, 0, 0, 0, 0]);
    expect(column(out, RunningGil)).toEqual([0, 0, 0.2, 0.2, 1, 1, 0, 0]);
  });

  it('is averaged over the buckets of a pixel', () => {
    const out = sharesOf(lane, { start: 0, end: 400 }, 1);
    expect(out[WaitingGil]).toBeCloseTo(0.2, 12);
    expect(out[RunningGil]).toBeCloseTo(0.3, 12);
  });

  it('is empty beyond the run', () => {
    const out = sharesOf(lane, { start: 400, end: 800 }, 4);
    expect(Array.from(out).every(share => share === 0)).toBe(true);
  });
});

describe('a window within the overview', () => {
  const lane: StoredLane = {
    overview: {
      bucketNs: 400,
      buckets: 1,
      states: [OffCpu],
      shares: Uint8Array.of(255)
    },
    exact: [
      exactSpan(
        100,
        300,
        {
          start: Float64Array.of(100, 150),
          state: Uint8Array.of(RunningGil, WaitingGil),
          // The thread ends before the window does.
          end: 250
        },
        { cutAtStart: true, cutAtEnd: true }
      )
    ]
  };

  it('takes the place of the overview, also within a column', () => {
    const out = sharesOf(lane, { start: 0, end: 400 }, 2);
    // [0, 200): 100 overview, 50 running, 50 waiting; [200, 400): 50 waiting, 50 nothing, 100 overview.
    expect(column(out, OffCpu)).toEqual([0.5, 0.5]);
    expect(column(out, RunningGil)).toEqual([0.25, 0]);
    expect(column(out, WaitingGil)).toEqual([0.25, 0.25]);
  });

  it('tells the interval at a time', () => {
    expect(intervalAt(lane, 99)).toBeUndefined();
    expect(intervalAt(lane, 149)).toEqual({
      start: 100,
      end: 150,
      state: RunningGil,
      cut: true
    });
    expect(intervalAt(lane, 150)).toEqual({
      start: 150,
      end: 250,
      state: WaitingGil,
      cut: false
    });
    expect(intervalAt(lane, 250)).toBeUndefined();
  });

  it('visits only intervals that are long enough', () => {
    const seen: number[] = [];
    const visit = ({ state }: { state: number }): void => {
      seen.push(state);
    };
    visitExact(lane, { start: 0, end: 400 }, 60, visit);
    expect(seen).toEqual([WaitingGil]);
    visitExact(lane, { start: 0, end: 140 }, 50, visit);
    expect(seen).toEqual([WaitingGil, RunningGil]);
  });
});
