/** What pointer and keys on the lanes mean. */
import type { CssPixels, Nanoseconds } from '../../core/units';
import type { Picks } from '../picks';
import type { Hover } from './hover';
import type { IPointerTarget } from './interaction';
import type { IKeyTarget } from './lane-keys';
import type { ILanesActions, LanesLayout } from './lanes-layout';
import type { Edge } from './range-edges';
import type { RangePick } from './range-pick';
import { timeAt } from './time-scale';
import type { Viewport } from './viewport';
import type { WaitPick } from './wait-pick';

/** What acts on what was asked for. */
export interface RegionParts {
  readonly layout: LanesLayout;
  readonly viewport: Viewport;
  readonly hover: Hover;
  readonly picks: Picks;
  readonly picked: RangePick;
  readonly waits: WaitPick;
  readonly actions: ILanesActions;
}

export class RegionActions implements IPointerTarget, IKeyTarget {
  constructor(private readonly _parts: RegionParts) {}

  zoomBy(factor: number, clientX?: number): void {
    const { left, width } =
      this._parts.layout.axis.node.getBoundingClientRect();
    const at =
      clientX === undefined || width === 0 ? 0.5 : (clientX - left) / width;
    this._parts.viewport.zoomBy(factor, at);
  }

  panBy(fraction: number): void {
    this._parts.viewport.panBy(fraction);
  }

  panByPixels(pixels: CssPixels): void {
    const { width } = this._parts.layout.screen;
    if (width > 0) {
      this.panBy(pixels / width);
    }
  }

  reset(): void {
    this._parts.viewport.showAll();
  }

  showStart(): void {
    this._parts.viewport.centre(this._parts.viewport.bounds.start);
  }

  showEnd(): void {
    this._parts.viewport.centre(this._parts.viewport.bounds.end);
  }

  pointAt(event: PointerEvent | undefined): void {
    this._parts.hover.pointAt(event);
  }

  clickAt(event: PointerEvent): void {
    const place = this._parts.hover.placeOf(event);
    this._parts.waits.pick(
      place &&
        this._parts.waits.walk.at(place.row.lane, place.time, place.pixelNs)
    );
  }

  get selecting(): boolean {
    return this._parts.layout.toolbar.selecting;
  }

  beginRange(clientX: CssPixels): void {
    this._parts.picked.begin(this._timeAt(clientX));
  }

  dragRange(clientX: CssPixels): void {
    this._parts.picked.drag(this._timeAt(clientX));
  }

  endRange(): void {
    this._parts.picked.settle();
  }

  moveEdge(fraction: number): void {
    this._parts.picked.moveEdge(fraction);
  }

  chooseEdge(edge: Edge): void {
    this._parts.picked.chooseEdge(edge);
  }

  walkWaits(direction: 1 | -1): void {
    void this._parts.waits.step(direction, this._parts.layout.screen.width);
  }

  walkRows(direction: 1 | -1): void {
    this._parts.layout.rows.walk(direction);
  }

  enter(stop: HTMLElement): boolean {
    const row = this._parts.layout.rows.shown.find(({ node }) => node === stop);
    if (row?.lane.thread !== undefined) {
      this._parts.actions.pickLane(row.lane);
      return true;
    }
    if (
      stop === this._parts.layout.region &&
      this._parts.picked.range !== undefined
    ) {
      this._parts.actions.zoomToPicked();
      return true;
    }
    return false;
  }

  fold(stop: HTMLElement): boolean {
    const row = this._parts.layout.rows.shown.find(({ node }) => node === stop);
    if (row?.lane.thread !== undefined) {
      this._parts.actions.foldLane(row.lane);
      return true;
    }
    if (stop instanceof HTMLButtonElement) {
      stop.click();
      return true;
    }
    return false;
  }

  escape(): boolean {
    const { wait, thread, line } = this._parts.picks.current;
    if (this._parts.picked.range !== undefined) {
      this._parts.actions.clearPicked();
    } else if (wait !== undefined) {
      this._parts.waits.pick(undefined);
    } else if (thread !== undefined || line !== undefined) {
      this._parts.picks.pick('thread', undefined);
      this._parts.picks.pick('line', undefined);
    } else {
      return false;
    }
    return true;
  }

  search(): void {
    this._parts.layout.toolbar.search.focus();
  }

  help(): void {
    this._parts.layout.help.toggle();
  }

  private _timeAt(clientX: CssPixels): Nanoseconds {
    const { layout, viewport } = this._parts;
    const { left, width } = layout.axis.node.getBoundingClientRect();
    return timeAt(viewport.range, width || 1, clientX - left);
  }
}
