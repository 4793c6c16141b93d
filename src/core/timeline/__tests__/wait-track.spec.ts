import fc from 'fast-check';

import { BlockedWaits } from '../blocked-waits';
import { WaitForest } from '../wait-forest';
import { NO_WAIT, WaitTrack } from '../wait-track';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`wait-track.spec: fast-check seed ${SEED}`));

interface Wait {
  start: number;
  end: number;
}

/** Durations repeat, so that equals occur. */
const DURATION = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 1000 })
);

/** Waits of one thread; with `overlap`, some start before the last one ends. */
function waits(overlap: boolean): fc.Arbitrary<Wait[]> {
  const step = fc.tuple(fc.integer({ min: 0, max: 50 }), DURATION);
  return fc.array(step, { maxLength: 150, size: 'max' }).map(steps => {
    let time = 0;
    return steps.map(([gap, duration]) => {
      const start = time + gap;
      time = overlap ? start : start + duration;
      return { start, end: start + duration };
    });
  });
}

function trackOf(all: readonly Wait[]): WaitTrack {
  const track = new WaitTrack();
  all.forEach(({ start, end }, row) => track.append(start, end, row));
  return track;
}

function belongs({ start, end }: Wait, from: number, to: number): boolean {
  return start < to && (end > from || start >= from);
}

/** The first of the longest ones. */
function longestOf(all: readonly Wait[], from: number, to: number): number {
  let best = NO_WAIT;
  all.forEach((wait, row) => {
    const length = wait.end - wait.start;
    if (
      belongs(wait, from, to) &&
      (best === NO_WAIT || length > all[best].end - all[best].start)
    ) {
      best = row;
    }
  });
  return best;
}

describe.each([WaitForest, BlockedWaits])('%p', Forest => {
  it('finds the longest of any run, and the next and previous that is long enough', () => {
    fc.assert(
      fc.property(
        fc.array(DURATION, { maxLength: 80, size: 'max' }),
        DURATION,
        (durations, least) => {
          const forest = new Forest();
          const found: number[] = [];
          const expected: number[] = [];
          const note = (answer: number, right: number): void => {
            found.push(answer);
            expected.push(right);
          };
          durations.forEach((duration, count) => {
            forest.append(duration);
            for (let first = 0; first <= count; first++) {
              const part = durations.slice(first, count + 1);
              const best = first + part.indexOf(Math.max(...part));
              note(forest.longest(first, count + 1), best);
            }
          });
          const longEnough = durations.map(duration => duration >= least);
          for (let at = 0; at <= durations.length; at++) {
            const before = durations.slice(0, at);
            note(forest.longest(0, at), before.indexOf(Math.max(...before)));
            note(forest.next(at, least), longEnough.indexOf(true, at));
            const last = longEnough.slice(0, at).lastIndexOf(true);
            note(forest.previous(at, least), last);
          }
          expect(found).toEqual(expected);
        }
      ),
      { seed: SEED, numRuns: 60 }
    );
  });
});

describe.each([false, true])('WaitTrack (overlapping: %s)', overlap => {
  it('finds the longest wait of each column as a look at all waits does', () => {
    fc.assert(
      fc.property(
        waits(overlap),
        fc.array(fc.integer({ min: -10, max: 9000 }), {
          minLength: 2,
          maxLength: 80,
          size: 'max'
        }),
        (all, places) => {
          const edges = Float64Array.from(places).sort();
          const out = new Int32Array(edges.length - 1).fill(77);
          const track = trackOf(all);
          track.longestPerColumn(edges, out);
          const expected = Array.from(out, (_, column) =>
            edges[column] < edges[column + 1]
              ? longestOf(all, edges[column], edges[column + 1])
              : NO_WAIT
          );
          expect(Array.from(out)).toEqual(expected);
        }
      ),
      { seed: SEED, numRuns: 300 }
    );
  });

  it('tells which waits belong to a span', () => {
    fc.assert(
      fc.property(
        waits(overlap),
        fc.integer({ min: -10, max: 9000 }),
        fc.integer({ min: -10, max: 9000 }),
        (all, from, to) => {
          const { earlier, first, end } = trackOf(all).waitsIn(from, to);
          const found = [...earlier];
          for (let wait = first; wait < end; wait++) {
            found.push(wait);
          }
          const expected = all.flatMap((wait, row) =>
            from < to && belongs(wait, from, to) ? [row] : []
          );
          expect(found).toEqual(expected);
        }
      ),
      { seed: SEED, numRuns: 300 }
    );
  });
});

describe('WaitTrack', () => {
  it('keeps one long wait visible beside many short ones', () => {
    //            .  .  .  .  .  .............  .  .  .  .
    const track = new WaitTrack();
    for (let i = 0; i < 1000; i++) {
      const start = i * 1000 + (i > 500 ? 900_000 : 0);
      track.append(start, start + (i === 500 ? 800_000 : 20), 5000 + i);
    }
    const out = new Int32Array(1);
    track.longestPerColumn(Float64Array.of(0, 1e9), out);
    expect(track.row(out[0])).toBe(5500);
    expect(track.end(out[0]) - track.start(out[0])).toBe(800_000);
  });

  it('steps to the next and the previous wait', () => {
    const track = trackOf([
      { start: 0, end: 5 },
      { start: 10, end: 40 },
      { start: 50, end: 52 },
      { start: 60, end: 90 }
    ]);
    expect(track.next(0, 0)).toBe(1);
    expect(track.next(10, 30)).toBe(3);
    expect(track.next(10, 31)).toBe(NO_WAIT);
    expect(track.previous(60, 0)).toBe(2);
    expect(track.previous(60, 3)).toBe(1);
    expect(track.previous(0, 0)).toBe(NO_WAIT);
  });

  it('refuses waits out of order', () => {
    const track = trackOf([{ start: 10, end: 20 }]);
    expect(() => track.append(9, 30, 1)).toThrow(
      'the wait of row 1 from 9 to 30 ns is out of order'
    );
    expect(() => track.append(30, 29, 1)).toThrow(RangeError);
    expect(track.length).toBe(1);
  });
});
