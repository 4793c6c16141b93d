/** The elements of the lanes: toolbar, axis, the GIL's row, one row per thread, tooltip, cursor. */
import type { ReportDocument } from '../../core/trace/document';
import { element } from '../dom';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { ArrangementState } from './arrangement';
import { ChainOverlay } from './chain-overlay';
import { coresKnown } from './cores-curve';
import type { Lane } from './lane-data';
import { holdersKnown } from './lane-data';

import {
  AXIS_HEIGHT,
  LANE_HEIGHT,
  type LaneRow,
  MARK_HEIGHT
} from './lane-row';
import type { IRowsActions } from './lane-rows';
import { LaneRows } from './lane-rows';

import { Minimap } from './minimap';
import { HelpBox } from './help-box';
import { RangeMark } from './range-mark';
import { RowCanvas, type Screen } from './row-canvas';
import type { TimeRange } from './time-scale';
import { Toolbar, type IToolbarActions } from './toolbar';
import { Tooltip } from './tooltip';

/** What the elements ask for. */
export interface ILanesActions extends IToolbarActions, IRowsActions {
  showRange(range: TimeRange): void;
}

/** What is shown. */
export interface LanesContent {
  readonly lanes: readonly Lane[];
  readonly document: ReportDocument;
  readonly bounds: TimeRange;
  /** Where exact intervals are stored. */
  readonly exact: readonly TimeRange[];
}

export class LanesLayout {
  constructor(
    content: LanesContent,
    arrangement: ArrangementState,
    theme: Theme,
    actions: ILanesActions,
    private readonly _trans: ITranslation
  ) {
    this.toolbar = new Toolbar(actions, arrangement.order, _trans);
    this.rows = new LaneRows(theme, actions, _trans);
    this.minimap = new Minimap(content.bounds, content.exact, range => {
      actions.showRange(range);
    });
    this.chain = new ChainOverlay(this.rows);
    this.help = new HelpBox(_trans, () =>
      this.region.focus({ preventScroll: true })
    );
    this._fillRegion(content);
    this.cursor.hidden = true;
    this.body.append(
      this.region,
      this._rangeMark.node,
      this.cursor,
      this.tooltip.node,
      this.help.node
    );
    this.node.append(
      this.toolbar.node,
      this.toolbar.status,
      this.body,
      this.announcement
    );
    // Else the notebook's command mode takes the single keys.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  readonly node = element('div', 'giltracer-Lanes');
  readonly toolbar: Toolbar;
  /** Holds the region and what floats above it. */
  readonly body = element('div', 'giltracer-Lanes-body');
  /** Takes the focus, scrolls if there are many rows. */
  readonly region = element('div', 'giltracer-Lanes-region');
  readonly axis = new RowCanvas(AXIS_HEIGHT);
  readonly gil = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);
  readonly cores = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);
  readonly rows: LaneRows;
  readonly chain: ChainOverlay;
  readonly help: HelpBox;
  readonly minimap: Minimap;
  readonly tooltip = new Tooltip();
  readonly cursor = element('div', 'giltracer-Lanes-cursor');
  /** Beside the axis: where its labels count from. */
  readonly baseText = element('span', 'giltracer-Lanes-base');
  /** Read out by screen readers when it changes. */
  readonly announcement = element('div', 'giltracer-mod-spoken');

  /** Whether all rows are needed: paper does not scroll. */
  printed = false;

  /** Where the drawings are; each reading may lay the page out. */
  get screen(): Screen {
    const { left } = this.axis.node.getBoundingClientRect();
    return {
      width: this.axis.node.clientWidth,
      pixelRatio: window.devicePixelRatio || 1,
      left: left - this.body.getBoundingClientRect().left
    };
  }

  /** The rows that can be seen, so that they are worth to be drawn. */
  rowsInView(): readonly LaneRow[] {
    if (this.printed) {
      return this.rows.shown;
    }
    const { scrollTop, clientHeight } = this.region;
    // Rows lie in a box of their own, which is what their offsets count from.
    const box = this.rows.node.parentElement;
    const first = (box?.offsetTop ?? 0) - scrollTop;
    return this.rows.shown.filter(({ node }) => {
      const top = first + node.offsetTop;
      return top + node.offsetHeight >= 0 && top <= clientHeight;
    });
  }

  /** Draw the picked range above the lanes. */
  markRange(
    picked: TimeRange | undefined,
    visible: TimeRange,
    { left, width }: Screen
  ): void {
    this._rangeMark.show(picked, visible, left, width);
  }

  /** Give the pixels of all drawings back. */
  release(): void {
    for (const canvas of [this.axis, this.gil, this.cores]) {
      canvas.release();
    }
    for (const { canvas } of this.rows.shown) {
      canvas.release();
    }
    this.minimap.release();
  }

  private _fillRegion({ lanes, document }: LanesContent): void {
    const { region } = this;
    region.tabIndex = 0;
    region.setAttribute('role', 'group');
    region.setAttribute(
      'aria-label',
      this._trans.__(
        'Lanes of the threads over time. W and S zoom, A and D move, 0 shows all, arrows walk through the lanes, brackets through the waits, Escape leaves. Question mark: all keys.'
      )
    );
    region.dataset.lmSuppressShortcuts = 'true';
    const head = element('div', 'giltracer-Lanes-head');
    head.append(this._axisRow(), this._minimapRow());
    if (
      lanes.some(({ number }) => number !== undefined) &&
      holdersKnown(lanes)
    ) {
      head.append(this._gilRow());
    }
    region.append(
      head,
      coresKnown(document) ? this._coresRow() : this._coresAbsent(),
      this._rowsWithChain()
    );
  }

  private _rowsWithChain(): HTMLElement {
    const box = element('div', 'giltracer-Lanes-chained');
    box.append(this.rows.node, this.chain.node);
    return box;
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

  private _minimapRow(): HTMLElement {
    const trans = this._trans;
    const label = element(
      'span',
      'giltracer-Lanes-base',
      trans.__('Whole run')
    );
    const row = this._row(label, '', this.minimap.node);
    row.classList.add('giltracer-mod-minimap');
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

  private _coresRow(): HTMLElement {
    const trans = this._trans;
    const { node } = this.cores;
    node.setAttribute('role', 'img');
    const title = trans.__(
      'How many CPUs the threads of the run use, over time; the broken line is what the process may use'
    );
    node.setAttribute('aria-label', title);
    const words = trans.__('Cores in use');
    const label = element('span', 'giltracer-Lane-name', words);
    const row = this._row(label, title, node);
    row.classList.add('giltracer-mod-cores');
    return row;
  }

  private _coresAbsent(): HTMLElement {
    return element(
      'p',
      'giltracer-Lanes-absent',
      this._trans.__(
        'Cores in use: not known, for scheduler states were not recorded.'
      )
    );
  }

  private readonly _rangeMark = new RangeMark();
}
