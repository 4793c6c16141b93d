/** A row of the live lanes: a label and a canvas. It may be given to another thread. */
import type { ThreadState } from '../../core/threads/states';
import type { CssPixels } from '../../core/units';
import { element } from '../dom';
import { formatPercent } from '../format';
import type { PaintContext } from '../lanes/lane-painter';
import type { DeviceSize } from '../lanes/lane-picture';
import { threadBadge } from '../lanes/lane-row';
import { stateLabel } from '../state-words';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { LiveRowThread } from './live-rows';
import { trackName } from './track-name';

/** A canvas whose size is told to it: asking each one for its width would lay out the page for each. */
export class LiveCanvas {
  constructor(height: CssPixels) {
    this.node = element('canvas', 'giltracer-Lane-canvas');
    this.node.style.height = `${height}px`;
  }

  readonly node: HTMLCanvasElement;

  /** The context to paint `size` with; undefined where there is none. */
  prepare({ width, height }: DeviceSize): PaintContext | undefined {
    // Setting a canvas's size clears it, even to the size it has.
    if (this.node.width !== width || this.node.height !== height) {
      this.node.width = width;
      this.node.height = height;
    }
    // Pixels come from the page's memory ten times a second: a canvas in the GPU's would have each copied there and back.
    this._context ??=
      this.node.getContext('2d', { willReadFrequently: true }) ?? undefined;
    return this._context;
  }

  private _context: PaintContext | undefined;
}

/** Height of a lane. */
export const LIVE_LANE_HEIGHT: CssPixels = 20;
/** A lane and the room around it; style/base.css says the same. */
export const LIVE_ROW_HEIGHT: CssPixels = 24;

/** Smaller shares are not read out. */
const LEAST_SPOKEN = 0.005;

export class LiveRow {
  constructor(
    row: LiveRowThread,
    theme: Theme,
    private readonly _trans: ITranslation
  ) {
    this._row = row;
    this.canvas.node.setAttribute('role', 'img');
    this._label.append(this._badge, this._name);
    this.node.append(this._label, this.canvas.node);
    this.assign(row, theme);
  }

  readonly node = element('div', 'giltracer-Lane');
  readonly canvas = new LiveCanvas(LIVE_LANE_HEIGHT);

  get row(): LiveRowThread {
    return this._row;
  }

  /** Show a thread, its name and its number as they are now. */
  assign(row: LiveRowThread, theme: Theme): void {
    const { track, number } = row;
    const { info } = track;
    this._row = row;
    const name = trackName(track, this._trans);
    if (
      this._info === info &&
      this._number === number &&
      this._theme === theme &&
      this._name.textContent === name
    ) {
      return;
    }
    this._info = info;
    this._number = number;
    this._theme = theme;
    const title = this._trans.__('%1, thread id %2', name, info.tid);
    this._label.title = info.main
      ? `${title}\n${this._trans.__('* the main thread')}`
      : title;
    this._name.textContent = name;
    this.node.classList.toggle(
      'giltracer-mod-ended',
      info.end_ns !== undefined
    );
    const badge = threadBadge(number, theme);
    this._badge.replaceWith(badge);
    this._badge = badge;
    this.canvas.node.setAttribute('aria-label', name);
  }

  /**
   * Say the picture in words, for those who don't see it.
   *
   * @param parts by ThreadState, 0 to 1, of what is visible
   */
  describe(parts: Float64Array): void {
    const trans = this._trans;
    const words = [trackName(this._row.track, trans)];
    for (let state = 0; state < parts.length; state++) {
      if (parts[state] >= LEAST_SPOKEN) {
        const percent = formatPercent(Math.round(parts[state] * 100));
        words.push(`${stateLabel(trans, state as ThreadState)} ${percent}`);
      }
    }
    const text = words.join(', ');
    this.canvas.node.setAttribute('aria-label', text);
    this.canvas.node.title = text;
  }

  private readonly _label = element('div', 'giltracer-Lane-label');
  private readonly _name = element('span', 'giltracer-Lane-name');
  private _badge: HTMLElement = element('span', 'giltracer-Badge');
  private _row: LiveRowThread;
  private _info: LiveRowThread['track']['info'] | undefined;
  private _number: number | undefined;
  private _theme: Theme | undefined;
}
