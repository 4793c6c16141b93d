/** The tables of a run that has ended, each in a section that can be folded away. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { LineRow, ReportDocument } from '../../core/trace/document';
import { ThreadState } from '../../core/threads/states';
import { element } from '../dom';
import { collectionsWords } from '../header';
import type { Lane } from '../lanes/lane-data';
import { lanesOf } from '../lanes/lane-data';
import { threadBadge } from '../lanes/lane-row';
import type { Picks } from '../picks';
import type { Theme } from '../theme';
import { cssColour } from '../theme';
import type { ITranslation } from '../translation';
import type { LineFigures } from './lines-table';
import { lineFiguresSwitch, linesTable } from './lines-table';
import { ignoredTable, locksTable } from './other-tables';
import { SortableTable } from './sortable-table';
import type { TableOptions } from './table-model';
import type { SectionOptions, SectionState } from './table-section';
import { TableSection } from './table-section';
import { threadsTable } from './threads-table';
import { blameTable, waitsTable } from './waits-tables';

/** What the reader has done to each section: order, filter, folding. */
export type TablesState = Map<string, SectionState>;

export class RunTables {
  /** @param state is kept up to date with what the reader does */
  constructor(
    private readonly _view: BundleView,
    private readonly _document: ReportDocument,
    private readonly _picks: Picks,
    private readonly _state: TablesState,
    private readonly _trans: ITranslation
  ) {
    this._lanes = lanesOf(_view);
    // Letters and arrows are the tables' here, not shortcuts of a notebook.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  readonly node = element('div', 'giltracer-RunView-tables');

  /** Show the tables in the colours of a theme. */
  show(theme: Theme): void {
    const { gil_enabled: gil } = this._document.capture;
    this.node.replaceChildren();
    if (gil) {
      this._addLines(theme);
    }
    this._addThreads(theme);
    if (gil) {
      this._addGilTables(theme);
    }
    this._addLocks(theme);
    this._addCollections();
  }

  /** Release timers and subscriptions. The node is left as it is. */
  dispose(): void {
    this.node.replaceChildren();
  }

  private _addLines(theme: Theme): void {
    if (this._document.lines.length === 0) {
      return;
    }
    const trans = this._trans;
    const state = this._stateOf('lines');
    const colour = cssColour(theme.states[ThreadState.WaitingGil].base);
    const optionsOf = (figures: LineFigures): TableOptions<LineRow> =>
      linesTable(this._document, colour, trans, figures);
    this._addSection(state, {
      title: optionsOf('total').caption,
      open: true,
      fill: (body, tools) => {
        const current = state.choice === 'self' ? 'self' : 'total';
        const show = (figures: LineFigures): void => {
          state.choice = figures;
          const options = optionsOf(figures);
          this._fillTable(body, options, state, this._view.omitted.lines);
        };
        tools.append(lineFiguresSwitch(current, show, trans));
        show(current);
      }
    });
  }

  private _addThreads(theme: Theme): void {
    const options = threadsTable(
      this._document,
      row => this._badge(theme, ({ thread }) => thread === row),
      state => cssColour(theme.states[state].base),
      this._trans
    );
    this._addTable('threads', options, this._view.omitted.threads);
  }

  private _addGilTables(theme: Theme): void {
    const trans = this._trans;
    const document = this._document;
    const { omitted } = this._view;
    const badgeOf = this._badgeOfTid(theme);
    if (document.waits.length > 0) {
      const options = waitsTable(
        document,
        badgeOf,
        // Picked again, it is shown again.
        wait => {
          this._picks.pick('wait', undefined);
          this._picks.pick('wait', wait);
        },
        trans
      );
      this._addTable('waits', options, omitted.waits);
    }
    if (document.blame.length > 0) {
      const options = blameTable(document, badgeOf, trans);
      this._addTable('blame', options, omitted.blame);
    } else if ((omitted.blame ?? 0) === 0) {
      this._addSentence(
        trans.__('No thread made another one wait for the GIL.')
      );
    }
    if (document.ignored.length > 0) {
      const options = ignoredTable(document, badgeOf, trans);
      this._addTable('ignored', options, omitted.ignored, false);
    }
  }

  private _addLocks(theme: Theme): void {
    const { locks } = this._document;
    if (locks.length > 0) {
      const badgeOf = this._badgeOfTid(theme);
      this._addTable(
        'locks',
        locksTable(this._document, badgeOf, this._trans),
        this._view.omitted.locks
      );
    }
  }

  private _addCollections(): void {
    const { collections } = this._document;
    if (collections !== undefined) {
      this._addSentence(collectionsWords(collections, this._trans));
    }
  }

  private _addSentence(text: string): void {
    this.node.append(element('p', 'giltracer-Table-none', text));
  }

  private _addTable<Row>(
    key: string,
    options: TableOptions<Row>,
    omitted = 0,
    open = true
  ): void {
    const state = this._stateOf(key);
    this._addSection(state, {
      title: options.caption,
      open,
      fill: body => this._fillTable(body, options, state, omitted)
    });
  }

  private _addSection(state: SectionState, options: SectionOptions): void {
    this.node.append(new TableSection(options, state).node);
  }

  private _fillTable<Row>(
    body: HTMLElement,
    options: TableOptions<Row>,
    state: SectionState,
    omitted = 0
  ): void {
    body.replaceChildren(new SortableTable(options, state, this._trans).node);
    if (omitted > 0) {
      const text = this._trans._n(
        '%1 more row is not stored',
        '%1 more rows are not stored',
        omitted
      );
      body.append(element('p', 'giltracer-Table-none', text));
    }
  }

  private _stateOf(key: string): SectionState {
    const state = this._state.get(key) ?? {};
    this._state.set(key, state);
    return state;
  }

  private _badge(
    theme: Theme,
    fits: (lane: Lane) => boolean
  ): HTMLElement | undefined {
    const number = this._lanes.find(fits)?.number;
    return number === undefined ? undefined : threadBadge(number, theme);
  }

  /** Linux gives thread ids out again: where the row is known, it decides. */
  private _badgeOfTid(theme: Theme): (tid: number) => HTMLElement | undefined {
    return tid => this._badge(theme, ({ thread }) => thread?.tid === tid);
  }

  private readonly _lanes: readonly Lane[];
}
