/**
 * A run on the screen. Many views may live on one page: none shares any state with another.
 */
import type { BundleView } from '../core/trace/bundle-view';
import type { LoadedTrace } from '../core/trace/load-trace';
import { threadRowsIn } from '../core/trace/same-run';
import type { ReportDocument, SourceLine } from '../core/trace/document';
import { BundleFigures } from './bundle-figures';
import { element } from './dom';
import { showLine } from './findings/evidence-guide';
import { verdictHeader } from './findings/verdict-header';
import { OwnChanges } from './findings/what-if-own';
import { FullTrace } from './full-trace';
import { notice } from './header';
import type { LanesState } from './lanes/lanes-view';
import { LanesView } from './lanes/lanes-view';
import { legend } from './legend';
import type { LiveRun } from './live/live-run';
import type { LiveSpan } from './live/live-controls';
import { LiveView } from './live/live-view';
import type { LiveConnectionState } from './live/live-words';
import { keepKeys } from './own-keys';
import { Picks } from './picks';
import { placeholder } from './placeholder';
import type { TablesState, WayBack } from './tables/run-tables';
import { RunTables } from './tables/run-tables';
import { WaitPanel } from './tables/wait-panel';
import type { Theme } from './theme';
import type { ITraceSource } from './trace-source';
import { forcedColours, readTheme } from './theme';
import { TraceFigures } from './trace-figures';
import type { ITranslation } from './translation';
import { ENGLISH } from './translation';

export namespace RunView {
  export interface IOptions {
    /** Default: English. */
    trans?: ITranslation;
    /** How many seconds of a run that goes on are shown first; asked for each run. */
    liveSpan?: () => LiveSpan;
  }
}

