import { formatCount, formatDuration, formatPercent } from '../quantities';

it.each([
  [0, '0 s'],
  [-5, '0 s'],
  [NaN, '0 s'],
  [1, '1 ns'],
  [999, '999 ns'],
  [1000, '1.00 µs'],
  [12_345, '12.3 µs'],
  [999_499, '999 µs'],
  [999_600, '1.00 ms'],
  [99_960_000, '100 ms'],
  [1_234_000_000, '1.23 s'],
  [754_300_000_000, '754 s']
])('%d ns is %s', (duration, text) => {
  expect(formatDuration(duration)).toBe(text);
});

it.each([
  [0, '0.0 %'],
  [0.01, '< 0.1 %'],
  [0.05, '0.1 %'],
  [12.34, '12.3 %'],
  [99.97, '> 99.9 %'],
  [100, '100.0 %']
])('%d percent is %s', (percent, text) => {
  expect(formatPercent(percent)).toBe(text);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_204_331, '1,204,331']
])('%d is %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});
