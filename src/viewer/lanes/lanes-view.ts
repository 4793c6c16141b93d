/** The lanes of a run: time axis, the GIL's lane, one lane per thread; zoom and pan. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ThreadState } from '../../core/threads/states';
import { STATE_COUNT } from '../../core/threads/states';
import type { CssPixels, Nanoseconds } from '../../core/units';
import { button, element } from '../dom';
import { formatDuration, formatTime } from '../format';
import { stateLabel } from '../state-words';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { ColumnShares } from './column-shares';
import { columnShares } from './column-shares';
import type { IZoomTarget } from './interaction';
import { LaneInteraction } from './interaction';
import type { Lane } from './lane-data';
import { lanesOf, runEndOf } from './lane-data';
import type { LaneMarks } from './lane-painter';
import { paintAxis, paintLane } from './lane-painter';
import type { DeviceSize } from './lane-picture';
import { EXACT_WIDTH, gilPicture, statePicture } from './lane-picture';
import {
  AXIS_HEIGHT,
  LANE_HEIGHT,
  LaneRow,
  MARK_HEIGHT,
  RowCanvas
} from './lane-row';
import { PositionStrip } from './position-strip';
import { Redraw } from './redraw';
import type { Ticks } from './ticks';
import { ticksFor } from './ticks';
import type { TimeRange } from './time-scale';
import {
  clampRange,
  panRange,
  rangeAround,
  spanOf,
  timeAt,
  xOf,
  zoomRange
} from './time-scale';
import { Tooltip, describeGil, describeLane } from './tooltip';

/** Pause after the last zoom before the new range is read out. */
const ANNOUNCE_AFTER_MS = 700;

/** What a view keeps when the same run is shown again. */
export interface LanesState {
  readonly range: TimeRange;
  readonly idleOpen: boolean;
}

/** A span of one thread to point out. */
export interface Highlight {
  readonly tid: number;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

export class LanesView implements IZoomTarget {
  constructor(
    view: BundleView,
    theme: Theme,
    private readonly _trans: ITranslation,
    state?: LanesState
  ) {
    this._view = view;
    this._theme = theme;
    this._lanes = lanesOf(view);
    this._bounds = { start: 0, end: runEndOf(view) };
    this._range = clampRange(state?.range ?? this._bounds, this._bounds);
    this._rows = this._lanes.map(lane => new LaneRow(lane, theme, _trans));
    this._strip = new PositionStrip(this._bounds, view.windows, time =>
      this._centre(time)
    );
    this._build();
    this._interaction = new LaneInteraction(this._region, this);
    this._redraw = new Redraw(this._body, () => this._draw());
    this._setIdleOpen(state?.idleOpen ?? false);
    this._region.addEventListener('scroll', () => this._redraw.request(), {
      passive: true
    });
  }

  readonly node = element('div', 'giltracer-Lanes');

  get state(): LanesState {
    return { range: this._range, idleOpen: this._idleOpen };
  }

  /** Draw again with other colours. */
  applyTheme(theme: Theme): void {
    this._theme = theme;
    for (const row of this._rows) {
      row.applyTheme(theme);
    }
    this._redraw.request();
  }

  /** Zoom to a span of one thread and mark it. */
  showSpan(highlight: Highlight): void {
    const { tid, start, end } = highlight;
    this._highlight = highlight;
    const row = this._rows.find(({ lane }) => lane.thread?.tid === tid);
    if (row?.lane.idle) {
      this._setIdleOpen(true);
    }
    this._setRange(rangeAround(start, end, this._bounds));
    this._redraw.request();
    (row?.node ?? this._region).scrollIntoView?.({ block: 'nearest' });
  }

  zoomBy(factor: number, clientX?: number): void {
    const { left, width } = this._axis.node.getBoundingClientRect();
    const x =
      clientX === undefined || width === 0 ? 0.5 : (clientX - left) / width;
    const anchor = timeAt(this._range, 1, Math.min(1, Math.max(0, x)));
    this._setRange(zoomRange(this._range, this._bounds, factor, anchor));
  }

  panBy(fraction: number): void {
    const by = fraction * spanOf(this._range);
    this._setRange(panRange(this._range, this._bounds, by));
  }

