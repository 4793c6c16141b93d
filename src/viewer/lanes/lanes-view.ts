/** The lanes of a run: time axis, the GIL's lane, one lane per thread; zoom and pan. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { CssPixels, Nanoseconds } from '../../core/units';
import { formatDuration, formatTime } from '../format';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { IZoomTarget } from './interaction';
import { LaneInteraction } from './interaction';
import type { Lane } from './lane-data';
import { lanesOf, runEndOf } from './lane-data';
import { EXACT_WIDTH } from './lane-picture';
import type { Highlight } from './lanes-drawing';
import { LanesDrawing } from './lanes-drawing';
import type { ILanesActions } from './lanes-layout';
import { LanesLayout } from './lanes-layout';
import { Redraw } from './redraw';
import type { TimeRange } from './time-scale';
import {
  clampRange,
  panRange,
  rangeAround,
  spanOf,
  timeAt,
  zoomRange
} from './time-scale';
import { describeGil, describeLane } from './tooltip';

/** Pause after the last zoom before the new range is read out. */
const ANNOUNCE_AFTER_MS = 700;

/** What a view keeps when the same run is shown again. */
export interface LanesState {
  readonly range: TimeRange;
  readonly idleOpen: boolean;
}

export class LanesView implements IZoomTarget, ILanesActions {
  constructor(
    private readonly _view: BundleView,
    private _theme: Theme,
    private readonly _trans: ITranslation,
    state?: LanesState
  ) {
    this._lanes = lanesOf(_view);
    this._bounds = { start: 0, end: runEndOf(_view) };
    this._range = clampRange(state?.range ?? this._bounds, this._bounds);
    this._layout = new LanesLayout(
      this._lanes,
      this._bounds,
      _view.windows,
      _theme,
      this,
      _trans
    );
    this._drawing = new LanesDrawing(this._layout, this._lanes, _view, _trans);
    const { body, region } = this._layout;
    this._interaction = new LaneInteraction(region, this);
    this._redraw = new Redraw(body, () => this._draw());
    region.addEventListener('scroll', () => this._redraw.request(), {
      passive: true
    });
    this._setIdleOpen(state?.idleOpen ?? false);
  }

  get node(): HTMLElement {
    return this._layout.node;
  }

  get state(): LanesState {
    return { range: this._range, idleOpen: this._idleOpen };
  }

  /** Draw again with other colours. */
  applyTheme(theme: Theme): void {
    this._theme = theme;
    for (const row of this._layout.rows) {
      row.applyTheme(theme);
    }
    this._redraw.request();
  }

  /** Zoom to a span of one thread and mark it. */
  showSpan(highlight: Highlight): void {
    const { tid, start, end } = highlight;
    this._highlight = highlight;
    const row = this._layout.rows.find(({ lane }) => lane.thread?.tid === tid);
    if (row?.lane.idle) {
      this._setIdleOpen(true);
    }
    this._setRange(rangeAround(start, end, this._bounds));
    this._redraw.request();
    (row?.node ?? this._layout.region).scrollIntoView({ block: 'nearest' });
  }

  zoomBy(factor: number, clientX?: number): void {
    const { left, width } = this._layout.axis.node.getBoundingClientRect();
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
    const { width } = this._layout;
    if (width > 0) {
      this.panBy(pixels / width);
    }
  }

  reset(): void {
    this._highlight = undefined;
    this._setRange(this._bounds);
    this._redraw.request();
  }

  centre(time: Nanoseconds): void {
    const half = spanOf(this._range) / 2;
    this._setRange(
      clampRange({ start: time - half, end: time + half }, this._bounds)
    );
  }

  showStart(): void {
    this.centre(this._bounds.start);
  }

  showEnd(): void {
    this.centre(this._bounds.end);
  }

  toggleIdle(): void {
    this._setIdleOpen(!this._idleOpen);
  }

  pointAt(event: PointerEvent | undefined): void {
    const { body, cursor, tooltip } = this._layout;
    const canvas = event?.target;
    if (event === undefined || !(canvas instanceof HTMLCanvasElement)) {
      tooltip.hide();
      cursor.hidden = true;
      return;
    }
    const place = body.getBoundingClientRect();
    const { left, width } = canvas.getBoundingClientRect();
    cursor.hidden = false;
    cursor.style.left = `${event.clientX - place.left}px`;
    const time = timeAt(this._range, width, event.clientX - left);
    const lines = this._describe(canvas, time, spanOf(this._range) / width);
    if (lines === undefined) {
      tooltip.hide();
    } else {
      tooltip.show(
        lines,
        event.clientX - place.left,
        event.clientY - place.top
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
    const { gil, rows } = this._layout;
    if (canvas === gil.node) {
      return describeGil(this._lanes, time, pixelNs, this._trans);
    }
    const row = rows.find(({ canvas: own }) => own.node === canvas);
    return (
      row && describeLane(this._lanes, row.lane, time, pixelNs, this._trans)
    );
  }

  private _setIdleOpen(open: boolean): void {
    this._idleOpen = open;
    this._layout.setIdleOpen(open);
    this._redraw.request();
  }

  private _setRange(range: TimeRange): void {
    if (range.start === this._range.start && range.end === this._range.end) {
      return;
    }
    this._range = range;
    this._layout.tooltip.hide();
    this._redraw.request();
    clearTimeout(this._announcing);
    this._announcing = window.setTimeout(() => {
      this._layout.announcement.textContent = this._trans.__(
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

  /** False if there was no room to draw. */
  private _draw(): boolean {
    const ticks = this._drawing.draw(this._range, this._theme, this._highlight);
    if (ticks === undefined) {
      return false;
    }
    const { baseText, rangeText, strip } = this._layout;
    baseText.textContent =
      ticks.base === undefined ? '' : this._trans.__('from %1', ticks.base);
    rangeText.textContent = this._rangeWords() + this._coarseness();
    strip.show(this._range);
    return true;
  }

  /** Says so if a step of the overview is visible as such, for want of exact intervals. */
  private _coarseness(): string {
    const bucketNs = this._view.overview?.bucketNs ?? 0;
    const pixels = (bucketNs / spanOf(this._range)) * this._layout.width;
    const { start, end } = this._range;
    const exact = this._view.windows.some(
      window => window.start <= start && window.end >= end
    );
    if (exact || pixels < EXACT_WIDTH) {
      return '';
    }
    const remark = this._trans.__(
      'averages of %1 where exact intervals are not stored',
      formatDuration(bucketNs)
    );
    return ` · ${remark}`;
  }

  private readonly _lanes: readonly Lane[];
  private readonly _bounds: TimeRange;
  private readonly _layout: LanesLayout;
  private readonly _drawing: LanesDrawing;
  private readonly _interaction: LaneInteraction;
  private readonly _redraw: Redraw;
  private _range: TimeRange;
  private _idleOpen = false;
  private _highlight: Highlight | undefined;
  private _announcing = 0;
}
