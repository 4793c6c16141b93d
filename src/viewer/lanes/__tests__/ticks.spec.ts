import fc from 'fast-check';
import { niceStep, ticksFor } from '../ticks';

it.each([
  [0.3, 1],
  [1, 1],
  [3, 5],
  [7, 10],
  [150e6, 200e6]
])('rounds a step of %d up to %d', (from, to) => {
  expect(niceStep(from)).toBe(to);
});

it('steps are 1, 2 or 5 times a power of ten, at most 2.5 times too wide', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), wanted => {
      const step = niceStep(wanted);
      expect(step).toBeGreaterThanOrEqual(wanted);
      expect(step / wanted).toBeLessThan(2.5 + 1e-9);
      expect(String(step)).toMatch(/^[125]0*$/);
    })
  );
});

it('labels a run of 1.52 s on 800 pixels', () => {
  const { step, ticks, base } = ticksFor({ start: 0, end: 1.52e9 }, 800);
  expect(step).toBe(200e6);
  expect(base).toBeUndefined();
  expect(ticks.map(tick => tick.label)).toEqual([
    '0 ms',
    '200 ms',
    '400 ms',
    '600 ms',
    '800 ms',
    '1000 ms',
    '1200 ms',
    '1400 ms'
  ]);
});

it('counts from a round time when the numbers get long', () => {
  const { ticks, base } = ticksFor(
    { start: 1_100_200_000, end: 1_100_600_000 },
    320
  );
  expect(base).toBe('1.1 s');
  expect(ticks.map(tick => tick.label)).toEqual([
    '+200 µs',
    '+300 µs',
    '+400 µs',
    '+500 µs',
    '+600 µs'
  ]);
});

it('places every tick within the range, a step apart', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e10 }),
      fc.integer({ min: 200, max: 1e10 }),
      fc.integer({ min: 100, max: 3000 }),
      (start, span, width) => {
        const { step, ticks } = ticksFor({ start, end: start + span }, width);
        expect(ticks.length).toBeLessThanOrEqual(width / 80 + 3);
        ticks.forEach(({ time }, i) => {
          expect(time).toBeGreaterThanOrEqual(start - step * 1e-8);
          expect(time).toBeLessThanOrEqual(start + span);
          if (i > 0) {
            expect(time - ticks[i - 1].time).toBeCloseTo(step, 3);
          }
        });
      }
    )
  );
});
