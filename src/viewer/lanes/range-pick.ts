/** The range that the reader picks, from the first move of an edge until the tables follow. */
import type { Nanoseconds } from '../../core/units';
import type { Picks } from '../picks';
import type { Edge, EdgedRange } from './range-edges';
import { moveEdge, rangeBetween } from './range-edges';
import type { TimeRange } from './time-scale';
import { spanOf } from './time-scale';
import type { Viewport } from './viewport';

/** Keys come in bursts; tables are counted anew only after the last one. */
const SETTLED_AFTER_MS = 250;

export class RangePick {
  /** @param onChange called when another range is to be drawn */
  constructor(
    private readonly _viewport: Viewport,
    private readonly _picks: Picks,
    private readonly _onChange: () => void
  ) {
    this._take(_picks.current.range);
    this._unsubscribe = _picks.subscribe(({ range }, changed) => {
      if (changed === 'range') {
        this._take(range);
        _onChange();
      }
    });
  }

  /** As it is drawn: the picks may follow a moment later. */
  get range(): TimeRange | undefined {
    return this._edged?.range;
  }

  begin(time: Nanoseconds): void {
    this._anchor = time;
  }

  drag(time: Nanoseconds): void {
    this._edged = rangeBetween(this._anchor, time, this._viewport.bounds);
    this._onChange();
  }

  /** Let the tables follow. */
  settle(): void {
    clearTimeout(this._settling);
    this._picks.pick('range', this._edged?.range);
  }

  /** @param fraction of the visible span */
  moveEdge(fraction: number): void {
    const { range, bounds } = this._viewport;
    const by = fraction * spanOf(range);
    const begin = (range.start + range.end) / 2;
    this._edged = moveEdge(this._edged, by, begin, bounds);
    this._onChange();
    clearTimeout(this._settling);
    this._settling = window.setTimeout(() => this.settle(), SETTLED_AFTER_MS);
  }

  chooseEdge(edge: Edge): void {
    if (this._edged !== undefined) {
      this._edged = { ...this._edged, edge };
    }
  }

  pick(range: TimeRange | undefined): void {
    this._edged = range && { range, edge: 'end' };
    this._onChange();
    this.settle();
  }

  dispose(): void {
    clearTimeout(this._settling);
    this._unsubscribe();
  }

  private _take(range: TimeRange | undefined): void {
    if (range !== this._edged?.range) {
      this._edged = range && { range, edge: 'end' };
    }
  }

  private readonly _unsubscribe: () => void;
  private _edged: EdgedRange | undefined;
  private _anchor: Nanoseconds = 0;
  private _settling = 0;
}
