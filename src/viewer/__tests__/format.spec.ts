import fc from 'fast-check';
import {
  durationWords,
  formatClock,
  formatCount,
  formatDuration,
  formatPercent,
  formatTime
} from '../format';

describe('formatDuration', () => {
  it.each([
    [0, '0 ns'],
    [850, '850 ns'],
    [1000, '1 µs'],
    [12_345, '12.3 µs'],
    [999_499, '999 µs'],
    [999_960, '1 ms'],
    [5_100_000, '5.1 ms'],
    [2_345_678_901, '2.35 s'],
    [754_400_000_000, '754 s']
  ])('writes %d ns as %s', (ns, text) => {
    expect(formatDuration(ns)).toBe(text);
  });

  it('is within 0.5 % of the duration', () => {
    const units: Record<string, number> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e13 }), ns => {
        const [value, unit] = formatDuration(ns).split(' ');
        const read = Number(value) * units[unit];
        expect(Math.abs(read - ns) / ns).toBeLessThanOrEqual(0.005);
      })
    );
  });

  it('marks what is only a part', () => {
    expect(durationWords(5e6, true)).toBe('≥ 5 ms');
    expect(durationWords(5e6, false)).toBe('5 ms');
  });
});

describe('formatTime', () => {
  it('is exact to a thousandth of the span', () => {
    expect(formatTime(1_234_567_890, 1_000_000)).toBe('1.234568 s');
    expect(formatTime(1_500_000_000, 2_000_000_000)).toBe('1.5 s');
    expect(formatTime(0, 1_520_000_000)).toBe('0 s');
  });
});

describe('formatPercent', () => {
  it('shows nothing as zero or as all that is not', () => {
    expect(formatPercent(0)).toBe('0 %');
    expect(formatPercent(0.01)).toBe('< 0.1 %');
    expect(formatPercent(48.26)).toBe('48.3 %');
    expect(formatPercent(99.97)).toBe('> 99.9 %');
    expect(formatPercent(100)).toBe('100 %');
  });
});

it('separates thousands', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
});

it('runs a clock', () => {
  expect(formatClock(-3)).toBe('0 s');
  expect(formatClock(7.9)).toBe('7 s');
  expect(formatClock(125)).toBe('2:05 min');
  expect(formatClock(3725)).toBe('1:02:05 h');
});
