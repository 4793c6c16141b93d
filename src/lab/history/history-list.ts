/** The list of runs: one stop of the Tab key, arrows go from run to run. */
import { element } from '../../viewer/dom';
import type { ITranslation } from '../../viewer/translation';
import { HistoryRow } from './history-row';
import { RunSelection } from './run-selection';
import { matches } from './run-words';
import type { StoredRun } from './stored-run';

/** Rows that PageUp and PageDown pass. */
const PAGE = 10;

export namespace HistoryList {
  export interface IOptions {
    readonly trans: ITranslation;
    /** Other runs are picked. */
    readonly onPick: () => void;
    /** Of the picked runs. */
    readonly onOpen: () => void;
    readonly onRename: () => void;
    readonly onDelete: () => void;
  }
}

export class HistoryList {
  constructor(private readonly _options: HistoryList.IOptions) {
    const { node } = this;
    node.setAttribute('role', 'listbox');
    node.setAttribute('aria-multiselectable', 'true');
    node.setAttribute('aria-label', _options.trans.__('Traced runs'));
    node.addEventListener('click', event => this._onClick(event));
    node.addEventListener('dblclick', event => {
      if (this._rowAt(event) !== undefined) {
        _options.onOpen();
      }
    });
    node.addEventListener('contextmenu', event => this._onContextMenu(event));
    node.addEventListener('keydown', event => this._onKeyDown(event));
    node.addEventListener('focusin', event => {
      const row = this._rowAt(event);
      if (row !== undefined) {
        this._setStop(row.run.id);
      }
    });
  }

  readonly node = element('div', 'giltracer-History-list');

  /** In the order of the list. */
  get picked(): StoredRun[] {
    return this._visible
      .filter(row => this._selection.has(row.run.id))
      .map(row => row.run);
  }

  /** Runs that the filter lets through. */
  get shown(): number {
    return this._visible.length;
  }

  /** Show these runs; those that were there keep their rows, the pick and the focus. */
  show(runs: readonly StoredRun[]): void {
    const { trans } = this._options;
    const focused = this._rows.findIndex(row =>
      row.node.contains(document.activeElement)
    );
    const old = new Map(this._rows.map(row => [row.run.id, row]));
    this._rows = runs.map(run => {
      const row = old.get(run.id) ?? new HistoryRow(run, trans);
      row.update(run);
      return row;
    });
    let next = this.node.firstElementChild;
    for (const { node } of this._rows) {
      if (next === node) {
        next = node.nextElementSibling;
      } else {
        this.node.insertBefore(node, next);
      }
    }
    while (next !== null) {
      const gone = next;
      next = next.nextElementSibling;
      gone.remove();
    }
    this._applyFilter();
    if (focused >= 0 && !this.node.contains(document.activeElement)) {
      // What had the focus was deleted: its neighbour gets it.
      this.focus(Math.min(focused, this._visible.length - 1));
    }
  }

  /** Show only runs that have all these words. */
  filter(text: string): void {
    this._words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this._applyFilter();
  }

  /** Focus a row, by default the one that Tab leads to. */
  focus(index?: number): void {
    const stop = this._visible.find(row => row.run.id === this._stop);
    const row = index === undefined ? stop : this._visible.at(index);
    row?.node.focus();
  }

  private _applyFilter(): void {
    const { trans } = this._options;
    this._visible = [];
    for (const row of this._rows) {
      const shown = matches(row.run, this._words, trans);
      row.hidden = !shown;
      if (shown) {
        this._visible.push(row);
      }
    }
    const order = this._order;
    this._selection.keep(order);
    if (this._stop === undefined || !order.includes(this._stop)) {
      this._setStop(order[0]);
    }
    this._showPick();
  }

  private _onClick(event: MouseEvent): void {
    const row = this._rowAt(event);
    if (row === undefined) {
      return;
    }
    if (event.shiftKey) {
      this._selection.extend(row.run.id, this._order);
    } else if (event.ctrlKey || event.metaKey) {
      this._selection.toggle(row.run.id);
    } else {
      this._selection.only(row.run.id);
    }
    this._showPick();
  }

  /** The menu is about what is picked. */
  private _onContextMenu(event: MouseEvent): void {
    const row = this._rowAt(event);
    if (row !== undefined && !this._selection.has(row.run.id)) {
      this._selection.only(row.run.id);
      this._showPick();
    }
  }

  private _onKeyDown(event: KeyboardEvent): void {
    const row = this._rowAt(event);
    if (row === undefined || event.altKey) {
      return;
    }
    if (this._isTaken(event, row)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Do what a key asks for; false if it is none of the list's. */
  private _isTaken(event: KeyboardEvent, row: HistoryRow): boolean {
    const { onOpen, onRename, onDelete } = this._options;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === 'a') {
        this._selection.all(this._order);
      } else if (event.key === ' ') {
        this._selection.toggle(row.run.id);
      } else {
        return false;
      }
      this._showPick();
      return true;
    }
    switch (event.key) {
      case ' ':
        this._selection.only(row.run.id);
        this._showPick();
        return true;
      case 'Enter':
        this._pickAlone(row);
        onOpen();
        return true;
      case 'F2':
        this._pickAlone(row);
        onRename();
        return true;
      case 'Delete':
      case 'Backspace':
        this._pickAlone(row);
        onDelete();
        return true;
      default:
        return this._goes(event, row);
    }
  }

  /** A key is about the run that has the focus, unless that is one of several that are picked. */
  private _pickAlone(row: HistoryRow): void {
    if (!this._selection.has(row.run.id)) {
      this._selection.only(row.run.id);
      this._showPick();
    }
  }

  private _goes(event: KeyboardEvent, row: HistoryRow): boolean {
    const at = this._visible.indexOf(row);
    const last = this._visible.length - 1;
    const steps: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      PageUp: at - PAGE,
      PageDown: at + PAGE,
      Home: 0,
      End: last
    };
    const to = steps[event.key];
    if (to === undefined) {
      return false;
    }
    const next = this._visible[Math.min(last, Math.max(0, to))];
    if (event.shiftKey) {
      this._selection.extend(next.run.id, this._order);
    } else {
      this._selection.only(next.run.id);
    }
    this._showPick();
    next.node.focus();
    return true;
  }

  private _showPick(): void {
    for (const row of this._rows) {
      row.picked = this._selection.has(row.run.id);
    }
    this._options.onPick();
  }

  private _setStop(id: string | undefined): void {
    this._stop = id;
    for (const row of this._rows) {
      row.isStop = row.run.id === id;
    }
  }

  private _rowAt({ target }: Event): HistoryRow | undefined {
    return target instanceof Node
      ? this._rows.find(row => row.node.contains(target))
      : undefined;
  }

  private get _order(): string[] {
    return this._visible.map(row => row.run.id);
  }

  private readonly _selection = new RunSelection();
  private _rows: HistoryRow[] = [];
  private _visible: HistoryRow[] = [];
  private _words: string[] = [];
  /** Where Tab leads to. */
  private _stop: string | undefined;
}
