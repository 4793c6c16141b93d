/**
 * The lanes of a run that goes on: the last seconds of each thread, the newest instant at the right edge. Painted when
 * something new is known, at most once per frame of the screen, and only while it can be seen.
 */
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import { button, element } from '../dom';
import { paintAxis } from '../lanes/lane-painter';
import type { DeviceSize } from '../lanes/lane-picture';
import { AXIS_HEIGHT } from '../lanes/lane-row';
import { Redraw } from '../lanes/redraw';
import type { TimeRange } from '../lanes/time-scale';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { axisTicks } from './live-axis';
import { LivePainter, meanShares } from './live-painter';
import {
  LIVE_LANE_HEIGHT,
  LIVE_ROW_HEIGHT,
  LiveCanvas,
  LiveRow
} from './live-row';
import { LiveRows } from './live-rows';
import type { LiveRun } from './live-run';

/** How often rows are given out and the pictures' words are made, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** What tells who held the GIL. */
const HOLDING = [ThreadState.RunningGil, ThreadState.HoldingOffCpu];

export class LiveLanes {
  /** `now` gives a steady clock in milliseconds. */
  constructor(
    private readonly _run: LiveRun,
    private _theme: Theme,
    private readonly _trans: ITranslation,
    private readonly _now: () => number = () => performance.now()
  ) {
    this._rows = new LiveRows(_run);
    this._axis.node.setAttribute('aria-hidden', 'true');
    this._axis.node.style.height = `${AXIS_HEIGHT}px`;
    this._head.append(
      labelled(element('span'), this._axis.node),
      this._gilRow()
    );
    this._fold = button('giltracer-fold', '', '', () => {
      this._foldOpen = !this._foldOpen;
      this._lookedAt = -Infinity;
      this._redraw.request();
    });
    this._region.append(this._head, this._shown, this._fold, this._folded);
    this._region.addEventListener('scroll', () => this._redraw.request(), {
      passive: true
    });
    this.node.append(this._region);
    this._redraw = new Redraw(
      this.node,
      () => this._draw(),
      // A run does not go on for long: what is drawn is kept.
      () => undefined
    );
  }

  readonly node = element('div', 'giltracer-LiveLanes');

  /** Takes the focus; scrolls if there are many rows. */
  get region(): HTMLElement {
    return this._region;
  }

  /** Length of what is visible. */
  set span(span: Nanoseconds) {
    this._span = span;
    this._painter = undefined;
    this.request();
  }

  get span(): Nanoseconds {
    return this._span;
  }

  /** Show this instant at the right edge, with the next frame of the screen. */
  showUntil(until: Nanoseconds): void {
    this._until = until;
    this.request();
  }

  request(): void {
    this._redraw.request();
  }

  applyTheme(theme: Theme): void {
    this._theme = theme;
    this._painter = undefined;
    this._lookedAt = -Infinity;
    this.request();
  }

  dispose(): void {
    this._redraw.dispose();
  }

  /** False if there was no room to draw. */
  private _draw(): boolean {
    const width = this._axis.node.clientWidth;
    if (width <= 0) {
      return false;
    }
    const painter = this._fit(width);
    const range = this._range(painter.size.width);
    const now = this._now();
    const look = now - this._lookedAt >= LOOK_EVERY_MS;
    if (look) {
      this._lookedAt = now;
      this._rows.update();
    }
    // What has just begun is shown at once.
    if (this._rows.fill() || look) {
      this._arrange();
    }
    const gil = this._gil.prepare(painter.size);
    if (gil !== undefined && !this._gilNode.hidden) {
      painter.paintHolders(gil, this._rows, range);
    }
    for (const row of this._shownRows) {
      this._paintRow(row, painter, range, look);
    }
    if (this._foldOpen) {
      this._paintFolded(painter, range, look);
    }
    return true;
  }

  private _paintRow(
    row: LiveRow,
    painter: LivePainter,
    range: TimeRange,
    look: boolean
  ): void {
    const context = row.canvas.prepare(painter.size);
    if (context !== undefined) {
      const { lane } = row.row.track;
      const shares = painter.paintStates(context, lane, range);
      if (look) {
        meanShares(shares, painter.size.width, this._means);
        row.describe(this._means);
      }
    }
  }

  /** Those of the folded rows that can be seen: there may be hundreds. */
  private _paintFolded(
    painter: LivePainter,
    range: TimeRange,
    look: boolean
  ): void {
    const top = this._region.scrollTop - this._folded.offsetTop;
    const first = Math.max(0, Math.floor(top / LIVE_ROW_HEIGHT));
    const last = Math.min(
      this._foldedRows.length - 1,
      Math.ceil((top + this._region.clientHeight) / LIVE_ROW_HEIGHT)
    );
    for (let i = first; i <= last; i++) {
      this._paintRow(this._foldedRows[i], painter, range, look);
    }
  }

