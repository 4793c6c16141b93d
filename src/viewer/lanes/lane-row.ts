/** One row of the lanes: a label, and a canvas with its own backing store. */
import type { CssPixels } from '../../core/units';
import { element } from '../dom';
import { formatPercent } from '../format';
import type { Theme } from '../theme';
import { cssColour, textOn, threadStyle } from '../theme';
import { threadName } from '../thread-name';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { DeviceSize } from './lane-picture';
import type { PaintContext } from './lane-painter';
import { laneName } from './tooltip';

/** Room above a lane for the marks of long waits. */
export const MARK_HEIGHT: CssPixels = 4;
export const LANE_HEIGHT: CssPixels = 20;
export const AXIS_HEIGHT: CssPixels = 20;

/** A canvas that fills its row and is as fine as the screen. */
export class RowCanvas {
  constructor(height: CssPixels) {
    this.node = element('canvas', 'giltracer-Lane-canvas');
    this.node.style.height = `${height}px`;
    this._height = height;
  }

  readonly node: HTMLCanvasElement;

  /** The context and the size to draw at, or undefined if there is nothing to draw on. */
  prepare(): { context: PaintContext; size: DeviceSize } | undefined {
    const pixelRatio = window.devicePixelRatio || 1;
    const width = Math.round(this.node.clientWidth * pixelRatio);
    const height = Math.round(this._height * pixelRatio);
    if (width <= 0) {
      return undefined;
    }
    // Setting a canvas's size clears it, even to the size it has.
    if (this.node.width !== width || this.node.height !== height) {
      this.node.width = width;
      this.node.height = height;
    }
    const context = this.node.getContext('2d');
    return context === null
      ? undefined
      : { context, size: { width, height, pixelRatio } };
  }

  private readonly _height: CssPixels;
}

/** The number by which the GIL's lane names a thread, on the thread's colour. */
export function threadBadge(
  number: number | undefined,
  theme: Theme
): HTMLElement {
  const badge = element('span', 'giltracer-Badge');
  if (number !== undefined) {
    const { base } = threadStyle(theme, number);
    badge.textContent = String(number);
    badge.style.backgroundColor = cssColour(base);
    badge.style.color = textOn(base);
  }
  return badge;
}

/** A lane of one thread or of several folded ones. */
export class LaneRow {
  constructor(
    readonly lane: Lane,
    theme: Theme,
    trans: ITranslation
  ) {
    this.node = element('div', 'giltracer-Lane');
    this.canvas = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);
    this.canvas.node.setAttribute('role', 'img');
    this.canvas.node.setAttribute('aria-label', laneSummary(lane, trans));
    const label = element('div', 'giltracer-Lane-label');
    label.title = laneTitle(lane, trans);
    label.append(
      (this._badge = threadBadge(lane.number, theme)),
      element('span', 'giltracer-Lane-name', laneName(lane, trans))
    );
    this.node.append(label, this.canvas.node);
  }

  readonly node: HTMLElement;
  readonly canvas: RowCanvas;

  applyTheme(theme: Theme): void {
    const badge = threadBadge(this.lane.number, theme);
    this._badge.replaceWith(badge);
    this._badge = badge;
  }

  private _badge: HTMLElement;
}

/** The lane in words, for those who don't see it. */
export function laneSummary(lane: Lane, trans: ITranslation): string {
  const { thread } = lane;
  if (thread === undefined) {
    return laneName(lane, trans);
  }
  const parts = [threadName(thread, trans)];
  if (thread.has_gil_percent !== undefined) {
    parts.push(
      trans.__('has the GIL %1', formatPercent(thread.has_gil_percent))
    );
  }
  if (thread.gil_wait_percent !== undefined) {
    parts.push(
      trans.__('waits for the GIL %1', formatPercent(thread.gil_wait_percent))
    );
  }
  if (thread.no_gil_percent !== undefined) {
    parts.push(trans.__('no GIL %1', formatPercent(thread.no_gil_percent)));
  }
  return parts.join(', ');
}

function laneTitle(lane: Lane, trans: ITranslation): string {
  const { thread } = lane;
  if (thread === undefined) {
    return trans.__(
      'Threads drawn as one lane, to keep the result small: %1',
      laneName(lane, trans)
    );
  }
  const title = trans.__(
    '%1, thread id %2',
    threadName(thread, trans),
    thread.tid
  );
  return thread.main ? `${title}\n${trans.__('* the main thread')}` : title;
}
