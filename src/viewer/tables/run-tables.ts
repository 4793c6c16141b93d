/**
 * The tables of a run that has ended, each in a section that can be folded away. They follow what the reader
 * picks, here or in the lanes: rows of it are marked, and of a picked range of time they show the figures.
 */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ReportDocument } from '../../core/trace/document';
import { element } from '../dom';
import type { Lane } from '../lanes/lane-data';
import { lanesOf } from '../lanes/lane-data';
import { leaveView } from '../own-keys';
import type { PickKind, Picked, Picks } from '../picks';
import type { IRangeFigures, RangeFigures } from '../range-figures';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { rangeCaption } from './range-caption';
import { sections } from './sections';
import type { LiveTable, TablesState } from './tables-context';

export type { TablesState };

/** A range that is still being dragged is not worth its figures; in milliseconds. */
const RANGE_RESTS_MS = 150;
/** What is said at each key would drown what matters; in milliseconds. */
const ANNOUNCE_AFTER_MS = 400;

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
    this._spoken.setAttribute('aria-live', 'polite');
    this.node.append(this._caption, this._sections, this._spoken);
    this.node.addEventListener('keydown', event => this._onKeyDown(event));
    this._unsubscribe = _picks.subscribe((picked, changed) =>
      this._onPick(picked, changed)
    );
  }

  readonly node = element('div', 'giltracer-RunView-tables');

  /** Show the tables in the colours of a theme. */
  show(theme: Theme): void {
    this._theme = theme;
    this._showRange();
  }

  /** Whoever knows the figures of ranges; without, a picked range leaves the tables as they are. */
  setFigures(figures: IRangeFigures | undefined): void {
    this._figures = figures;
    if (this._picks.current.range !== undefined) {
      this._showRange();
    }
  }

  /** Release timers and subscriptions. The node is left as it is. */
  dispose(): void {
    this._unsubscribe();
    clearTimeout(this._resting);
    clearTimeout(this._announcing);
  }

  private _onPick(picked: Picked, changed: PickKind): void {
    if (changed === 'range') {
      clearTimeout(this._resting);
      this._resting = window.setTimeout(
        () => this._showRange(),
        RANGE_RESTS_MS
      );
      return;
    }
    for (const table of this._tables.values()) {
      table.showPicked(picked[changed] !== undefined);
    }
  }

  private _showRange(): void {
    const { range } = this._picks.current;
    const figures =
      range === undefined ? undefined : this._figures?.figures(range);
    this._caption.replaceChildren(
      ...(range === undefined || figures === undefined
        ? []
        : [
            rangeCaption(
              range,
              figures.remarks,
              () => this._picks.pick('range', undefined),
              this._trans
            )
          ])
    );
    this._fill(figures);
  }

  private _fill(figures: RangeFigures | undefined): void {
    const theme = this._theme;
    if (theme === undefined) {
      return;
    }
    this._tables.clear();
    const document = figures?.document ?? this._document;
    const { threads } = this._document;
    this._sections.replaceChildren(
      ...sections({
        document,
        // A range's figures are counted anew: nothing of them was left out.
        omitted: figures === undefined ? this._view.omitted : {},
        wholeThreads: new Map(
          document.threads.map((row, index) => [row, threads[index] ?? row])
        ),
        lanes: this._lanes,
        picks: this._picks,
        state: this._state,
        theme,
        trans: this._trans,
        announce: this._announce,
        tables: this._tables
      })
    );
  }

  /** Escape lets go of what is picked, then of the keyboard. */
  private _onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { wait, line, thread } = this._picks.current;
    if (wait ?? line ?? thread) {
      this._picks.pick('wait', undefined);
      this._picks.pick('line', undefined);
      this._picks.pick('thread', undefined);
    } else {
      leaveView(this.node);
    }
  }

  private readonly _announce = (text: string): void => {
    clearTimeout(this._announcing);
    this._announcing = window.setTimeout(() => {
      this._spoken.textContent = text;
    }, ANNOUNCE_AFTER_MS);
  };
  private readonly _lanes: readonly Lane[];
  private readonly _tables = new Map<string, LiveTable>();
  private readonly _caption = element('div');
  private readonly _sections = element('div', 'giltracer-RunView-sections');
  private readonly _spoken = element('div', 'giltracer-mod-spoken');
  private readonly _unsubscribe: () => void;
  private _theme: Theme | undefined;
  private _figures: IRangeFigures | undefined;
  private _resting = 0;
  private _announcing = 0;
}
