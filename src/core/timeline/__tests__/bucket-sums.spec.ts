import fc from 'fast-check';

import { STATE_COUNT } from '../../threads/states';
import { BucketSums, BUCKETS_PER_COLUMN } from '../bucket-sums';
import { IntervalTrack } from '../interval-track';
import { StateSums } from '../state-sums';
import { cutEvenly } from '../time-edges';
import { longTrack } from './made-tracks';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`bucket-sums.spec: fast-check seed ${SEED}`));

function made(track: IntervalTrack): { sums: StateSums; overview: BucketSums } {
  const sums = new StateSums(track, STATE_COUNT);
  return { sums, overview: new BucketSums(sums) };
}

/** Where frames lie: around the track's begin and end, and within. */
const EDGE = fc.double({ min: -0.3, max: 1.3, noNaN: true });

describe('BucketSums', () => {
  it('has no table for a small track, and then is exact', () => {
    const track = longTrack(1, 500, 0);
    const { sums, overview } = made(track);
    const ours = new Float64Array(20 * STATE_COUNT);
    const exact = new Float64Array(20 * STATE_COUNT);
    overview.sumColumns(0, track.end, 20, ours);
    sums.sumEdges(cutEvenly(0, track.end, 20), exact);
    expect(overview.bucketNs).toBe(Infinity);
    expect(ours).toEqual(exact);
  });

  it('is exact between edges of buckets', () => {
    const track = longTrack(SEED, 40_000, 12_345);
    const { sums, overview } = made(track);
    const width = overview.bucketNs * 8;
    const from = Math.ceil(track.start[0] / width) * width;
    const columns = Math.floor((track.end - from) / width);
    expect(columns).toBeGreaterThan(20);
    const ours = new Float64Array(columns * STATE_COUNT);
    overview.sumColumns(from, from + columns * width, columns, ours);
    // Not the prefix sums: each interval against the column.
    const expected = new Float64Array(columns * STATE_COUNT);
    for (let i = 0; i < track.length; i++) {
      let start = Math.max(track.start[i], from);
      const end = i + 1 < track.length ? track.start[i + 1] : track.end;
      while (start < end) {
        const column = Math.floor((start - from) / width);
        const next = Math.min(end, from + (column + 1) * width);
        expected[column * STATE_COUNT + track.state[i]] += next - start;
        start = next;
      }
    }
    expect(ours).toEqual(expected.subarray(0, ours.length));
    expect(sums.track).toBe(track);
  });

  it('gives columns that sum to their time and to the frame, and are right to 1/8 of a column', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 8200, max: 60_000 }),
        fc.integer({ min: 0, max: 1e12 }),
        EDGE,
        EDGE,
        fc.integer({ min: 1, max: 150 }),
        (seed, length, begin, one, other, columns) => {
          const track = longTrack(seed, length, begin);
          const { sums, overview } = made(track);
          const span = track.end - begin;
          const from = begin + Math.min(one, other) * span;
          const to = begin + Math.max(one, other) * span;
          const ours = new Float64Array(columns * STATE_COUNT).fill(7);
          const exact = new Float64Array(columns * STATE_COUNT);
          overview.sumColumns(from, to, columns, ours);
          const edges = cutEvenly(from, to, columns);
          sums.sumEdges(edges, exact);
          const frame = new Float64Array(STATE_COUNT);
          sums.timeInStates(from, to, frame);
          const added = new Float64Array(STATE_COUNT);
          // Largest errors: an expect for each of a million cells would take a minute.
          let least = 0;
          let wrong = 0;
          let lost = 0;
          for (let column = 0; column < columns; column++) {
            let all = 0;
            for (let state = 0; state < STATE_COUNT; state++) {
              const at = column * STATE_COUNT + state;
              least = Math.min(least, ours[at]);
              wrong = Math.max(wrong, Math.abs(ours[at] - exact[at]));
              added[state] += ours[at];
              all += ours[at];
            }
            const lived =
              Math.min(edges[column + 1], track.end) -
              Math.max(edges[column], begin);
            lost = Math.max(lost, Math.abs(all - Math.max(0, lived)));
          }
          expect(least).toBeGreaterThan(-0.1);
          expect(wrong).toBeLessThan((to - from) / columns / 8 + 1);
          expect(lost).toBeLessThan(1);
          frame.forEach((time, state) => {
            lost = Math.max(lost, Math.abs(time - added[state]));
          });
          expect(lost).toBeLessThan(1);
        }
      ),
      { seed: SEED, numRuns: 80 }
    );
  });

  it('answers the same while a track grows by chunks, and stays bounded', () => {
    const whole = longTrack(SEED, 300_000, 777);
    const grown = new IntervalTrack();
    const { overview } = made(grown);
    let row = 0;
    let chunk = 500;
    const widths = new Set<number>();
    while (row < whole.length) {
      for (const end = Math.min(row + chunk, whole.length); row < end; row++) {
        grown.append(whole.start[row], whole.state[row]);
      }
      chunk *= 2;
      widths.add(overview.bucketNs);
      const fresh = made(IntervalTrack.from(grown)).overview;
      const columns = 30;
      const ours = new Float64Array(columns * STATE_COUNT);
      const theirs = new Float64Array(columns * STATE_COUNT);
      const from = whole.start[0];
      overview.sumColumns(from, grown.end, columns, ours);
      fresh.sumColumns(from, grown.end, columns, theirs);
      // Tables may differ in their width: both are right to 1/8 of a column.
      const most = (2 * (grown.end - from)) / columns / 8;
      ours.forEach((time, at) =>
        expect(Math.abs(time - theirs[at])).toBeLessThan(most)
      );
      if (overview.bucketNs === fresh.bucketNs) {
        ours.forEach((time, at) =>
          expect(Math.abs(time - theirs[at])).toBeLessThan(0.1)
        );
      }
    }
    expect(widths.size).toBeGreaterThan(1);
    expect(overview.byteLength / whole.length).toBeLessThan(6);
  });

  it.each([
    ['slower', (part: number) => 20 * 100 ** part],
    ['faster', (part: number) => 2000 / 100 ** part],
    ['faster at last', (part: number) => (part < 0.1 ? 200_000 : 20)]
  ])('stays exact between buckets when a trace gets %s', (_, gapAt) => {
    const track = new IntervalTrack();
    const { sums, overview } = made(track);
    const length = 200_000;
    const widths: number[] = [];
    let time = 5_000_001;
    for (let i = 0; i < length; i++) {
      const part = i / length;
      // Some states come late.
      const states = part < 0.5 ? 3 : STATE_COUNT;
      track.append(time, (i * 7 + (i >> 5)) % states);
      time += Math.ceil(gapAt(part));
      if (i % 10_000 === 9999) {
        widths.push(overview.bucketNs);
        const width = overview.bucketNs * BUCKETS_PER_COLUMN;
        const from = Math.floor(track.start[0] / width) * width;
        const columns = Math.ceil((track.end - from) / width);
        const ours = new Float64Array(columns * STATE_COUNT);
        const exact = new Float64Array(columns * STATE_COUNT);
        overview.sumColumns(from, from + columns * width, columns, ours);
        sums.sumEdges(cutEvenly(from, from + columns * width, columns), exact);
        expect(ours).toEqual(exact);
      }
    }
    expect(new Set(widths).size).toBeGreaterThan(1);
  });

  it('is off by 1/8 of a column at most where each bucket has its states apart', () => {
    // Two states a bucket, 32 768 ns; which of them comes first changes from bucket to bucket. A blink of a
    // third state every 2048 ns makes it worth a table.
    //     |1111....|....1111|1111....|
    const track = new IntervalTrack();
    const width = 2 ** 15;
    const step = width / 16;
    for (let at = 0; at < 600 * 16; at++) {
      const quarter = Math.floor((at * step * 2) / width) % 4;
      track.append(at * step, quarter === 0 || quarter === 3 ? 1 : 4);
      track.append((at + 1) * step - 1, 7);
    }
    const { sums, overview } = made(track);
    expect(overview.bucketNs).toBe(width);
    let worst = 0;
    for (const buckets of [1, 2.5, 3, 3.9, 4, 4.5, 5, 7, 11]) {
      const columns = Math.floor(560 / buckets);
      for (const from of [3.25, 3.5, 3.75]) {
        const begin = from * width;
        const end = begin + columns * buckets * width;
        const ours = new Float64Array(columns * STATE_COUNT);
        const exact = new Float64Array(columns * STATE_COUNT);
        overview.sumColumns(begin, end, columns, ours);
        sums.sumEdges(cutEvenly(begin, end, columns), exact);
        ours.forEach((time, at) => {
          const error = Math.abs(time - exact[at]) / (buckets * width);
          worst = Math.max(worst, error);
        });
      }
    }
    expect(worst).toBeLessThan(1 / 8);
    // Were the table not read, there would be no error at all.
    expect(worst).toBeGreaterThan(1 / 16);
  });

  it('reads no table where a column would be narrower than some buckets', () => {
    const track = longTrack(3, 20_000, 0);
    const { sums, overview } = made(track);
    const columns = 100;
    const to = columns * (BUCKETS_PER_COLUMN - 0.01) * overview.bucketNs;
    const ours = new Float64Array(columns * STATE_COUNT);
    const exact = new Float64Array(columns * STATE_COUNT);
    overview.sumColumns(0, to, columns, ours);
    sums.sumEdges(cutEvenly(0, to, columns), exact);
    expect(ours).toEqual(exact);
  });
});
