import fc from 'fast-check';
import type { TimeRange } from '../time-scale';
import {
  MIN_SPAN,
  clampRange,
  panRange,
  rangeAround,
  spanOf,
  timeAt,
  xOf,
  zoomRange
} from '../time-scale';

const bounds: TimeRange = { start: 0, end: 1e10 };

const ranges = fc
  .tuple(fc.integer({ min: 0, max: 9e9 }), fc.integer({ min: 1000, max: 1e9 }))
  .map(([start, span]): TimeRange => ({ start, end: start + span }));

function expectInside(range: TimeRange): void {
  expect(range.start).toBeGreaterThanOrEqual(bounds.start);
  expect(range.end).toBeLessThanOrEqual(bounds.end * (1 + 1e-15));
  expect(spanOf(range)).toBeGreaterThanOrEqual(MIN_SPAN * 0.99);
}

it('maps time to pixels and back', () => {
  expect(xOf({ start: 100, end: 200 }, 50, 150)).toBe(25);
  fc.assert(
    fc.property(
      ranges,
      fc.integer({ min: 1, max: 4000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (range, width, part) => {
        const time = range.start + part * spanOf(range);
        const there = timeAt(range, width, xOf(range, width, time));
        expect(Math.abs(there - time)).toBeLessThan(1e-3);
      }
    )
  );
});

it('keeps the anchor in place when the bounds allow it', () => {
  fc.assert(
    fc.property(
      ranges,
      fc.double({ min: 0.3, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (range, factor, part) => {
        const anchor = range.start + part * spanOf(range);
        const zoomed = zoomRange(range, bounds, factor, anchor);
        expect(xOf(zoomed, 1000, anchor)).toBeCloseTo(part * 1000, 3);
        expect(spanOf(zoomed)).toBeCloseTo(spanOf(range) * factor, 2);
      }
    )
  );
});

it('never leaves the bounds', () => {
  fc.assert(
    fc.property(
      ranges,
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.integer({ min: -2e10, max: 2e10 }),
      (range, factor, by) => {
        expectInside(zoomRange(range, bounds, factor, range.start));
        const panned = panRange(range, bounds, by);
        expectInside(panned);
        expect(spanOf(panned)).toBeCloseTo(spanOf(range), 2);
      }
    )
  );
});

it('stops at the edges', () => {
  const range = { start: 10, end: 1010 };
  expect(panRange(range, bounds, -50)).toEqual({ start: 0, end: 1000 });
  expect(zoomRange(range, bounds, 1e9, 500)).toEqual(bounds);
});

it('does not zoom in below the least span', () => {
  const { start, end } = zoomRange(
    { start: 1000, end: 2000 },
    bounds,
    1e-9,
    1500
  );
  expect([start, end]).toEqual([1500 - MIN_SPAN / 2, 1500 + MIN_SPAN / 2]);
});

it('takes the whole of a run that is shorter than the least span', () => {
  const short = { start: 0, end: 50 };
  expect(clampRange({ start: 10, end: 20 }, short)).toEqual(short);
});

it('shows a span with as much room around', () => {
  expect(rangeAround(1000, 2000, bounds)).toEqual({ start: 0, end: 3000 });
  expect(rangeAround(0, 2000, bounds)).toEqual({ start: 0, end: 6000 });
});
