/**
 * The visible span of time and its place on the screen. A `TimeRange` is a value: zoom and pan return
 * a new one that lies within the run.
 */
import type { CssPixels, Nanoseconds } from '../../core/units';

export interface TimeRange {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/**
 * Narrowest visible span. A double still tells quarters of a nanosecond apart a year into a trace; below
 * 200 ns there is nothing left to see, since one event's stamp is itself not more exact.
 */
export const MIN_SPAN: Nanoseconds = 200;

/** From this width on a span is told from its neighbours. */
const CLEAR_WIDTH: CssPixels = 24;

/** Length of a range. */
export function spanOf(range: TimeRange): Nanoseconds {
  return range.end - range.start;
}

/** Position of a time, from the left edge of a drawing that shows `range` on `width`. */
export function xOf(
  range: TimeRange,
  width: CssPixels,
  time: Nanoseconds
): CssPixels {
  return ((time - range.start) / spanOf(range)) * width;
}

/** Time at a position; the inverse of `xOf`. */
export function timeAt(
  range: TimeRange,
  width: CssPixels,
  x: CssPixels
): Nanoseconds {
  return range.start + (x / width) * spanOf(range);
}

/**
 * The range nearest to `range` that lies within `bounds` and is not narrower than MIN_SPAN (or than
 * the bounds, if these are narrower).
 */
export function clampRange(range: TimeRange, bounds: TimeRange): TimeRange {
  const most = spanOf(bounds);
  const span = Math.min(
    Math.max(spanOf(range), Math.min(MIN_SPAN, most)),
    most
  );
  const middle = (range.start + range.end) / 2;
  // Keep an edge that need not move exactly where it is.
  const wanted = span === spanOf(range) ? range.start : middle - span / 2;
  const start = Math.min(Math.max(wanted, bounds.start), bounds.end - span);
  return { start, end: start + span };
}

/**
 * Scale the span by `factor` (< 1 zooms in) so that `anchor` stays where it is on the screen, as far as
 * the bounds allow.
 */
export function zoomRange(
  range: TimeRange,
  bounds: TimeRange,
  factor: number,
  anchor: Nanoseconds
): TimeRange {
  const least = Math.min(MIN_SPAN, spanOf(bounds));
  const span = Math.min(
    Math.max(spanOf(range) * factor, least),
    spanOf(bounds)
  );
  const fraction = (anchor - range.start) / spanOf(range);
  const start = anchor - fraction * span;
  return clampRange({ start, end: start + span }, bounds);
}

/** Move by `by`; stops at the bounds with the span unchanged. */
export function panRange(
  range: TimeRange,
  bounds: TimeRange,
  by: Nanoseconds
): TimeRange {
  return clampRange({ start: range.start + by, end: range.end + by }, bounds);
}

/** A range that shows `from` to `to` with as much room around as the span itself has. */
export function rangeAround(
  from: Nanoseconds,
  to: Nanoseconds,
  bounds: TimeRange
): TimeRange {
  const span = to - from;
  return clampRange({ start: from - span, end: to + span }, bounds);
}

/** Whether a span is seen as a whole, and wide enough, in a drawing that shows `range` on `width`. */
export function isClear(
  span: TimeRange,
  range: TimeRange,
  width: CssPixels
): boolean {
  return (
    span.start >= range.start &&
    span.end <= range.end &&
    xOf(range, width, span.end) - xOf(range, width, span.start) >= CLEAR_WIDTH
  );
}
