/** Lines from a waiter's lane to those of the holders and of who woke it, above the rows. */
import type { CssPixels, Nanoseconds } from '../../core/units';
import type { Lane } from './lane-data';
import type { LaneRows } from './lane-rows';
import type { TimeRange } from './time-scale';
import { xOf } from './time-scale';
import type { WaitParts } from './wait-parts';

const SVG = 'http://www.w3.org/2000/svg';

/** Half the width and the length of an arrow's head. */
const HEAD: CssPixels = 4;

/** Where a lane is drawn, from the corner of the rows. */
interface Place {
  readonly left: CssPixels;
  readonly width: CssPixels;
  readonly top: CssPixels;
  readonly bottom: CssPixels;
}

export class ChainOverlay {
  constructor(private readonly _rows: LaneRows) {
    this.node.setAttribute('class', 'giltracer-Chain');
    // The panel and the announcement say the same.
    this.node.setAttribute('aria-hidden', 'true');
  }

  readonly node = document.createElementNS(SVG, 'svg');

  /** Draw the chain of a wait, or nothing. */
  draw(parts: WaitParts | undefined, range: TimeRange): void {
    this.node.replaceChildren();
    const waiter = parts?.waiter && this._placeOf(parts.waiter);
    if (parts === undefined || waiter === undefined) {
      return;
    }
    const { start_ns: start, duration_ns: length } = parts.wait;
    this._frame(waiter, range, start, start + length, 'waiter');
    for (const { lane, start: from, end } of parts.links) {
      const holder = this._placeOf(lane);
      if (holder !== undefined) {
        this._frame(holder, range, from, end, 'holder');
        this._arrow(waiter, holder, range, Math.max(from, start), 'holder');
      }
    }
    const waker = parts.waker && this._placeOf(parts.waker);
    if (waker !== undefined) {
      this._arrow(waker, waiter, range, start + length, 'waker');
    }
  }

  private _placeOf(lane: Lane): Place | undefined {
    const canvas = this._rows.rowOf(lane)?.canvas.node;
    if (canvas === undefined) {
      return undefined;
    }
    const { offsetLeft: left, offsetTop: top } = canvas;
    const { clientWidth: width, offsetHeight: height } = canvas;
    return { left, width, top, bottom: top + height };
  }

  private _frame(
    { left, width, top, bottom }: Place,
    range: TimeRange,
    start: Nanoseconds,
    end: Nanoseconds,
    role: string
  ): void {
    const from = Math.max(0, xOf(range, width, start));
    const to = Math.min(width, xOf(range, width, end));
    if (to >= 0 && from <= width && to >= from) {
      const rectangle = this._add('rect', role);
      rectangle.setAttribute('x', String(left + from - 1));
      rectangle.setAttribute('y', String(top + 1));
      rectangle.setAttribute('width', String(to - from + 2));
      rectangle.setAttribute('height', String(Math.max(0, bottom - top - 1)));
    }
  }

  /** From one lane's edge to that of the other, at a time. */
  private _arrow(
    from: Place,
    to: Place,
    range: TimeRange,
    time: Nanoseconds,
    role: string
  ): void {
    const at = xOf(range, from.width, time);
    if (from.top === to.top || at < 0 || at > from.width) {
      return;
    }
    const x = from.left + at;
    const down = to.top > from.top;
    const begin = down ? from.bottom : from.top;
    const end = down ? to.top + 1 : to.bottom;
    const back = down ? -HEAD : HEAD;
    this._add('path', role).setAttribute(
      'd',
      `M${x} ${begin}V${end}M${x - HEAD} ${end + back}L${x} ${end}L${x + HEAD} ${end + back}`
    );
  }

  private _add(name: 'path' | 'rect', role: string): SVGElement {
    const node = document.createElementNS(SVG, name);
    node.setAttribute('class', `giltracer-mod-${role}`);
    this.node.append(node);
    return node;
  }
}
