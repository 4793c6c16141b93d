/** Numbers as a person reads them. The same words in text, html, png and sentences. */
import type { Nanoseconds } from './units';

const UNITS: readonly [Nanoseconds, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns']
];

/** A duration with three significant digits and its unit: `1.23 s`, `45.6 ms`, `789 µs`, `0 s`. */
export function formatDuration(duration: Nanoseconds): string {
  if (!(duration > 0)) {
    return '0 s';
  }
  for (const [unit, name] of UNITS) {
    // 999.9 ms is 1 s with three digits.
    if (duration >= unit * 0.9995 || unit === 1) {
      const value = duration / unit;
      const digits = unit === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
      return `${value.toFixed(digits)} ${name}`;
    }
  }
  return '0 s';
}

/** A percentage with one digit, `12.3 %`; what is not zero or not all never looks so. */
export function formatPercent(percent: number): string {
  if (percent > 0 && percent < 0.05) {
    return '< 0.1 %';
  }
  if (percent < 100 && percent > 99.95) {
    return '> 99.9 %';
  }
  return `${percent.toFixed(1)} %`;
}

/** A count with commas between thousands: `1,204,331`. */
export function formatCount(count: number): string {
  return count.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}
