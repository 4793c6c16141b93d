/** What a drag in the minimap makes of the visible window: pure. */
import type { CssPixels } from '../../core/units';
import type { TimeRange } from './time-scale';
import { clampRange, panRange, spanOf, timeAt } from './time-scale';

/** What was taken hold of: the window, one of its edges, or the room around, where a new window is drawn. */
export type Grip = 'move' | 'start' | 'end' | 'draw';

export interface WindowDrag {
  readonly grip: Grip;
  /** Where it began, in a minimap of this width. */
  readonly x: CssPixels;
  readonly width: CssPixels;
  /** The window then. */
  readonly window: TimeRange;
}

/** Half the width of an edge's grip. */
const REACH: CssPixels = 5;

/** What lies at `x` if the window is drawn between `from` and `to`. */
export function gripAt(x: CssPixels, from: CssPixels, to: CssPixels): Grip {
  const narrow = to - from < 4 * REACH;
  // A narrow window must still be movable: its grips lie outside.
  const inner = narrow ? 0 : REACH;
  if (x >= from - REACH && x < from + inner) {
    return 'start';
  }
  if (x > to - inner && x <= to + REACH) {
    return 'end';
  }
  return x >= from && x <= to ? 'move' : 'draw';
}

/** The window while the pointer is at `x`. */
export function draggedWindow(
  { grip, x: began, width, window }: WindowDrag,
  x: CssPixels,
  bounds: TimeRange
): TimeRange {
  const time = timeAt(bounds, width, Math.min(width, Math.max(0, x)));
  const by = ((x - began) / width) * spanOf(bounds);
  switch (grip) {
    case 'move':
      return panRange(window, bounds, by);
    case 'start':
      return between(window.end, Math.min(window.start + by, bounds.end));
    case 'end':
      return between(window.start, Math.max(window.end + by, bounds.start));
    case 'draw':
      return clampRange(between(timeAt(bounds, width, began), time), bounds);
  }
}

/** An edge that passes the other one becomes it. */
function between(a: number, b: number): TimeRange {
  return { start: Math.min(a, b), end: Math.max(a, b) };
}
