/** The lanes of a run: time axis, the GIL's lane, one lane per thread; zoom, pan and picks. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ReportDocument, ThreadRow } from '../../core/trace/document';
import type { LoadedTrace } from '../../core/trace/load-trace';
import { Picks } from '../picks';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { AS_AT_FIRST, type ArrangementState } from './arrangement';
import { attachTrace, watchResolution } from './attachable-lane';
import type { Lane } from './lane-data';
import { lanesOf, runEndOf } from './lane-data';
import { lanesInBrief } from './lane-groups';
import type { Highlight } from './lane-marks';
import { RunMarks } from './lane-marks';
import { LanesControls } from './lanes-controls';
import { LanesDrawing } from './lanes-drawing';
import { coarseness, rangeWords } from './range-words';
import { Redraw } from './redraw';
import type { TimeRange } from './time-scale';
import { isClear, rangeAround } from './time-scale';
import { laneOfTid } from './wait-parts';
import type { IWaitSource } from './wait-source';

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
  }
}

export class LanesView {
  /** @param document of the view */
  constructor(
    view: BundleView,
    document: ReportDocument,
    private _theme: Theme,
    private readonly _trans: ITranslation,
    { state, picks = new Picks() }: LanesView.IOptions = {}
  ) {
    this._lanes = lanesOf(view);
    this._all = lanesInBrief(this._lanes);
    const marks = new RunMarks(document);
    this._controls = new LanesControls({
      content: {
        lanes: this._lanes,
        document,
        bounds: { start: 0, end: runEndOf(view) },
        exact: view.windows
      },
      marks,
      theme: _theme,
      trans: _trans,
      picks,
      range: state?.range,
      arrangement: state?.arrangement ?? AS_AT_FIRST,
      onChange: () => this._redraw?.request()
    });
    const { layout } = this._controls;
    this._drawing = new LanesDrawing(
      layout,
      this._lanes,
      document,
      marks,
      _trans
    );
    this._redraw = new Redraw(
      layout.body,
      () => this._draw(),
      () => this._drawing.release()
    );
    layout.region.addEventListener('scroll', () => this._redraw?.request(), {
      passive: true
    });
    const { signal } = this._abort;
    window.addEventListener('beforeprint', () => this._print(true), { signal });
    window.addEventListener('afterprint', () => this._print(false), { signal });
    this._redraw.request();
  }

  get node(): HTMLElement {
    return this._controls.layout.node;
  }

  get state(): LanesState {
    return {
      range: this._controls.viewport.range,
      arrangement: this._controls.arrangement.state
    };
  }

  /** Draw again with other colours. */
  applyTheme(theme: Theme): void {
    this._theme = theme;
    this._controls.layout.rows.applyTheme(theme);
    this._redraw?.request();
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
    this._controls.layout.tooltip.hide();
    this._redraw?.request();
  }

  /** Zoom to a span of one thread and mark it. */
  showSpan(highlight: Highlight): void {
    const { tid, start, end } = highlight;
    const { viewport } = this._controls;
    this._highlight = highlight;
    const lane = laneOfTid(this._lanes, tid);
    this._controls.light(lane);
    viewport.show(rangeAround(start, end, viewport.bounds));
    this._controls.bringIntoView(lane);
  }

  /** Make a span and a thread's lane visible; the zoom stays if the span can be seen well at it. */
  bringIntoView(
    span: TimeRange | undefined,
    thread: ThreadRow | undefined
  ): void {
    const { viewport, layout } = this._controls;
    if (
      span !== undefined &&
      !isClear(span, viewport.range, layout.screen.width)
    ) {
      viewport.show(rangeAround(span.start, span.end, viewport.bounds));
    }
    const lane = this._lanes.find(({ thread: own }) => own && own === thread);
    if (lane !== undefined) {
      this._controls.bringIntoView(lane);
    }
  }

  /** Where the next and the previous wait come from besides the longest ones; no other from now on. */
  setWaitSource(source: IWaitSource | undefined): void {
    this._controls.waits.walk.source = source;
  }

  /** Release observers, timers and listeners. */
  dispose(): void {
    this._abort.abort();
    this._controls.dispose();
    this._redraw?.dispose();
  }

  /** The page is laid out for paper while this is handled, so that there is no later frame to draw in. */
  private _print(printed: boolean): void {
    this._controls.layout.printed = printed;
    if (printed) {
      this._draw();
    } else {
      this._redraw?.renew();
    }
  }

  /** False if there was no room to draw. */
  private _draw(): boolean {
    const { layout, viewport, arrangement, picked, waits } = this._controls;
    const { range } = viewport;
    // Read before the first canvas changes.
    const { screen } = layout;
    const ticks = this._drawing.draw({
      screen,
      range,
      theme: this._theme,
      // A picked wait has its own frame.
      highlight: waits.parts === undefined ? this._highlight : undefined,
      found: this._controls.found,
      folds: arrangement.state.folds
    });
    if (ticks === undefined) {
      return false;
    }
    const { toolbar, minimap } = layout;
    layout.baseText.textContent =
      ticks.base === undefined ? '' : this._trans.__('from %1', ticks.base);
    toolbar.rangeText.textContent =
      rangeWords(range, this._trans) +
      coarseness(this._lanes, range, screen.width, this._trans);
    minimap.mark(range, picked.range);
    minimap.draw(this._all, this._drawing.marks, screen, this._theme);
    layout.markRange(picked.range, range, screen);
    layout.chain.draw(waits.parts, range);
    return true;
  }

  private readonly _abort = new AbortController();
  private readonly _lanes: readonly Lane[];
  /** Of the minimap. */
  private readonly _all: Lane;
  private readonly _controls: LanesControls;
  private readonly _drawing: LanesDrawing;
  /** Undefined while the view is made. */
  private readonly _redraw: Redraw | undefined;
  private _highlight: Highlight | undefined;
}
