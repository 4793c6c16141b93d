/**
 * A run on the screen. Many views may live on one page: none shares any state with another.
 */
import type { BundleView } from '../core/trace/bundle-view';
import { ThreadState } from '../core/threads/states';
import type { ReportDocument } from '../core/trace/document';
import { element } from './dom';
import { collectionsWords, notice, runHeader } from './header';
import type { LanesState } from './lanes/lanes-view';
import { LanesView } from './lanes/lanes-view';
import type { Lane } from './lanes/lane-data';
import { lanesOf } from './lanes/lane-data';
import { threadBadge } from './lanes/lane-row';
import { legend } from './legend';
import { PlaceholderView } from './placeholder';
import type { TableOptions } from './tables/sortable-table';
import { SortableTable } from './tables/sortable-table';
import type { SortOrder } from './tables/sortable-table';
import { linesTable } from './tables/lines-table';
import { ignoredTable, locksTable } from './tables/other-tables';
import { threadsTable } from './tables/threads-table';
import { blameTable, waitsTable } from './tables/waits-tables';
import type { TidBadge } from './tables/cells';
import type { Theme } from './theme';
import { cssColour, readTheme } from './theme';
import type { ITranslation } from './translation';
import { ENGLISH } from './translation';

export namespace RunView {
  export interface IOptions {
    /** Default: English. */
    trans?: ITranslation;
  }
}

export class RunView {
  constructor(options: RunView.IOptions = {}) {
    this._trans = options.trans ?? ENGLISH;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this._trans.__('GIL trace'));
  }

  readonly node = element('section', 'giltracer-RunView');

  /** Show a run. The same run again keeps the visible range and the order of the tables. */
  show(view: BundleView): void {
    const lanes =
      this._view?.run.id === view.run.id ? this._lanes?.state : undefined;
    if (this._view?.run.id !== view.run.id) {
      this._orders.clear();
    }
    this._clear();
    this._view = view;
    if (view.kind === 'result' && view.document !== undefined) {
      this._showResult(view, view.document, lanes);
    } else {
      this._placeholder = new PlaceholderView(view.run, this._trans);
      this.node.append(this._placeholder.node);
    }
  }

  /** Show one line instead of a run: why there is none. */
  showError(message: string): void {
    this._clear();
    this._view = undefined;
    this.node.append(notice(message, true));
  }

  /** Add a remark to a run that is still going on; no effect on others. */
  setNote(text: string, action?: { label: string; run: () => void }): void {
    this._placeholder?.setNote(text, action);
  }

  /** Read colours and fonts again: the page's theme has changed, or the view came into the page. */
  refreshTheme(): void {
    if (this._view?.document === undefined || this._lanes === undefined) {
      return;
    }
    const theme = this._readTheme();
    this._lanes.applyTheme(theme);
    this._showLegend(this._view.document, theme);
    this._showTables(this._view, this._view.document, theme);
  }

  /** Release observers and timers. The node is left as it is. */
  dispose(): void {
    this._lanes?.dispose();
    this._placeholder?.dispose();
    this._lanes = undefined;
    this._placeholder = undefined;
  }

  private _clear(): void {
    this.dispose();
    this.node.replaceChildren();
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
    const trans = this._trans;
    this.node.append(runHeader(view, document, trans));
    if (document.threads.length === 0) {
      const text = trans.__(
        'Nothing was recorded: no thread did anything that the capture could see.'
      );
      this.node.append(notice(text, false));
      return;
    }
    const theme = this._readTheme();
    if (view.overview !== undefined && view.overview.lanes.length > 0) {
      this._lanes = new LanesView(view, theme, trans, state);
      this.node.append(this._lanes.node, this._legend);
      this._showLegend(document, theme);
    }
    this.node.append(this._tables);
    this._showTables(view, document, theme);
  }

  private _showLegend(document: ReportDocument, theme: Theme): void {
    this._legend.replaceChildren(legend(document, theme, this._trans));
  }

  private _showTables(
    view: BundleView,
    document: ReportDocument,
    theme: Theme
  ): void {
    const trans = this._trans;
    const lanes = lanesOf(view);
    const badge = (lane: Lane | undefined): HTMLElement | undefined =>
      lane?.number === undefined ? undefined : threadBadge(lane.number, theme);
    // Linux gives thread ids out again: where the row is known, it decides.
    const badgeOf = (tid: number): HTMLElement | undefined =>
      badge(lanes.find(({ thread }) => thread?.tid === tid));
    const { omitted } = view;
    const gil = document.capture.gil_enabled;
    this._tables.replaceChildren();
    if (gil && document.lines.length > 0) {
      const { base } = theme.states[ThreadState.WaitingGil];
      const options = linesTable(document, cssColour(base), trans);
      this._addTable('lines', options, omitted.lines);
    }
    this._addTable(
      'threads',
      threadsTable(
        document,
        row => badge(lanes.find(({ thread }) => thread === row)),
        state => cssColour(theme.states[state].base),
        trans
      ),
      omitted.threads
    );
    if (gil) {
      this._showGilTables(view, document, badgeOf);
    }
    if (document.locks.length > 0) {
      const options = locksTable(document, badgeOf, trans);
      this._addTable('locks', options, omitted.locks);
    }
    if (document.collections !== undefined) {
      const text = collectionsWords(document.collections, trans);
      this._tables.append(element('p', 'giltracer-Table-none', text));
    }
  }

  private _showGilTables(
    view: BundleView,
    document: ReportDocument,
    badgeOf: TidBadge
  ): void {
    const trans = this._trans;
    const { omitted } = view;
    if (document.blame.length > 0) {
      const options = blameTable(document, badgeOf, trans);
      this._addTable('blame', options, omitted.blame);
    } else if ((omitted.blame ?? 0) === 0) {
      const text = trans.__('No thread made another one wait for the GIL.');
      this._tables.append(element('p', 'giltracer-Table-none', text));
    }
    if (document.ignored.length > 0) {
      const options = ignoredTable(document, badgeOf, trans);
      this._addTable('ignored', options, omitted.ignored);
    }
    if (document.waits.length > 0) {
      const options = waitsTable(
        document,
        badgeOf,
        wait =>
          this._lanes?.showSpan({
            tid: wait.tid,
            start: wait.start_ns,
            end: wait.start_ns + wait.duration_ns
          }),
        trans
      );
      this._addTable('waits', options, undefined);
    }
  }

  private _addTable<Row>(
    key: string,
    options: TableOptions<Row>,
    omitted: number | undefined
  ): void {
    const order = this._orders.get(key) ?? options.order;
    const table = new SortableTable({
      ...options,
      order,
      onOrder: next => this._orders.set(key, next)
    });
    this._tables.append(table.node);
    if (omitted !== undefined && omitted > 0) {
      const text = this._trans._n(
        '%1 more row is not stored',
        '%1 more rows are not stored',
        omitted
      );
      this._tables.append(element('p', 'giltracer-Table-none', text));
    }
  }

  private readonly _trans: ITranslation;
  private readonly _legend = element('div');
  private readonly _tables = element('div', 'giltracer-RunView-tables');
  private readonly _orders = new Map<string, SortOrder>();
  private _view: BundleView | undefined;
  private _lanes: LanesView | undefined;
  private _placeholder: PlaceholderView | undefined;
}