  panByPixels(pixels: CssPixels): void {
    const width = this._axis.node.clientWidth;
    if (width > 0) {
      this.panBy(pixels / width);
    }
  }

  reset(): void {
    this._highlight = undefined;
    this._setRange(this._bounds);
    this._redraw.request();
  }

  showStart(): void {
    this._centre(this._bounds.start);
  }

  showEnd(): void {
    this._centre(this._bounds.end);
  }

  pointAt(event: PointerEvent | undefined): void {
    const canvas = event?.target;
    if (event === undefined || !(canvas instanceof HTMLCanvasElement)) {
      this._tooltip.hide();
      this._cursor.hidden = true;
      return;
    }
    const body = this._body.getBoundingClientRect();
    const { left, width } = canvas.getBoundingClientRect();
    this._cursor.hidden = false;
    this._cursor.style.left = `${event.clientX - body.left}px`;
    const time = timeAt(this._range, width, event.clientX - left);
    const lines = this._describe(canvas, time, spanOf(this._range) / width);
    if (lines === undefined) {
      this._tooltip.hide();
    } else {
      this._tooltip.show(
        lines,
        event.clientX - body.left,
        event.clientY - body.top
      );
    }
  }

  dispose(): void {
    clearTimeout(this._announcing);
    this._interaction.dispose();
    this._redraw.dispose();
  }

  private _describe(
    canvas: HTMLCanvasElement,
    time: Nanoseconds,
    pixelNs: Nanoseconds
  ): string[] | undefined {
    if (canvas === this._gil.node) {
      return describeGil(this._lanes, time, pixelNs, this._trans);
    }
    const row = this._rows.find(({ canvas: own }) => own.node === canvas);
    return (
      row && describeLane(this._lanes, row.lane, time, pixelNs, this._trans)
    );
  }

  private _build(): void {
    const trans = this._trans;
    const region = this._region;
    region.tabIndex = 0;
    region.setAttribute('role', 'group');
    region.setAttribute(
      'aria-label',
      trans.__(
        'Lanes of the threads over time. W and S zoom, A and D move, 0 shows all, Escape leaves.'
      )
    );
    // Else the notebook's command mode takes the single keys.
    region.dataset.lmSuppressShortcuts = 'true';
    const head = element('div', 'giltracer-Lanes-head');
    head.append(this._axisRow(), this._stripRow());
    if (this._lanes.some(lane => lane.number !== undefined)) {
      head.append(this._gilRow());
    }
    region.append(head);
    for (const row of this._rows) {
      if (!row.lane.idle) {
        region.append(row.node);
      }
    }
    const idle = this._rows.filter(row => row.lane.idle);
    if (idle.length > 0) {
      region.append(this._foldRow(idle.length), ...idle.map(row => row.node));
    }
    const omitted = this._view.omitted.threads ?? 0;
    if (omitted > 0) {
      const text = trans._n(
        '%1 more thread is not shown',
        '%1 more threads are not shown',
        omitted
      );
      region.append(element('div', 'giltracer-Lanes-more', text));
    }
    this._cursor.hidden = true;
    this._announcement.setAttribute('aria-live', 'polite');
    this._body.append(region, this._cursor, this._tooltip.node);
    this.node.append(this._toolbar(), this._body, this._announcement);
  }

  private _toolbar(): HTMLElement {
    const trans = this._trans;
    const bar = element('div', 'giltracer-Lanes-toolbar');
    const add = (text: string, title: string, act: () => void): void => {
      const node = button('giltracer-Button', text, title, act);
      node.setAttribute('aria-label', title);
      bar.append(node);
    };
    add('+', trans.__('Zoom in'), () => this.zoomBy(0.5));
    add('−', trans.__('Zoom out'), () => this.zoomBy(2));
    add(trans.__('All'), trans.__('Show the whole run'), () => this.reset());
    const hint = element(
      'span',
      'giltracer-Lanes-hint',
      trans.__('Ctrl or ⌘ + wheel zooms, drag moves, double click shows all')
    );
    bar.append(this._rangeText, hint);
    return bar;
  }