export class RunView {
  constructor(private readonly _options: RunView.IOptions = {}) {
    this._trans = _options.trans ?? ENGLISH;
    keepKeys(this.node);
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this._trans.__('GIL trace'));
    const { signal } = this._disposed;
    // Canvases don't follow by themselves.
    const refresh = (): void => this.refreshTheme();
    forcedColours()?.addEventListener('change', refresh, { signal });
  }

  readonly node = element('section', 'giltracer-RunView');

  /**
   * Show a run. The same run again keeps the visible range and the order of the tables, and goes on with what is live of it.
   *
   * @param source of the run's whole trace; none if it must not be asked for
   */
  show(view: BundleView, source?: ITraceSource): void {
    const same = this._view?.run.id === view.run.id;
    if (view.kind === 'placeholder' && view.run.state === 'running') {
      this._showLive(view, same);
      return;
    }
    const lanes = same ? this._lanes?.state : undefined;
    const trace = same ? this._trace : undefined;
    // What is below must not jump up: the height of the live view is kept where the result is not as high.
    const height =
      same && this._live !== undefined ? this.node.offsetHeight : 0;
    this._clear();
    if (!same) {
      this._forget();
    }
    this.node.style.minHeight = height > 0 ? `${height}px` : '';
    // A wait or a line of another reading of the run is not the same object.
    this._picks = new Picks();
    this._view = view;
    if (view.kind === 'result' && view.document !== undefined) {
      this._showResult(view, view.document, lanes);
      if (trace === undefined || this.attachTrace(trace) !== undefined) {
        this._offerTrace(source);
      }
    } else {
      this.node.append(placeholder(view.run, this._trans));
    }
  }

  /** Show one line instead of a run: why there is none. */
  showError(message: string): void {
    this._clear();
    this.node.style.minHeight = '';
    this._view = undefined;
    this.node.append(notice(message, true));
  }

  /** The run on the screen; undefined where an error is shown instead. */
  get runId(): string | undefined {
    return this._view?.run.id;
  }

  /**
   * Light up a line in lanes and tables, and lead the reader to its row.
   *
   * @returns whether the shown run has figures of it
   */
  showLine(place: SourceLine, back: WayBack): boolean {
    const { document } = this._view ?? {};
    return showLine(place, document, this._picks, this._tables, back);
  }

  /** Add a remark to a run that is still going on; no effect on others. */
  setNote(text: string, action?: { label: string; run: () => void }): void {
    this._live?.setNote(text, action);
  }

  /** Show a run as its frames come; no effect unless it is going on. */
  watch(run: LiveRun): void {
    this._live?.watch(run);
  }

  /** Say where the frames come from; no effect unless the run is going on. */
  setConnection(state: LiveConnectionState): void {
    this._live?.setConnection(state);
  }

  /**
   * Show the run from its whole trace from now on: what is visible and the order of the tables stay.
   *
   * @returns why not, if it is not the trace of this run
   */
  attachTrace(trace: LoadedTrace): string | undefined {
    const rows =
      this._view?.document &&
      threadRowsIn(trace.file.document, this._view.document);
    if (rows === undefined) {
      return this._trans.__('The stored trace is not the one of this run.');
    }
    this._lanes?.attachTrace(trace, rows);
    const figures = new TraceFigures(trace, rows, this._trans);
    this._lanes?.setWaitSource(figures);
    this._tables?.setFigures(figures);
    this._own.setReplays(figures);
    this._trace = trace;
    return undefined;
  }

  /** Read colours and fonts again: the page's theme has changed, or the view came into the page. */
  refreshTheme(): void {
    this._live?.applyTheme(this._readTheme());
    if (this._view?.document === undefined || this._lanes === undefined) {
      return;
    }
    const theme = this._readTheme();
    this._lanes.applyTheme(theme);
    this._legend.replaceChildren(
      legend(this._view.document, theme, this._trans)
    );
    this._tables?.show(theme);
  }

  /** Release observers and timers. The node is left as it is. */
  dispose(): void {
    this._disposed.abort();
    this._release();
  }

  private _release(): void {
    this._lanes?.dispose();
    this._live?.dispose();
    this._tables?.dispose();
    this._waitPanel?.dispose();
    this._fullTrace?.dispose();
    this._tables = undefined;
    this._waitPanel = undefined;
    this._lanes = undefined;
    this._live = undefined;
    this._fullTrace = undefined;
    this._trace = undefined;
    this._own.release();
  }

  private _clear(): void {
    this._release();
    this.node.replaceChildren();
  }

  /** What the reader did with a run is nothing to the next one. */
  private _forget(): void {
    this._tablesState.clear();
    this._own = new OwnChanges();
  }

  private _showLive(view: BundleView, same: boolean): void {
    if (!same || this._live === undefined) {
      this._clear();
      this._forget();
      this._live = new LiveView(
        view.run,
        () => this._readTheme(),
        this._trans,
        this._options.liveSpan?.()
      );
      this.node.append(this._live.node);
    }
    this._view = view;
    if (view.live !== undefined) {
      this._live.takeFromKernel(view.live);
    }
  }

  private _readTheme(): Theme {
    const theme = readTheme(this.node);
    this.node.classList.toggle('giltracer-mod-dark', theme.dark);
    return theme;
  }

  private _showResult(
    view: BundleView,
    document: ReportDocument,
    state: LanesState | undefined
  ): void {
    const { _trans: trans, _picks: picks, _tablesState: kept } = this;
    this.node.append(
      verdictHeader(this.node, {
        view,
        document,
        picks,
        own: this._own,
        trans,
        places: () => ({
          lanes: this._lanes,
          tables: this._tables,
          facts: this.node.querySelector('.giltracer-Header-facts'),
          trans
        })
      })
    );
    if (document.threads.length === 0) {
      const text = trans.__(
        'Nothing was recorded: no thread did anything that the capture could see.'
      );
      this.node.append(notice(text, false));
      return;
    }
    const theme = this._readTheme();
    if (view.overview !== undefined && view.overview.lanes.length > 0) {
      this._lanes = new LanesView(view, document, theme, trans, {
        state,
        picks
      });
      this.node.append(this._lanes.node, this._legend);
      this._legend.replaceChildren(legend(document, theme, trans));
    }
    this._waitPanel = new WaitPanel(document, picks, trans);
    this.node.append(this._waitPanel.node);
    this._tables = new RunTables(view, document, picks, kept, trans);
    this.node.append(this._tables.node);
    this._tables.show(theme);
    this._tables.setFigures(new BundleFigures(view, document, trans));
  }

  private _offerTrace(source: ITraceSource | undefined): void {
    const lanes = this._lanes;
    if (source === undefined || lanes === undefined) {
      return;
    }
    const full = new FullTrace({
      source,
      trans: this._trans,
      onLoaded: trace => this.attachTrace(trace)
    });
    this._fullTrace = full;
    this._own.setDemand(full);
    lanes.node.after(full.node);
    lanes.onCoarse(() => full.need());
    this._picks.subscribe(({ range }, changed) => {
      if (changed === 'range' && range !== undefined) {
        full.need();
      }
    });
  }

  private readonly _disposed = new AbortController();
  private readonly _trans: ITranslation;
  private readonly _legend = element('div');
  private readonly _tablesState: TablesState = new Map();
  private _picks = new Picks();
  private _own = new OwnChanges();
  private _tables: RunTables | undefined;
  private _waitPanel: WaitPanel | undefined;
  private _view: BundleView | undefined;
  private _lanes: LanesView | undefined;
  private _live: LiveView | undefined;
  private _fullTrace: FullTrace | undefined;
  private _trace: LoadedTrace | undefined;
}
