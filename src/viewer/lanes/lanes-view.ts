/** The lanes of a run: time axis, the GIL's lane, one lane per thread; zoom and pan. */
import type { ReportDocument } from '../../core/trace/document';
import type { BundleView } from '../../core/trace/bundle-view';
import type { LoadedTrace } from '../../core/trace/load-trace';
import type { CssPixels, Nanoseconds } from '../../core/units';
import { formatDuration, formatTime } from '../format';
import { Picks } from '../picks';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { Arrangement, AS_AT_FIRST, type ArrangementState } from './arrangement';
import { attachTrace, watchResolution } from './attachable-lane';
import type { IZoomTarget } from './interaction';
import { LaneInteraction } from './interaction';
import type { Lane } from './lane-data';
import { lanesOf, runEndOf } from './lane-data';
import type { LaneGroup, LaneOrder } from './lane-groups';
import { lanesInBrief } from './lane-groups';
import type { Highlight } from './lane-marks';
import { EXACT_WIDTH } from './lane-picture';
import { LanesDrawing } from './lanes-drawing';
import type { ILanesActions } from './lanes-layout';
import { LanesLayout } from './lanes-layout';
import { Redraw } from './redraw';
import type { TimeRange } from './time-scale';
import { rangeAround, spanOf, timeAt } from './time-scale';
import { describeCores, describeGil, describeLane } from './tooltip';
import { Viewport } from './viewport';

/** Pause after the last zoom before the new range is read out. */
const ANNOUNCE_AFTER_MS = 700;

/** What a view keeps when the same run is shown again. */
export interface LanesState {
  readonly range: TimeRange;
  readonly arrangement: ArrangementState;
}

export namespace LanesView {
  export interface IOptions {
    readonly state?: LanesState;
    /** What the reader picked, shared with the tables. */
    readonly picks?: Picks;
    /** Instead of what the bundle stores: lanes that know more of the same threads. */
    readonly lanes?: readonly Lane[];
    /** Called when another range became visible. */
    readonly onRange?: (range: TimeRange) => void;
  }
}

export class LanesView implements IZoomTarget, ILanesActions {
  /** @param _document of the view */
  constructor(
    view: BundleView,
    private readonly _document: ReportDocument,
    private _theme: Theme,
    private readonly _trans: ITranslation,
    options: LanesView.IOptions = {}
  ) {
    const { state } = options;
    this._picks = options.picks ?? new Picks();
    this._lanes = options.lanes ?? lanesOf(view);
    this._all = lanesInBrief(this._lanes);
    this._viewport = new Viewport(
      { start: 0, end: runEndOf(view) },
      state?.range,
      () => {
        this._onRange();
        options.onRange?.(this._viewport.range);
      }
    );
    const arrangement = state?.arrangement ?? AS_AT_FIRST;
    this._layout = new LanesLayout(
      {
        lanes: this._lanes,
        document: _document,
        bounds: this._viewport.bounds,
        exact: view.windows
      },
      arrangement.order,
      _theme,
      this,
      _trans
    );
    const { body, region, rows } = this._layout;
    this._arrangement = new Arrangement(this._lanes, rows, arrangement);
    this._drawing = new LanesDrawing(
      this._layout,
      this._lanes,
      _document,
      _trans
    );
    this._interaction = new LaneInteraction(region, this);
    this._redraw = new Redraw(
      body,
      () => this._draw(),
      () => this._drawing.release()
    );
    region.addEventListener('scroll', () => this._redraw.request(), {
      passive: true
    });
    this._redraw.request();
  }

  get node(): HTMLElement {
    return this._layout.node;
  }

  get state(): LanesState {
    return {
      range: this._viewport.range,
      arrangement: this._arrangement.state
    };
  }

  /** Draw again with other colours. */
  applyTheme(theme: Theme): void {
    this._theme = theme;
    this._layout.rows.applyTheme(theme);
    this._redraw.request();
  }

  /** Call back when the reader zooms to where more can be known than is shown. */
  onCoarse(callback: () => void): void {
    watchResolution(this._lanes, callback);
  }

  /**
   * Draw from a whole trace from now on; what is visible stays.
   *
   * @param rows for each thread of the view's document its row in the trace's
   */
  attachTrace(trace: LoadedTrace, rows: readonly number[]): void {
    attachTrace(this._lanes, trace, rows);
    this._layout.tooltip.hide();
    this._redraw.request();
  }

