import fc from 'fast-check';

import { intervalAt, intervalRange, IntervalTrack } from '../interval-track';
import {
  appendAll,
  changes,
  COLUMN,
  drawnTrack,
  drawTrack
} from './made-tracks';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`interval-track.spec: fast-check seed ${SEED}`));

describe('IntervalTrack', () => {
  it.each([['##--..__##'], ['   ?'], ['#'], ['  ~~LLpp']])(
    'keeps %s',
    strip => {
      expect(drawTrack(drawnTrack(strip))).toBe(strip);
    }
  );

  it('joins equal neighbours and takes the later of two changes at one time', () => {
    const track = new IntervalTrack();
    track.append(0, 1);
    track.append(10, 2);
    track.append(10, 1);
    track.append(20, 4);
    track.append(20, 7);
    track.append(30, 7);
    track.extendTo(40);
    expect(drawTrack(track)).toBe('##__');
    expect(track.length).toBe(2);
  });

  it('refuses a change before the latest one, even where that one left no interval', () => {
    const track = new IntervalTrack();
    track.append(0, 1);
    track.append(20, 2);
    track.append(20, 1);
    expect(() => track.append(19, 3)).toThrow(
      'a change at 19 ns comes after one at 20 ns'
    );
    expect(() => track.append(NaN, 3)).toThrow(RangeError);
    track.append(20, 2);
    track.extendTo(30);
    expect(drawTrack(track)).toBe('##-');
  });

  it('takes a change before an end that was only expected', () => {
    const track = new IntervalTrack();
    track.append(0, 1);
    track.extendTo(40);
    track.append(20, 2);
    expect(drawTrack(track)).toBe('##--');
  });

  it('leaves the columns alone that it was made from', () => {
    const columns = {
      length: 2,
      // Longer than they need to be.
      start: Float64Array.of(0, 10, 77, 78, 79),
      state: Uint8Array.of(1, 2, 7, 7, 7),
      end: 20
    };
    const track = IntervalTrack.from(columns);
    expect(track.start).toBe(columns.start);
    track.append(20, 3);
    track.append(20, 4);
    track.extendTo(30);
    expect(drawTrack(track)).toBe('#-.');
    expect(drawTrack(columns)).toBe('#-');
    expect(Array.from(columns.start)).toEqual([0, 10, 77, 78, 79]);
    expect(Array.from(columns.state)).toEqual([1, 2, 7, 7, 7]);
  });

  it('takes 9 bytes an interval after trim', () => {
    const track = new IntervalTrack();
    for (let i = 0; i < 1000; i++) {
      track.append(i, i % 2);
    }
    const before = drawTrack(track);
    track.trim();
    expect(track.byteLength).toBe(9000);
    expect(drawTrack(track)).toBe(before);
    track.append(1000, 4);
    expect(track.length).toBe(1001);
  });

  it('is a partition of its time whose neighbours differ', () => {
    fc.assert(
      fc.property(
        changes(200),
        fc.integer({ min: 0, max: 1e12 }),
        (history, begin) => {
          const track = new IntervalTrack();
          appendAll(track, begin, history);
          for (let i = 1; i < track.length; i++) {
            expect(track.start[i]).toBeGreaterThan(track.start[i - 1]);
            expect(track.state[i]).not.toBe(track.state[i - 1]);
          }
          if (history.length > 0) {
            const all = history.reduce((sum, { gap }) => sum + gap, begin);
            expect(track.start[0]).toBe(begin + history[0].gap);
            expect(track.end).toBe(all);
          }
        }
      ),
      { seed: SEED }
    );
  });
});

describe('searches', () => {
  //                        0123456789
  const track = drawnTrack('  ##..__  ');
  it.each([
    [1.9, -1],
    [2, 0],
    [3.9, 0],
    [4, 1],
    [7.9, 2],
    [8, -1]
  ])('the interval at column %d is %d', (column, index) => {
    expect(intervalAt(track, column * COLUMN)).toBe(index);
  });

  it.each([
    [0, 2, [0, 0]],
    [0, 2.1, [0, 1]],
    [0, 9, [0, 3]],
    [3, 4, [0, 1]],
    [4, 4, [0, 0]],
    [4, 6, [1, 2]],
    [4, 6.1, [1, 3]],
    [8, 9, [0, 0]]
  ])('columns %d to %d meet the intervals %j', (from, to, range) => {
    expect(intervalRange(track, from * COLUMN, to * COLUMN)).toEqual(range);
  });

  it('find nothing in an empty track', () => {
    const empty = new IntervalTrack();
    expect(intervalAt(empty, 0)).toBe(-1);
    expect(intervalRange(empty, 0, 10)).toEqual([0, 0]);
  });
});
