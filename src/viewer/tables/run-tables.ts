/**
 * The tables of a run that has ended, each in a section that can be folded away. They follow what the reader
 * picks, here or in the lanes: rows of it are marked, and of a picked range of time they show the figures.
 */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ReportDocument } from '../../core/trace/document';
import { button, element } from '../dom';
import type { Lane } from '../lanes/lane-data';
import { lanesOf } from '../lanes/lane-data';
import { leaveView } from '../own-keys';
import type { PickKind, Picked, Picks } from '../picks';
import type { IRangeFigures, RangeFigures } from '../range-figures';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { rangeCaption } from './range-caption';
import type { RowPlace } from './row-place';
import { sections } from './sections';
import type { LiveTable, TablesState } from './tables-context';

export type { TablesState };

/** A range that is still being dragged is not worth its figures; in milliseconds. */
const RANGE_RESTS_MS = 150;
/** Until what was said of figures that take long is on the screen, in milliseconds: two frames. */
export const SHOWN_AFTER_MS = 40;
/** What is said at each key would drown what matters; in milliseconds. */
const ANNOUNCE_AFTER_MS = 400;

/** How a reader who was led to a row gets back to where they were. */
export interface WayBack {
  /** Of the button: where it leads. */
  readonly label: string;
  readonly go: () => void;
}

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
      this._countRange();
    }
  }

  /**
   * Give the focus to the row of a table that fits a place best, and scroll to it: its section is unfolded, nothing filters it
   * out. Without such a row it is the table's heading; without such a table nothing happens.
   *
   * @param back for Escape, and a button beside the table's heading
   */
  showRow(key: string, place: RowPlace, back: WayBack): void {
    const state = this._state.get(key) ?? {};
    this._state.set(key, Object.assign(state, { open: true, filter: '' }));
    this._shownRow = { key, place, back };
    clearTimeout(this._resting);
    this._showRange();
    this._focusShownRow()?.scrollIntoView({ block: 'center' });
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
        () => this._countRange(),
        RANGE_RESTS_MS
      );
      return;
    }
    for (const table of this._tables.values()) {
      table.showPicked(picked[changed] !== undefined);
    }
  }

  /** Show the picked range's figures, and say before if they take long. */
  private _countRange(): void {
    const { range } = this._picks.current;
    clearTimeout(this._resting);
    if (range !== undefined && this._figures?.takesLong(range) === true) {
      const text = this._trans.__('Counting what lies in the range…');
      this._caption.replaceChildren(
        element('p', 'giltracer-RangeCaption', text)
      );
      this._resting = window.setTimeout(
        () => this._showRange(),
        SHOWN_AFTER_MS
      );
    } else {
      this._showRange();
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
    const focused = this._sections.contains(window.document.activeElement);
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
    this._offerWayBack();
    if (focused) {
      this._focusShownRow();
    }
  }

  /** @returns what has the focus now; undefined if there is nothing to be shown */
  private _focusShownRow(): HTMLElement | undefined {
    const { key, place } = this._shownRow ?? {};
    const table = key === undefined ? undefined : this._tables.get(key);
    if (table === undefined || place === undefined) {
      return undefined;
    }
    const row = table.focusRow(place);
    const heading = sectionOf(table)?.querySelector('button') ?? undefined;
    if (row === undefined) {
      heading?.focus({ preventScroll: true });
    }
    return row ?? heading;
  }

  private _offerWayBack(): void {
    const { key, back: way } = this._shownRow ?? {};
    const table = key === undefined ? undefined : this._tables.get(key);
    if (table !== undefined && way !== undefined) {
      const head = sectionOf(table)?.querySelector('.giltracer-Section-head');
      const title = this._trans.__('Escape leads back, too');
      const back = button('giltracer-Button', way.label, title, () =>
        this._goBack()
      );
      back.classList.add('giltracer-Section-back');
      (head ?? table.node).append(back);
    }
  }

  /** @returns whether there was a way back */
  private _goBack(): boolean {
    const shown = this._shownRow;
    this._shownRow = undefined;
    this._sections.querySelector('.giltracer-Section-back')?.remove();
    shown?.back.go();
    return shown !== undefined;
  }

  /** Escape leads back who was led to a row; else it lets go of what is picked, then of the keyboard. */
  private _onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (this._goBack()) {
      return;
    }
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
  /** The row that the reader was led to. */
  private _shownRow:
    { key: string; place: RowPlace; back: WayBack } | undefined;
  private _resting = 0;
  private _announcing = 0;
}

function sectionOf({ node }: LiveTable): HTMLElement | null {
  return node.closest('.giltracer-Section');
}
