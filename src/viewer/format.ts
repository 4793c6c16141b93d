/** Numbers as the viewer writes them. */
import type { Nanoseconds } from '../core/units';

/** A unit of time and how many nanoseconds it has. */
export interface TimeUnit {
  readonly name: string;
  readonly ns: number;
}

/** Smallest first. */
export const TIME_UNITS: readonly TimeUnit[] = [
  { name: 'ns', ns: 1 },
  { name: 'µs', ns: 1e3 },
  { name: 'ms', ns: 1e6 },
  { name: 's', ns: 1e9 }
];

const counts = new Intl.NumberFormat('en-US');

/** The largest unit that is not larger than `ns`; nanoseconds below one. */
export function unitFor(ns: Nanoseconds): TimeUnit {
  const size = Math.abs(ns);
  let unit = TIME_UNITS[0];
  for (const candidate of TIME_UNITS) {
    if (size >= candidate.ns) {
      unit = candidate;
    }
  }
  return unit;
}

/** A duration with three significant digits: `850 ns`, `12.3 µs`, `5.1 ms`, `2.35 s`, `754 s`. */
export function formatDuration(ns: Nanoseconds): string {
  let unit = unitFor(ns);
  // 999.96 µs has four digits once rounded to three: it is 1 ms.
  if (unit.ns < 1e9 && Number((ns / unit.ns).toPrecision(3)) >= 1000) {
    unit = unitFor(unit.ns * 1000);
  }
  const value = ns / unit.ns;
  const rounded =
    Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return `${rounded} ${unit.name}`;
}

/** A sampled duration with its error; one that was never seen is shorter than that. */
export function sampledDuration(ns: Nanoseconds, error: Nanoseconds): string {
  if (error === 0) {
    return formatDuration(ns);
  }
  return ns === 0
    ? `< ${formatDuration(error)}`
    : `${formatDuration(ns)} ± ${formatDuration(error)}`;
}

/** A duration, or `≥ 5 ms` if only a part of it was seen. */
export function durationWords(ns: Nanoseconds, cut: boolean): string {
  return cut ? `≥ ${formatDuration(ns)}` : formatDuration(ns);
}

/** A point in time, exact to a thousandth of `span`: for ranges and tooltips. */
export function formatTime(ns: Nanoseconds, span: Nanoseconds): string {
  const unit = unitFor(Math.max(ns, span));
  const digits = Math.ceil(Math.log10(unit.ns / Math.max(span / 1000, 1)));
  const decimals = Math.min(9, Math.max(0, digits));
  return `${trimZeros((ns / unit.ns).toFixed(decimals))} ${unit.name}`;
}

/**
 * A percentage with one decimal. What is not zero is not shown as zero, what is not all is not shown
 * as all: `< 0.1 %`, `> 99.9 %`.
 */
export function formatPercent(percent: number): string {
  if (percent > 0 && percent < 0.05) {
    return '< 0.1 %';
  }
  if (percent < 100 && percent > 99.95) {
    return '> 99.9 %';
  }
  return `${Number(percent.toFixed(1))} %`;
}

/** A size in bytes, with binary units as file browsers show it: `850 B`, `12 KiB`, `3.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const rounded = value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value);
  return `${Number(rounded)} ${units[unit]}`;
}

/** A count with thousands separated. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** Seconds of a running clock: `7 s`, `2:05 min`, `1:02:05 h`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = whole % 60;
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (h > 0) {
    return `${h}:${two(m)}:${two(s)} h`;
  }
  return m > 0 ? `${m}:${two(s)} min` : `${s} s`;
}

/** `1.500` → `1.5`, `2.000` → `2`. */
function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
