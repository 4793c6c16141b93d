/** A range of times as a bar from 0 on, the recorded time as a mark. The words beside say the same. */
import type { WhatIf } from '../../core/findings/what-if';
import type { Nanoseconds } from '../../core/units';
import { element } from '../dom';

export class RangeBar {
  /** @param _recorded how long the run took */
  constructor(
    private readonly _prediction: WhatIf,
    private readonly _recorded: Nanoseconds
  ) {
    this.node.setAttribute('aria-hidden', 'true');
    this.node.append(this._range, this._mark);
  }

  readonly node = element('div', 'giltracer-WhatIf-scale');

  /** @param most the longest time of all bars of a table */
  scaleTo(most: Nanoseconds): void {
    const percent = (time: Nanoseconds): number =>
      most > 0 ? Math.min(100, Math.max(0, (time / most) * 100)) : 0;
    const { low_ns: low, high_ns: high } = this._prediction;
    this._range.style.left = `${percent(low)}%`;
    this._range.style.width = `${Math.max(0, percent(high) - percent(low))}%`;
    this._mark.style.left = `${percent(this._recorded)}%`;
  }

  private readonly _range = element('div', 'giltracer-WhatIf-range');
  private readonly _mark = element('div', 'giltracer-WhatIf-recorded');
}
