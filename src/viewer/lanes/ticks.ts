/** Where the marks of the time axis stand and what they say. */
import type { CssPixels, Nanoseconds } from '../../core/units';
import { formatTime, unitFor } from '../format';
import type { TimeRange } from './time-scale';
import { spanOf } from './time-scale';

/** Room that a label needs. */
const LABEL_WIDTH: CssPixels = 80;

export interface Tick {
  readonly time: Nanoseconds;
  readonly label: string;
}

export interface Ticks {
  readonly step: Nanoseconds;
  readonly ticks: readonly Tick[];
  /**
   * Set if the labels count from here (`+567 µs`), because the full times would be too long to read.
   */
  readonly base: string | undefined;
}

/** The smallest of 1, 2, 5 x 10^k nanoseconds that is at least `atLeast`, but not below 1 ns. */
export function niceStep(atLeast: Nanoseconds): Nanoseconds {
  if (!(atLeast > 1)) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(atLeast));
  for (const factor of [1, 2, 5]) {
    if (factor * power >= atLeast) {
      return factor * power;
    }
  }
  return 10 * power;
}

/** Ticks for a range that is drawn on `width`. */
export function ticksFor(range: TimeRange, width: CssPixels): Ticks {
  const count = Math.max(2, Math.floor(width / LABEL_WIDTH));
  const step = niceStep(spanOf(range) / count);
  const unit = unitFor(step);
  // 4 digits before the point are still easy to read; with more, count from a round time.
  const long = range.end / unit.ns >= 10000;
  const round = unit.ns * 1000;
  const base = long ? Math.floor(range.start / round) * round : 0;
  const ticks: Tick[] = [];
  const first = Math.ceil((range.start - step * 1e-9) / step);
  for (let i = first; i * step <= range.end; i++) {
    const time = i * step;
    // Steps are at least 1 of their unit, so that no decimals are needed.
    const value = Math.round((time - base) / unit.ns);
    ticks.push({ time, label: `${long ? '+' : ''}${value} ${unit.name}` });
  }
  return { step, ticks, base: long ? formatTime(base, round) : undefined };
}
