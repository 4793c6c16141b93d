/** The whole run, small: what its threads did, where exact intervals are stored, and the visible window, which can be dragged. */
import type { CssPixels } from '../../core/units';
import { element } from '../dom';
import type { Theme } from '../theme';
import type { Lane } from './lane-data';
import type { RunMarks } from './lane-marks';
import { ImagePool, paintLane } from './lane-painter';
import { statePicture } from './lane-picture';
import { RowCanvas, type Screen } from './row-canvas';
import { STATE_COUNT } from '../../core/threads/states';
import type { TimeRange } from './time-scale';
import { spanOf, timeAt, xOf } from './time-scale';
import { draggedWindow, gripAt, type WindowDrag } from './window-drag';

/** Room for marks, and for the states. */
const MARKS: CssPixels = 4;
const STATES: CssPixels = 18;

export class Minimap {
  /**
   * @param exact where exact intervals are stored
   * @param show makes another range visible
   */
  constructor(
    private readonly _bounds: TimeRange,
    exact: readonly TimeRange[],
    private readonly _show: (range: TimeRange) => void
  ) {
    this._visible = _bounds;
    // It repeats what the axis and the range's text say, and keys zoom and pan without it.
    this.node.setAttribute('aria-hidden', 'true');
    this.node.append(this._canvas.node);
    if (spanOf(_bounds) > 0) {
      for (const range of exact) {
        const part = element('div', 'giltracer-Minimap-exact');
        this._place(part, range);
        this.node.append(part);
      }
    }
    this._window.append(
      element('div', 'giltracer-Minimap-grip giltracer-mod-start'),
      element('div', 'giltracer-Minimap-grip giltracer-mod-end')
    );
    this._picked.hidden = true;
    this.node.append(this._picked, this._window);
    this.node.addEventListener('pointerdown', this._onDown);
    this.node.addEventListener('pointermove', this._onMove);
    this.node.addEventListener('pointerup', this._onUp);
    this.node.addEventListener('pointercancel', this._onUp);
    this.node.addEventListener('dblclick', event => {
      event.stopPropagation();
      _show(_bounds);
    });
  }

  readonly node = element('div', 'giltracer-Minimap');

  /** Mark the visible range, and the one that the reader picked. */
  mark(visible: TimeRange, picked: TimeRange | undefined): void {
    this._visible = visible;
    this._place(this._window, visible);
    this._window.classList.toggle('giltracer-mod-whole', this._isWhole());
    this._picked.hidden = picked === undefined;
    if (picked !== undefined) {
      this._place(this._picked, picked);
    }
  }

  /** Draw the run. @param all stands for the threads that are of interest */
  draw(all: Lane, marks: RunMarks, screen: Screen, theme: Theme): void {
    if (
      this._drawn?.lane === all &&
      this._drawn.theme === theme &&
      this._drawn.screen.width === screen.width &&
      this._drawn.screen.pixelRatio === screen.pixelRatio
    ) {
      return;
    }
    const prepared = this._canvas.prepare(screen);
    if (prepared === undefined || spanOf(this._bounds) <= 0) {
      return;
    }
    this._drawn = { lane: all, screen, theme };
    const { context, size } = prepared;
    const box = { top: Math.round(MARKS * size.pixelRatio), ticks: [] };
    const lane = { ...size, height: size.height - box.top };
    const shares = new Float64Array(size.width * STATE_COUNT);
    all.source.columnShares(this._bounds, size.width, shares);
    const range = this._bounds;
    const picture = statePicture(all, shares, range, lane, theme, () => '');
    const none = new Set<never>();
    const ticks = marks.marksOf(all, range, lane, undefined, none);
    paintLane(context, picture, box, ticks, theme, new ImagePool());
  }

  /** Give the pixels back. */
  release(): void {
    this._drawn = undefined;
    this._canvas.release();
  }

  private _isWhole(): boolean {
    return spanOf(this._visible) >= spanOf(this._bounds);
  }

  private readonly _onDown = (event: PointerEvent): void => {
    // The region around would pan the lanes.
    event.stopPropagation();
    const { left, width } = this.node.getBoundingClientRect();
    if (event.button !== 0 || !(width > 0)) {
      return;
    }
    const x = event.clientX - left;
    const from = xOf(this._bounds, width, this._visible.start);
    const to = xOf(this._bounds, width, this._visible.end);
    this._drag = {
      id: event.pointerId,
      grip: this._isWhole() ? 'draw' : gripAt(x, from, to),
      x,
      width,
      window: this._visible,
      moved: false
    };
    this.node.setPointerCapture(event.pointerId);
  };

  private readonly _onMove = (event: PointerEvent): void => {
    event.stopPropagation();
    const drag = this._drag;
    if (drag?.id !== event.pointerId) {
      return;
    }
    const x = event.clientX - this.node.getBoundingClientRect().left;
    drag.moved ||= Math.abs(x - drag.x) > 2;
    if (drag.moved) {
      this._show(draggedWindow(drag, x, this._bounds));
    }
  };

  private readonly _onUp = (event: PointerEvent): void => {
    event.stopPropagation();
    const drag = this._drag;
    this._drag = undefined;
    if (drag !== undefined && !drag.moved && event.type === 'pointerup') {
      const time = timeAt(this._bounds, drag.width, drag.x);
      const half = spanOf(drag.window) / 2;
      this._show({ start: time - half, end: time + half });
    }
  };

  private _place(part: HTMLElement, range: TimeRange): void {
    const left = Math.max(0, xOf(this._bounds, 100, range.start));
    const right = Math.min(100, xOf(this._bounds, 100, range.end));
    part.style.left = `${left}%`;
    part.style.width = `${right - left}%`;
  }

  private readonly _canvas = new RowCanvas(MARKS + STATES);
  private readonly _window = element('div', 'giltracer-Minimap-window');
  private readonly _picked = element('div', 'giltracer-Minimap-picked');
  private _visible: TimeRange;
  private _drag: (WindowDrag & { id: number; moved: boolean }) | undefined;
  private _drawn: { lane: Lane; screen: Screen; theme: Theme } | undefined;
}