  /**
   * What is visible. It moves by whole columns, so that a column once painted keeps its look; one that has only begun
   * would look like that of a thread that has.
   */
  private _range(columns: number): TimeRange {
    const columnNs = this._span / columns;
    const end = Math.floor(this._until / columnNs) * columnNs;
    this._visible.start = end - this._span;
    this._visible.end = end;
    return this._visible;
  }

  /** What there is to paint with; made anew if the width, the pixels or the theme have changed. */
  private _fit(width: number): LivePainter {
    const pixelRatio = window.devicePixelRatio || 1;
    const columns = Math.round(width * pixelRatio);
    const fitting = this._painter;
    if (
      fitting?.size.width === columns &&
      fitting.size.pixelRatio === pixelRatio
    ) {
      return fitting;
    }
    const height = Math.round(LIVE_LANE_HEIGHT * pixelRatio);
    const size = { width: columns, height, pixelRatio };
    this._paintAxis(width, columns, pixelRatio);
    return (this._painter = new LivePainter(size, this._theme));
  }

  /** It tells how long ago, and so stays as it is while the picture moves. */
  private _paintAxis(width: number, columns: number, pixelRatio: number): void {
    const size: DeviceSize = {
      width: columns,
      height: Math.round(AXIS_HEIGHT * pixelRatio),
      pixelRatio
    };
    const context = this._axis.prepare(size);
    if (context !== undefined) {
      const range = { start: -this._span, end: 0 };
      const ticks = axisTicks(this._span, width);
      paintAxis(context, size, range, ticks, undefined, this._theme);
    }
  }

  private _arrange(): void {
    const { states } = this._run;
    this._gilNode.hidden = !HOLDING.some(state => states.has(state));
    arrange(
      this._shown,
      this._shownRows,
      this._rows.shown,
      this._theme,
      this._trans
    );
    const folded = this._foldOpen ? this._rows.folded : [];
    arrange(this._folded, this._foldedRows, folded, this._theme, this._trans);
    const count = this._rows.folded.length + this._run.omittedThreads;
    const fold = this._fold;
    fold.hidden = count === 0;
    fold.setAttribute('aria-expanded', String(this._foldOpen));
    const text = this._trans._n('%1 more thread', '%1 more threads', count);
    if (fold.textContent !== text) {
      fold.textContent = text;
      fold.title = this._trans.__(
        'Threads that slept, or that waited less than those shown'
      );
    }
  }

  private _gilRow(): HTMLElement {
    const trans = this._trans;
    const { node } = this._gil;
    node.setAttribute('role', 'img');
    node.setAttribute(
      'aria-label',
      trans.__('Which thread held the GIL in the last seconds')
    );
    const name = trans.__('GIL held by');
    const label = element('span', 'giltracer-Lane-name', name);
    label.title = trans.__(
      'Colour and number say which thread holds the GIL; crossed: it holds the GIL while it is off CPU; empty: nobody holds it.'
    );
    this._gilNode = labelled(label, node);
    this._gilNode.classList.add('giltracer-mod-gil');
    return this._gilNode;
  }

  private readonly _axis = new LiveCanvas(AXIS_HEIGHT);
  private readonly _gil = new LiveCanvas(LIVE_LANE_HEIGHT);
  private readonly _region = element('div', 'giltracer-Lanes-region');
  private readonly _head = element('div', 'giltracer-Lanes-head');
  private readonly _shown = element('div');
  private readonly _folded = element('div', 'giltracer-LiveLanes-folded');
  private readonly _fold: HTMLButtonElement;
  private _gilNode = element('div');
  private readonly _rows: LiveRows;
  private readonly _shownRows: LiveRow[] = [];
  private readonly _foldedRows: LiveRow[] = [];
  private readonly _redraw: Redraw;
  private readonly _visible = { start: 0, end: 0 };
  private readonly _means = new Float64Array(STATE_COUNT);
  private _painter: LivePainter | undefined;
  private _span: Nanoseconds = 10e9;
  private _until: Nanoseconds = 0;
  private _lookedAt = -Infinity;
  private _foldOpen = false;
}

/** One element per row, each kept as long as its place is. */
function arrange(
  node: HTMLElement,
  elements: LiveRow[],
  rows: LiveRows['shown'],
  theme: Theme,
  trans: ITranslation
): void {
  rows.forEach((row, index) => {
    if (index === elements.length) {
      const made = new LiveRow(row, theme, trans);
      elements.push(made);
      node.append(made.node);
    } else {
      elements[index].assign(row, theme);
    }
  });
  for (const { node: gone } of elements.splice(rows.length)) {
    gone.remove();
  }
}

function labelled(label: HTMLElement, content: HTMLElement): HTMLDivElement {
  const row = element('div', 'giltracer-Lane');
  const cell = element('div', 'giltracer-Lane-label');
  cell.append(label);
  row.append(cell, content);
  return row;
}