  /** Zoom to a span of one thread and mark it. */
  showSpan(highlight: Highlight): void {
    const { tid, start, end } = highlight;
    this._highlight = highlight;
    const lane = this._lanes.find(({ thread }) => thread?.tid === tid);
    this._arrangement.reveal(new Set(lane === undefined ? [] : [lane]));
    this._viewport.show(rangeAround(start, end, this._viewport.bounds));
    this._redraw.request();
    const row = lane && this._layout.rows.rowOf(lane);
    (row?.node ?? this._layout.region).scrollIntoView({ block: 'nearest' });
  }

  zoomBy(factor: number, clientX?: number): void {
    const { left, width } = this._layout.axis.node.getBoundingClientRect();
    const at =
      clientX === undefined || width === 0 ? 0.5 : (clientX - left) / width;
    this._viewport.zoomBy(factor, at);
  }

  panBy(fraction: number): void {
    this._viewport.panBy(fraction);
  }

  panByPixels(pixels: CssPixels): void {
    const { width } = this._layout.screen;
    if (width > 0) {
      this.panBy(pixels / width);
    }
  }

  reset(): void {
    this._highlight = undefined;
    this._viewport.showAll();
    this._redraw.request();
  }

  showRange(range: TimeRange): void {
    this._viewport.show(range);
  }

  showStart(): void {
    this._viewport.centre(this._viewport.bounds.start);
  }

  showEnd(): void {
    this._viewport.centre(this._viewport.bounds.end);
  }

  setOrder(order: LaneOrder): void {
    this._arrangement.setOrder(order);
    this._redraw.request();
  }

  foldGroup(group: LaneGroup): void {
    this._arrangement.foldGroup(group);
    this._redraw.request();
  }

  foldLane(lane: Lane): void {
    this._arrangement.foldLane(lane);
    this._redraw.request();
  }

  pickLane({ thread }: Lane): void {
    const again = this._picks.current.thread === thread;
    this._picks.pick('thread', again ? undefined : thread);
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
    const { range } = this._viewport;
    const time = timeAt(range, width, event.clientX - left);
    const lines = this._describe(canvas, time, spanOf(range) / width);
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
    const { gil, cores, rows } = this._layout;
    if (canvas === gil.node) {
      return describeGil(this._lanes, time, pixelNs, this._trans);
    }
    if (canvas === cores.node) {
      const usable = this._document.capture.environment.cpus_usable;
      return describeCores(this._lanes, time, pixelNs, usable, this._trans);
    }
    const row = rows.shown.find(({ canvas: own }) => own.node === canvas);
    return (
      row && describeLane(this._lanes, row.lane, time, pixelNs, this._trans)
    );
  }

  private _onRange(): void {
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
    const { range } = this._viewport;
    const span = spanOf(range);
    return this._trans.__(
      '%1 from %2',
      formatDuration(span),
      formatTime(range.start, span)
    );
  }

  /** False if there was no room to draw. */
  private _draw(): boolean {
    const { range } = this._viewport;
    const ticks = this._drawing.draw({
      range,
      theme: this._theme,
      highlight: this._highlight,
      found: new Set(),
      folds: this._arrangement.state.folds
    });
    if (ticks === undefined) {
      return false;
    }
    const { baseText, toolbar, minimap, screen } = this._layout;
    baseText.textContent =
      ticks.base === undefined ? '' : this._trans.__('from %1', ticks.base);
    toolbar.rangeText.textContent = this._rangeWords() + this._coarseness();
    minimap.mark(range, this._picks.current.range);
    minimap.draw(this._all, this._drawing.marks, screen, this._theme);
    return true;
  }

  /** Says so if a step of the overview is visible as such, for want of exact intervals. */
  private _coarseness(): string {
    const { range } = this._viewport;
    const { width } = this._layout.screen;
    const middle = (range.start + range.end) / 2;
    let coarsest = 0;
    for (const time of [range.start, middle, range.end - 1]) {
      // Of a window not every thread is stored: those that waited are.
      const finest = this._lanes.reduce(
        (least, { source }) => Math.min(least, source.resolutionAt(time)),
        Infinity
      );
      coarsest = Math.max(coarsest, finest);
    }
    if ((coarsest / spanOf(range)) * width < EXACT_WIDTH) {
      return '';
    }
    const remark = this._trans.__(
      'averages of %1 where exact intervals are not stored',
      formatDuration(coarsest)
    );
    return ` · ${remark}`;
  }

  private readonly _lanes: readonly Lane[];
  /** Of the minimap. */
  private readonly _all: Lane;
  private readonly _picks: Picks;
  private readonly _viewport: Viewport;
  private readonly _layout: LanesLayout;
  private readonly _arrangement: Arrangement;
  private readonly _drawing: LanesDrawing;
  private readonly _interaction: LaneInteraction;
  private readonly _redraw: Redraw;
  private _highlight: Highlight | undefined;
  private _announcing = 0;
}