  private _row(
    label: string,
    title: string,
    content: HTMLElement
  ): HTMLElement {
    const row = element('div', 'giltracer-Lane');
    const cell = element('div', 'giltracer-Lane-label');
    cell.title = title;
    cell.append(element('span', 'giltracer-Lane-name', label));
    row.append(cell, content);
    return row;
  }

  private _axisRow(): HTMLElement {
    this._axis.node.setAttribute('aria-hidden', 'true');
    const row = this._row('', '', this._axis.node);
    row.querySelector('.giltracer-Lane-label')?.append(this._baseText);
    return row;
  }

  private _stripRow(): HTMLElement {
    const row = this._row('', '', this._strip.node);
    row.classList.add('giltracer-mod-strip');
    return row;
  }

  private _gilRow(): HTMLElement {
    const trans = this._trans;
    const { node } = this._gil;
    node.setAttribute('role', 'img');
    node.setAttribute(
      'aria-label',
      trans.__('Which thread holds the GIL, over time; the table has the sums')
    );
    const row = this._row(
      trans.__('GIL held by'),
      trans.__(
        'Colour and number say which thread holds the GIL; crossed: it holds the GIL while it is off CPU; empty: nobody holds it.'
      ),
      node
    );
    row.classList.add('giltracer-mod-gil');
    return row;
  }

  private _foldRow(count: number): HTMLElement {
    const trans = this._trans;
    const text = trans._n('%1 idle thread', '%1 idle threads', count);
    const title = trans.__(
      'Threads that never asked for the GIL and slept all the time'
    );
    this._fold = button('giltracer-Lanes-fold', text, title, () =>
      this._setIdleOpen(!this._idleOpen)
    );
    return this._fold;
  }

  private _setIdleOpen(open: boolean): void {
    this._idleOpen = open;
    this._fold?.setAttribute('aria-expanded', String(open));
    for (const row of this._rows) {
      row.node.hidden = row.lane.idle && !open;
    }
    this._redraw.request();
  }

  private _centre(time: Nanoseconds): void {
    const half = spanOf(this._range) / 2;
    this._setRange(
      clampRange({ start: time - half, end: time + half }, this._bounds)
    );
  }

  private _setRange(range: TimeRange): void {
    if (range.start === this._range.start && range.end === this._range.end) {
      return;
    }
    this._range = range;
    this._tooltip.hide();
    this._redraw.request();
    clearTimeout(this._announcing);
    this._announcing = window.setTimeout(() => {
      this._announcement.textContent = this._trans.__(
        'Shown: %1',
        this._rangeWords()
      );
    }, ANNOUNCE_AFTER_MS);
  }

  private _rangeWords(): string {
    const span = spanOf(this._range);
    return this._trans.__(
      '%1 from %2',
      formatDuration(span),
      formatTime(this._range.start, span)
    );
  }

  private _draw(): void {
    const axis = this._axis.prepare();
    if (axis === undefined || spanOf(this._bounds) <= 0) {
      return;
    }
    const range = this._range;
    const width = this._axis.node.clientWidth;
    const ticks = ticksFor(range, width);
    paintAxis(axis.context, axis.size, range, ticks, this._theme);
    this._baseText.textContent =
      ticks.base === undefined ? '' : this._trans.__('from %1', ticks.base);
    this._rangeText.textContent = this._rangeWords() + this._coarseness(width);
    this._strip.show(range);
    const columns = axis.size.width;
    const shares = this._lanes.map(({ data }): ColumnShares => {
      const out = new Float64Array(columns * STATE_COUNT);
      columnShares(data, range, columns, out);
      return out;
    });
    this._drawGil(shares, range, ticks);
    this._rows.forEach((row, index) => {
      if (!row.node.hidden && this._isScrolledIn(row.node)) {
        this._drawLane(row, shares[index], range, ticks);
      }
    });
  }

  /** Whether a row lies within the region's scrolled part, so that it is worth to be drawn. */
  private _isScrolledIn(row: HTMLElement): boolean {
    const { scrollTop, clientHeight } = this._region;
    const top = row.offsetTop - scrollTop;
    return top + row.offsetHeight >= 0 && top <= clientHeight;
  }

