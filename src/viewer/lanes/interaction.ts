/**
 * Pointer and wheel on the lanes, as requests to zoom, pan, select and pick.
 *
 * A plain wheel is left to the notebook: an output must not catch the page that scrolls under the
 * pointer. Ctrl or Cmd with the wheel zooms (a pinch on a touch pad arrives as Ctrl + wheel), Shift with the wheel and
 * a sideways wheel pan.
 */
import type { CssPixels } from '../../core/units';

/** What the pointer can ask of the lanes. Places are on the screen. */
export interface IPointerTarget {
  /** Scale the visible span by `factor` around a place. */
  zoomBy(factor: number, clientX: CssPixels): void;
  /** Move the picture with the pointer. */
  panByPixels(pixels: CssPixels): void;
  reset(): void;
  /** The pointer rests here, or left. */
  pointAt(event: PointerEvent | undefined): void;
  /** A press that was no drag. */
  clickAt(event: PointerEvent): void;
  /** Whether a drag selects a range without Shift. */
  readonly selecting: boolean;
  beginRange(clientX: CssPixels): void;
  dragRange(clientX: CssPixels): void;
  endRange(): void;
}

/** A wheel's lines and pages in pixels, as browsers take them. */
const LINE_PIXELS = 16;
const PAGE_PIXELS = 400;
/** Pixels of wheel travel that double or halve the visible span. */
const WHEEL_DOUBLING = 250;
/** A press that moves less is a click. */
const DRAG_THRESHOLD: CssPixels = 3;

/** Listens on the focusable region until disposed. */
export class LaneInteraction {
  constructor(region: HTMLElement, target: IPointerTarget) {
    this._region = region;
    this._target = target;
    const { signal } = this._abort;
    region.addEventListener('wheel', this._onWheel, { passive: false, signal });
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

  private readonly _onPointerDown = (event: PointerEvent): void => {
    if (event.button === 0 && event.target instanceof HTMLCanvasElement) {
      const { pointerId: id, clientX: x } = event;
      const selects = event.shiftKey || this._target.selecting;
      this._drag = { id, x, moved: false, selects };
      if (selects) {
        // Shift + press would select the page's text.
        event.preventDefault();
        this._region.focus({ preventScroll: true });
      }
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
      this._target.pointAt(undefined);
      if (drag.selects) {
        this._target.beginRange(drag.x);
      } else {
        this._region.classList.add('giltracer-mod-dragging');
      }
    }
    if (drag.selects) {
      this._target.dragRange(event.clientX);
    } else {
      drag.x = event.clientX;
      this._target.panByPixels(-by);
    }
  };

  private readonly _onPointerEnd = (event: PointerEvent): void => {
    const drag = this._drag;
    if (drag?.id !== event.pointerId) {
      return;
    }
    this._drag = undefined;
    this._region.classList.remove('giltracer-mod-dragging');
    if (drag.moved && drag.selects) {
      this._target.endRange();
    } else if (!drag.moved && event.type === 'pointerup') {
      this._target.clickAt(event);
    }
  };

  private readonly _onDoubleClick = (event: MouseEvent): void => {
    if (event.target instanceof HTMLCanvasElement) {
      this._target.reset();
    }
  };

  private readonly _region: HTMLElement;
  private readonly _target: IPointerTarget;
  private readonly _abort = new AbortController();
  private _drag:
    { id: number; x: number; moved: boolean; selects: boolean } | undefined;
}
