/** A thin bar for the whole run: the visible part, and where exact intervals are stored. */
import type { Nanoseconds } from '../../core/units';
import { element } from '../dom';
import type { TimeRange } from './time-scale';
import { spanOf, timeAt, xOf } from './time-scale';

export class PositionStrip {
  constructor(
    bounds: TimeRange,
    exact: readonly TimeRange[],
    onPick: (time: Nanoseconds) => void
  ) {
    this._bounds = bounds;
    this.node = element('div', 'giltracer-Strip');
    // It repeats what the axis and the range's text say.
    this.node.setAttribute('aria-hidden', 'true');
    if (spanOf(bounds) > 0) {
      for (const range of exact) {
        const part = element('div', 'giltracer-Strip-exact');
        this._place(part, range);
        this.node.append(part);
      }
    }
    this.node.append(this._thumb);
    this.node.addEventListener('click', event => {
      const { left, width } = this.node.getBoundingClientRect();
      if (width > 0) {
        onPick(timeAt(bounds, width, event.clientX - left));
      }
    });
  }

  readonly node: HTMLElement;

  /** Mark the visible range. */
  show(range: TimeRange): void {
    this._place(this._thumb, range);
    const whole = spanOf(range) >= spanOf(this._bounds);
    this._thumb.classList.toggle('giltracer-mod-whole', whole);
  }

  private _place(part: HTMLElement, range: TimeRange): void {
    const left = Math.max(0, xOf(this._bounds, 100, range.start));
    const right = Math.min(100, xOf(this._bounds, 100, range.end));
    part.style.left = `${left}%`;
    part.style.width = `${right - left}%`;
  }

  private readonly _bounds: TimeRange;
  private readonly _thumb = element('div', 'giltracer-Strip-thumb');
}
