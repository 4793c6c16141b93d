/** The picked range above the lanes, with its length. */
import type { CssPixels } from '../../core/units';
import { element } from '../dom';
import { formatDuration } from '../format';
import type { TimeRange } from './time-scale';
import { spanOf, xOf } from './time-scale';

export class RangeMark {
  constructor() {
    this.node.setAttribute('aria-hidden', 'true');
    this.node.hidden = true;
    this.node.append(this._length);
  }

  readonly node = element('div', 'giltracer-Range');

  /** @param left of drawings that are `width` wide and show `visible` */
  show(
    picked: TimeRange | undefined,
    visible: TimeRange,
    left: CssPixels,
    width: CssPixels
  ): void {
    const from = picked && xOf(visible, width, picked.start);
    const to = picked && xOf(visible, width, picked.end);
    if (
      picked === undefined ||
      from === undefined ||
      to === undefined ||
      to < 0 ||
      from > width
    ) {
      this.node.hidden = true;
      return;
    }
    const start = Math.max(0, from);
    const end = Math.min(width, to);
    this.node.hidden = false;
    this.node.style.left = `${left + start}px`;
    this.node.style.width = `${Math.max(1, end - start)}px`;
    this.node.classList.toggle('giltracer-mod-cut-start', from < 0);
    this.node.classList.toggle('giltracer-mod-cut-end', to > width);
    this._length.textContent = formatDuration(spanOf(picked));
  }

  private readonly _length = element('span', 'giltracer-Range-length');
}
