/**
 * Keys on the lanes. They act while the region, a row or a group's header has the focus; a key that means nothing here goes
 * on to the page.
 */
import type { Edge } from './range-edges';

/** What keys can ask of the lanes. Fractions are of the visible span. */
export interface IKeyTarget {
  zoomBy(factor: number): void;
  /** Move the visible span; positive goes to later times. */
  panBy(fraction: number): void;
  reset(): void;
  showStart(): void;
  showEnd(): void;
  /** Move the picked range's edge; begins a range if there is none. */
  moveEdge(fraction: number): void;
  /** Which edge of the range moves. */
  chooseEdge(edge: Edge): void;
  /** To the next wait (1) or the previous one (-1). */
  walkWaits(direction: 1 | -1): void;
  /** Give the focus to the row below (1) or above (-1). */
  walkRows(direction: 1 | -1): void;
  /** Do what Enter means on `stop`; false if it means nothing. */
  enter(stop: HTMLElement): boolean;
  /** Fold the row that has the focus, or unfold it; false if it is none. */
  fold(stop: HTMLElement): boolean;
  /** Take the last thing back that was picked; false if there is none. */
  escape(): boolean;
  search(): void;
  help(): void;
}

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.15;
const EDGE_STEP = 0.02;

export class LaneKeys {
  /** @param isStop whether keys act while this element has the focus */
  constructor(
    private readonly _region: HTMLElement,
    private readonly _target: IKeyTarget,
    private readonly _isStop: (element: HTMLElement) => boolean
  ) {
    const { signal } = this._abort;
    _region.addEventListener('keydown', this._onKeyDown, { signal });
  }

  dispose(): void {
    this._abort.abort();
  }

  private readonly _onKeyDown = (event: KeyboardEvent): void => {
    const { target } = event;
    if (
      target instanceof HTMLElement &&
      !event.altKey &&
      (target === this._region || this._isStop(target)) &&
      this._act(event, target)
    ) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  private _act(event: KeyboardEvent, stop: HTMLElement): boolean {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) {
      // All other keys with a modifier belong to the browser and the page.
      return key.toLowerCase() === 'f' && this._do(() => this._target.search());
    }
    const shift = event.shiftKey ? this._withShift[key] : undefined;
    const act = shift ?? this._keys[key.length === 1 ? key.toLowerCase() : key];
    if (act !== undefined) {
      return this._do(act);
    }
    switch (key) {
      case 'Enter':
        return this._target.enter(stop);
      case 'f':
      case 'F':
        return this._target.fold(stop);
      case 'Escape':
        return this._target.escape() || this._leave();
      default:
        return false;
    }
  }

  private _do(act: () => void): true {
    act();
    return true;
  }

  /** Give the focus to what is around, so that its keys work again: in a notebook, the cell. */
  private _leave(): true {
    const around =
      this._region.parentElement?.closest<HTMLElement>('[tabindex]');
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement) {
      activeElement.blur();
    }
    around?.focus({ preventScroll: true });
    return true;
  }

  private readonly _withShift: Readonly<Partial<Record<string, () => void>>> = {
    ArrowLeft: () => this._target.moveEdge(-EDGE_STEP),
    ArrowRight: () => this._target.moveEdge(EDGE_STEP),
    Home: () => this._target.chooseEdge('start'),
    End: () => this._target.chooseEdge('end')
  };

  private readonly _keys: Readonly<Partial<Record<string, () => void>>> = {
    w: () => this._target.zoomBy(1 / ZOOM_STEP),
    '+': () => this._target.zoomBy(1 / ZOOM_STEP),
    '=': () => this._target.zoomBy(1 / ZOOM_STEP),
    s: () => this._target.zoomBy(ZOOM_STEP),
    '-': () => this._target.zoomBy(ZOOM_STEP),
    a: () => this._target.panBy(-PAN_STEP),
    ArrowLeft: () => this._target.panBy(-PAN_STEP),
    d: () => this._target.panBy(PAN_STEP),
    ArrowRight: () => this._target.panBy(PAN_STEP),
    ArrowUp: () => this._target.walkRows(-1),
    ArrowDown: () => this._target.walkRows(1),
    Home: () => this._target.showStart(),
    End: () => this._target.showEnd(),
    '0': () => this._target.reset(),
    '[': () => this._target.walkWaits(-1),
    ']': () => this._target.walkWaits(1),
    '/': () => this._target.search(),
    '?': () => this._target.help()
  };

  private readonly _abort = new AbortController();
}
