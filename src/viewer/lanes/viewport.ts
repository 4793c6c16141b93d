/** The visible range of a run: zoom and pan, kept within the run. */
import type { Nanoseconds } from '../../core/units';
import type { TimeRange } from './time-scale';
import { clampRange, panRange, spanOf, timeAt, zoomRange } from './time-scale';

export class Viewport {
  /** @param onChange called when another range became visible */
  constructor(
    readonly bounds: TimeRange,
    range: TimeRange | undefined,
    private readonly _onChange: () => void
  ) {
    this._range = clampRange(range ?? bounds, bounds);
  }

  /** What is visible. */
  get range(): TimeRange {
    return this._range;
  }

  show(range: TimeRange): void {
    const next = clampRange(range, this.bounds);
    if (next.start !== this._range.start || next.end !== this._range.end) {
      this._range = next;
      this._onChange();
    }
  }

  /** @param at place in the visible range that stays where it is: from 0 to 1 */
  zoomBy(factor: number, at = 0.5): void {
    const anchor = timeAt(this._range, 1, Math.min(1, Math.max(0, at)));
    this.show(zoomRange(this._range, this.bounds, factor, anchor));
  }

  /** @param fraction of the visible range */
  panBy(fraction: number): void {
    const by = fraction * spanOf(this._range);
    this.show(panRange(this._range, this.bounds, by));
  }

  showAll(): void {
    this.show(this.bounds);
  }

  centre(time: Nanoseconds): void {
    const half = spanOf(this._range) / 2;
    this.show({ start: time - half, end: time + half });
  }

  private _range: TimeRange;
}
