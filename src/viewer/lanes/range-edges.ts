/** A range that keys and pointers change by its edges: pure. */
import type { Nanoseconds } from '../../core/units';
import type { TimeRange } from './time-scale';
import { MIN_SPAN, spanOf } from './time-scale';

export type Edge = 'start' | 'end';

/** A range, and which of its edges moves. */
export interface EdgedRange {
  readonly range: TimeRange;
  readonly edge: Edge;
}

/** From one time to another, within bounds; undefined if that is next to nothing. */
export function rangeBetween(
  anchor: Nanoseconds,
  moving: Nanoseconds,
  bounds: TimeRange
): EdgedRange | undefined {
  const inside = (time: Nanoseconds): Nanoseconds =>
    Math.min(bounds.end, Math.max(bounds.start, time));
  const [a, b] = [inside(anchor), inside(moving)];
  const range = { start: Math.min(a, b), end: Math.max(a, b) };
  return spanOf(range) < Math.min(MIN_SPAN, spanOf(bounds))
    ? undefined
    : { range, edge: b < a ? 'start' : 'end' };
}

/** Move the range's edge by `by`; without a range, begin one at `begin`. An edge that passes the other one becomes it. */
export function moveEdge(
  before: EdgedRange | undefined,
  by: Nanoseconds,
  begin: Nanoseconds,
  bounds: TimeRange
): EdgedRange | undefined {
  if (before === undefined) {
    return rangeBetween(begin, begin + by, bounds);
  }
  const { range, edge } = before;
  return edge === 'end'
    ? rangeBetween(range.start, range.end + by, bounds)
    : rangeBetween(range.end, range.start + by, bounds);
}
