/**
 * Pointer, wheel and keys on the lanes, as requests to zoom and pan.
 *
 * A plain wheel is left to the notebook: an output must not catch the page that scrolls under the
 * pointer. Ctrl or Cmd with the wheel zooms (a pinch on a touch pad arrives as Ctrl + wheel), Shift with the wheel and
 * a sideways wheel pan.
 */
import type { CssPixels } from '../../core/units';

/** What the lanes can do. Fractions are of the visible span. */
export interface IZoomTarget {
  /** Scale the visible span by `factor` around a place on the screen; around the middle without one. */
  zoomBy(factor: number, clientX?: number): void;
  /** Move the visible span; positive goes to later times. */
  panBy(fraction: number): void;
  /** Move the picture with the pointer. */
  panByPixels(pixels: CssPixels): void;
  reset(): void;
  showStart(): void;
  showEnd(): void;
  /** The pointer rests here, or left. */
  pointAt(event: PointerEvent | undefined): void;
}

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.15;
/** A wheel's lines and pages in pixels, as browsers take them. */
const LINE_PIXELS = 16;
const PAGE_PIXELS = 400;
/** Pixels of wheel travel that double or halve the visible span. */
const WHEEL_DOUBLING = 250;
/** A press that moves less is a click. */
const DRAG_THRESHOLD: CssPixels = 3;

/** Listens on the focusable region until disposed. */
export class LaneInteraction {
  constructor(region: HTMLElement, target: IZoomTarget) {
    this._region = region;
    this._target = target;
    const { signal } = this._abort;
    region.addEventListener('wheel', this._onWheel, { passive: false, signal });
    region.addEventListener('keydown', this._onKeyDown, { signal });
    region.addEventListener('pointerdown', this._onPointerDown, { signal });
    region.addEventListener('pointermove', this._onPointerMove, { signal });
    region.addEventListener('pointerup', this._onPointerEnd, { signal });
    region.addEventListener('pointercancel', this._onPointerEnd, { signal });
    region.addEventListener('pointerleave', () => target.pointAt(undefined), {
      signal
    });
    region.addEventListener('dblclick', this._onDoubleClick, { signal });
  }

  dispose(): void {
    this._abort.abort();
  }

  private readonly _onWheel = (event: WheelEvent): void => {
    const unit =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE
        ? LINE_PIXELS
        : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
          ? PAGE_PIXELS
          : 1;
    if (event.ctrlKey || event.metaKey) {
      const travel = event.deltaY * unit;
      this._target.zoomBy(2 ** (travel / WHEEL_DOUBLING), event.clientX);
      event.preventDefault();
      return;
    }
    const sideways = event.shiftKey
      ? event.deltaX || event.deltaY
      : Math.abs(event.deltaX) > Math.abs(event.deltaY)
        ? event.deltaX
        : 0;
    if (sideways !== 0) {
      this._target.panByPixels(sideways * unit);
      event.preventDefault();
    }
  };

  private readonly _onKeyDown = (event: KeyboardEvent): void => {
    // Keys with a modifier belong to the browser, keys on the buttons within to these.
    if (
      event.target !== this._region ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    ) {
      return;
    }
    if (this._act(event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  /** Do what a key asks for; false if it asks for nothing. */
  private _act(key: string): boolean {
    const target = this._target;
    switch (key) {
      case 'w':
      case 'W':
      case '+':
      case '=':
        target.zoomBy(1 / ZOOM_STEP);
        return true;
      case 's':
      case 'S':
      case '-':
        target.zoomBy(ZOOM_STEP);
        return true;
      case 'a':
      case 'A':
      case 'ArrowLeft':
        target.panBy(-PAN_STEP);
        return true;
      case 'd':
      case 'D':
      case 'ArrowRight':
        target.panBy(PAN_STEP);
        return true;
      case 'Home':
        target.showStart();
        return true;
      case 'End':
        target.showEnd();
        return true;
      case '0':
        target.reset();
        return true;
      case 'Escape':
        this._leave();
        return true;
      default:
        return false;
    }
  }

  /** Give the focus to what is around, so that its keys work again: in a notebook, the cell. */
  private _leave(): void {
    const around =
      this._region.parentElement?.closest<HTMLElement>('[tabindex]');
    this._region.blur();
    around?.focus({ preventScroll: true });
  }

  private readonly _onPointerDown = (event: PointerEvent): void => {
    if (event.button === 0 && event.target instanceof HTMLCanvasElement) {
      this._drag = { id: event.pointerId, x: event.clientX, moved: false };
    }
  };

  private readonly _onPointerMove = (event: PointerEvent): void => {
    const drag = this._drag;
    if (drag?.id !== event.pointerId) {
      this._target.pointAt(event);
      return;
    }
    const by = event.clientX - drag.x;
    if (!drag.moved && Math.abs(by) < DRAG_THRESHOLD) {
      return;
    }
    if (!drag.moved) {
      drag.moved = true;
      // Only now: a captured pointer would keep a click from the element below it.
      this._region.setPointerCapture(event.pointerId);
      this._region.classList.add('giltracer-mod-dragging');
      this._target.pointAt(undefined);
    }
    drag.x = event.clientX;
    this._target.panByPixels(-by);
  };

  private readonly _onPointerEnd = (event: PointerEvent): void => {
    if (this._drag?.id === event.pointerId) {
      this._drag = undefined;
      this._region.classList.remove('giltracer-mod-dragging');
    }
  };

  private readonly _onDoubleClick = (event: MouseEvent): void => {
    if (event.target instanceof HTMLCanvasElement) {
      this._target.reset();
    }
  };

  private readonly _region: HTMLElement;
  private readonly _target: IZoomTarget;
  private readonly _abort = new AbortController();
  private _drag: { id: number; x: number; moved: boolean } | undefined;
}
