/** The elements of the lanes: toolbar, axis, the GIL's row, one row per thread, tooltip, cursor. */
import type { CssPixels, Nanoseconds } from '../../core/units';
import { button, element } from '../dom';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import { holdersKnown } from './lane-data';
import {
  AXIS_HEIGHT,
  LANE_HEIGHT,
  LaneRow,
  MARK_HEIGHT,
  RowCanvas
} from './lane-row';
import { PositionStrip } from './position-strip';
import type { TimeRange } from './time-scale';
import { Tooltip } from './tooltip';

/** What the elements ask for. */
export interface ILanesActions {
  zoomBy(factor: number): void;
  reset(): void;
  centre(time: Nanoseconds): void;
  toggleIdle(): void;
}

export class LanesLayout {
  constructor(
    lanes: readonly Lane[],
    bounds: TimeRange,
    exact: readonly TimeRange[],
    theme: Theme,
    private readonly _actions: ILanesActions,
    private readonly _trans: ITranslation
  ) {
    this.rows = lanes.map(lane => new LaneRow(lane, theme, _trans));
    this.strip = new PositionStrip(bounds, exact, time => {
      _actions.centre(time);
    });
    this._fillRegion();
    this.cursor.hidden = true;
    this.announcement.setAttribute('aria-live', 'polite');
    this.body.append(this.region, this.cursor, this.tooltip.node);
    this.node.append(this._toolbar(), this.body, this.announcement);
  }

  readonly node = element('div', 'giltracer-Lanes');
  /** Holds the region and what floats above it. */
  readonly body = element('div', 'giltracer-Lanes-body');
  /** Takes the focus, scrolls if there are many rows. */
  readonly region = element('div', 'giltracer-Lanes-region');
  readonly axis = new RowCanvas(AXIS_HEIGHT);
  readonly gil = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);
  readonly rows: readonly LaneRow[];
  readonly strip: PositionStrip;
  readonly tooltip = new Tooltip();
  readonly cursor = element('div', 'giltracer-Lanes-cursor');
  /** Beside the axis: where its labels count from. */
  readonly baseText = element('span', 'giltracer-Lanes-base');
  /** In the toolbar: what is visible. */
  readonly rangeText = element('span', 'giltracer-Lanes-range');
  /** Read out by screen readers when it changes. */
  readonly announcement = element('div', 'giltracer-mod-spoken');

  /** Width of the drawings. */
  get width(): CssPixels {
    return this.axis.node.clientWidth;
  }

  setIdleOpen(open: boolean): void {
    this._fold?.setAttribute('aria-expanded', String(open));
    for (const row of this.rows) {
      row.node.hidden = row.lane.idle && !open;
    }
  }

  /** Whether a row can be seen, so that it is worth to be drawn. */
  isInView({ node }: LaneRow): boolean {
    const { scrollTop, clientHeight } = this.region;
    const top = node.offsetTop - scrollTop;
    return !node.hidden && top + node.offsetHeight >= 0 && top <= clientHeight;
  }

  private _fillRegion(): void {
    const { region } = this;
    region.tabIndex = 0;
    region.setAttribute('role', 'group');
    region.setAttribute(
      'aria-label',
      this._trans.__(
        'Lanes of the threads over time. W and S zoom, A and D move, 0 shows all, Escape leaves.'
      )
    );
    // Else the notebook's command mode takes the single keys.
    region.dataset.lmSuppressShortcuts = 'true';
    const head = element('div', 'giltracer-Lanes-head');
    head.append(this._axisRow(), this._stripRow());
    const lanes = this.rows.map(({ lane }) => lane);
    if (
      lanes.some(({ number }) => number !== undefined) &&
      holdersKnown(lanes)
    ) {
      head.append(this._gilRow());
    }
    const idle = this.rows.filter(({ lane }) => lane.idle);
    const others = this.rows.filter(({ lane }) => !lane.idle);
    region.append(head, ...others.map(({ node }) => node));
    if (idle.length > 0) {
      region.append(this._foldRow(idle.length));
      region.append(...idle.map(({ node }) => node));
    }
  }

  private _toolbar(): HTMLElement {
    const trans = this._trans;
    const bar = element('div', 'giltracer-Lanes-toolbar');
    const add = (text: string, title: string, act: () => void): void => {
      const node = button('giltracer-Button', text, title, act);
      node.setAttribute('aria-label', title);
      bar.append(node);
    };
    add('+', trans.__('Zoom in'), () => this._actions.zoomBy(0.5));
    add('−', trans.__('Zoom out'), () => this._actions.zoomBy(2));
    add(trans.__('All'), trans.__('Show the whole run'), () =>
      this._actions.reset()
    );
    const hint = element(
      'span',
      'giltracer-Lanes-hint',
      trans.__('Ctrl or ⌘ + wheel zooms, drag moves, double click shows all')
    );
    bar.append(this.rangeText, hint);
    return bar;
  }

  private _row(
    label: HTMLElement,
    title: string,
    content: HTMLElement
  ): HTMLElement {
    const row = element('div', 'giltracer-Lane');
    const cell = element('div', 'giltracer-Lane-label');
    cell.title = title;
    cell.append(label);
    row.append(cell, content);
    return row;
  }

  private _axisRow(): HTMLElement {
    this.axis.node.setAttribute('aria-hidden', 'true');
    return this._row(this.baseText, '', this.axis.node);
  }

  private _stripRow(): HTMLElement {
    const row = this._row(element('span'), '', this.strip.node);
    row.classList.add('giltracer-mod-strip');
    return row;
  }

  private _gilRow(): HTMLElement {
    const trans = this._trans;
    const { node } = this.gil;
    node.setAttribute('role', 'img');
    node.setAttribute(
      'aria-label',
      trans.__('Which thread holds the GIL, over time; the table has the sums')
    );
    const label = element(
      'span',
      'giltracer-Lane-name',
      trans.__('GIL held by')
    );
    const title = trans.__(
      'Colour and number say which thread holds the GIL; crossed: it holds the GIL while it is off CPU; empty: nobody holds it.'
    );
    const row = this._row(label, title, node);
    row.classList.add('giltracer-mod-gil');
    return row;
  }

  private _foldRow(count: number): HTMLElement {
    const trans = this._trans;
    this._fold = button(
      'giltracer-fold',
      trans._n('%1 idle thread', '%1 idle threads', count),
      trans.__('Threads that never asked for the GIL and slept all the time'),
      () => this._actions.toggleIdle()
    );
    return this._fold;
  }

  private _fold: HTMLButtonElement | undefined;
}