  private _drawLane(
    row: LaneRow,
    shares: ColumnShares,
    range: TimeRange,
    ticks: Ticks
  ): void {
    const prepared = row.canvas.prepare();
    if (prepared === undefined) {
      return;
    }
    const { context, size } = prepared;
    const picture = statePicture(
      row.lane,
      shares,
      range,
      laneSize(size),
      this._theme,
      (state: ThreadState) => stateLabel(this._trans, state)
    );
    const box = {
      top: size.height - picture.height,
      ticks: tickPlaces(range, size, ticks)
    };
    const marks = this._marks(row.lane, range, size);
    paintLane(context, picture, box, marks, this._theme);
  }

  private _drawGil(
    shares: readonly ColumnShares[],
    range: TimeRange,
    ticks: Ticks
  ): void {
    const prepared = this._gil.prepare();
    if (prepared === undefined) {
      return;
    }
    const { context, size } = prepared;
    const picture = gilPicture(
      this._lanes,
      shares,
      range,
      laneSize(size),
      this._theme
    );
    const box = {
      top: size.height - picture.height,
      ticks: tickPlaces(range, size, ticks)
    };
    const marks = { waits: [], highlight: undefined };
    paintLane(context, picture, box, marks, this._theme);
  }

  /** The long waits of a lane's thread that are too short to be seen, and the span to point out. */
  private _marks(lane: Lane, range: TimeRange, size: DeviceSize): LaneMarks {
    const tid = lane.thread?.tid;
    const waits: number[] = [];
    const least = EXACT_WIDTH * size.pixelRatio;
    for (const wait of this._view.document?.waits ?? []) {
      const x = xOf(range, size.width, wait.start_ns + wait.duration_ns / 2);
      const wide = (wait.duration_ns / spanOf(range)) * size.width;
      if (wait.tid === tid && wide < least && x >= 0 && x < size.width) {
        waits.push(Math.round(x));
      }
    }
    const shown = this._highlight;
    if (shown === undefined || shown.tid !== tid) {
      return { waits, highlight: undefined };
    }
    const from = Math.round(xOf(range, size.width, shown.start));
    const to = Math.round(xOf(range, size.width, shown.end));
    return { waits, highlight: { x: from, width: to - from } };
  }

  /** Says so if a step of the overview is visible as such, for want of exact intervals. */
  private _coarseness(width: CssPixels): string {
    const bucketNs = this._view.overview?.bucketNs ?? 0;
    const pixels = (bucketNs / spanOf(this._range)) * width;
    const { start, end } = this._range;
    const exact = this._view.windows.some(
      window => window.start <= start && window.end >= end
    );
    return exact || pixels < EXACT_WIDTH
      ? ''
      : ` · ${this._trans.__('averages of %1 where exact intervals are not stored', formatDuration(bucketNs))}`;
  }

  private readonly _view: BundleView;
  private readonly _lanes: readonly Lane[];
  private readonly _rows: readonly LaneRow[];
  private readonly _bounds: TimeRange;
  private readonly _body = element('div', 'giltracer-Lanes-body');
  private readonly _region = element('div', 'giltracer-Lanes-region');
  private readonly _axis = new RowCanvas(AXIS_HEIGHT);
  private readonly _gil = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);
  private readonly _tooltip = new Tooltip();
  private readonly _cursor = element('div', 'giltracer-Lanes-cursor');
  private readonly _baseText = element('span', 'giltracer-Lanes-base');
  private readonly _rangeText = element('span', 'giltracer-Lanes-range');
  private readonly _announcement = element('div', 'giltracer-mod-spoken');
  private readonly _strip: PositionStrip;
  private readonly _interaction: LaneInteraction;
  private readonly _redraw: Redraw;
  private _theme: Theme;
  private _range: TimeRange;
  private _fold: HTMLButtonElement | undefined;
  private _idleOpen = false;
  private _highlight: Highlight | undefined;
  private _announcing = 0;
}

/** The lane's part of its canvas. */
function laneSize(canvas: DeviceSize): DeviceSize {
  return { ...canvas, height: Math.round(LANE_HEIGHT * canvas.pixelRatio) };
}

function tickPlaces(
  range: TimeRange,
  size: DeviceSize,
  ticks: Ticks
): number[] {
  return ticks.ticks.map(({ time }) =>
    Math.round(xOf(range, size.width, time))
  );
}
