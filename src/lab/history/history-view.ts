/** The history: a filter, the list, what can be done with the picked runs, and how much is stored. */
import { Widget } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';
import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from '../../viewer/dom';
import { formatBytes, formatCount } from '../../viewer/format';
import { HistoryList } from './history-list';
import type { RunHistory } from './run-history';
import { StoreWatch } from './store-watch';
import type { StoredRun } from './stored-run';

/** "2 minutes ago" grows old. */
const AGE_MS = 60_000;

export namespace HistoryView {
  export interface IOptions {
    readonly history: RunHistory;
    readonly trans: TranslationBundle;
    readonly open: (runs: readonly StoredRun[]) => void;
    readonly rename: (run: StoredRun) => void;
    readonly delete: (runs: readonly StoredRun[]) => void;
    /** What to do where there is no run so far. */
    readonly firstSteps: Node;
  }
}

export class HistoryView extends Widget {
  constructor(private readonly _options: HistoryView.IOptions) {
    super();
    this.addClass('giltracer-History');
    const { trans, history } = _options;
    this._list = new HistoryList({
      trans,
      onPick: () => this._showActions(),
      onOpen: () => _options.open(this.picked),
      onRename: () => this._renamePicked(),
      onDelete: () => _options.delete(this.picked)
    });
    this._filter.type = 'search';
    this._filter.placeholder = trans.__('Filter');
    this._filter.setAttribute('aria-label', trans.__('Filter the runs'));
    this._filter.addEventListener('input', () => {
      this._list.filter(this._filter.value);
      this._showCount();
    });
    this._filter.addEventListener('keydown', event => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        this._list.focus();
      }
    });
    const action = (text: string, title: string, run: () => void) =>
      button('giltracer-Sidebar-button', text, title, run);
    this._open = action(
      trans.__('Open'),
      trans.__('Show the result (Enter)'),
      () => _options.open(this.picked)
    );
    this._rename = action(
      trans.__('Rename…'),
      trans.__('Give it another name (F2)'),
      () => this._renamePicked()
    );
    this._delete = action(
      trans.__('Delete…'),
      trans.__('Delete for good (Delete)'),
      () => _options.delete(this.picked)
    );
    this._deleteAll = action(
      trans.__('Delete all…'),
      trans.__('Delete all runs for good'),
      () => _options.delete(history.runs)
    );
    this._fill();
    history.changed.connect(this._onChanged, this);
    this._show();
  }

  /** The runs that are picked, newest first. */
  get picked(): StoredRun[] {
    return this._list.picked;
  }

  focus(): void {
    this._list.focus();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._end();
      cancelAnimationFrame(this._frame);
      this._options.history.changed.disconnect(this._onChanged, this);
      super.dispose();
    }
  }

  /** Runs that came while nobody looked are asked for. */
  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._begin();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._begin();
  }

  protected onBeforeHide(message: Message): void {
    this._end();
    super.onBeforeHide(message);
  }

  protected onBeforeDetach(message: Message): void {
    this._end();
    super.onBeforeDetach(message);
  }

  private _begin(): void {
    if (this.isVisible) {
      this._end();
      void this._options.history.refresh();
      this._watch.start();
      this._age = window.setInterval(() => this._show(), AGE_MS);
    }
  }

  private _end(): void {
    this._watch.stop();
    clearInterval(this._age);
  }

  private _fill(): void {
    const { trans, history, firstSteps } = this._options;
    const title = element('h2', 'giltracer-Sidebar-title', trans.__('History'));
    const again = button(
      'giltracer-Sidebar-button',
      trans.__('Refresh'),
      trans.__('Ask the server for the runs anew'),
      () => void history.refresh()
    );
    const top = element('div', 'giltracer-History-top');
    top.append(title, again);
    this._count.setAttribute('role', 'status');
    const actions = element('div', 'giltracer-History-actions');
    actions.setAttribute('role', 'group');
    actions.setAttribute('aria-label', trans.__('The picked runs'));
    actions.append(this._open, this._rename, this._delete);
    const store = element('div', 'giltracer-History-store');
    store.append(this._size, this._deleteAll);
    this._empty.append(
      element('p', '', trans.__('No run so far. A traced cell appears here.')),
      firstSteps
    );
    this._some.append(
      this._filter,
      this._count,
      actions,
      this._list.node,
      store
    );
    this.node.append(top, this._problem, this._empty, this._some);
  }

  /** Many changes of one moment are one of the screen. */
  private readonly _onChanged = (): void => {
    cancelAnimationFrame(this._frame);
    this._frame = requestAnimationFrame(() => this._show());
  };

  private _show(): void {
    const { history, trans } = this._options;
    this._list.show(history.runs);
    const { state, runs, mostBytes } = history;
    this._empty.hidden = state !== 'ready' || runs.length > 0;
    this._some.hidden = runs.length === 0;
    const problem = this._problemWords();
    this._problem.textContent = problem ?? '';
    this._problem.hidden = problem === undefined;
    this._size.textContent = trans.__(
      '%1 on disk, at most %2',
      formatBytes(history.bytes),
      formatBytes(mostBytes)
    );
    this._size.title = trans.__(
      'Of more the oldest runs are removed. The variable %1 sets how much, where Jupyter is started.',
      'GILTRACER_STORE_SIZE'
    );
    this._showCount();
    this._showActions();
  }

  private _problemWords(): string | undefined {
    const { history, trans } = this._options;
    switch (history.state) {
      case 'unknown':
      case 'loading':
        return history.runs.length > 0 ? undefined : trans.__('Loading…');
      case 'absent':
        return trans.__(
          'This Jupyter server has no giltracer: install it where Jupyter runs, so that runs are kept in a history.'
        );
      case 'failed':
        return trans.__('The history can’t be read: %1', history.problem ?? '');
      case 'ready':
        return undefined;
    }
  }

  private _showCount(): void {
    const { history, trans } = this._options;
    const { runs, count } = history;
    const { shown } = this._list;
    if (shown < runs.length) {
      this._count.textContent = trans.__(
        '%1 of %2 runs',
        formatCount(shown),
        formatCount(runs.length)
      );
    } else if (runs.length < count) {
      this._count.textContent = trans.__(
        'The newest %1 of %2 runs',
        formatCount(runs.length),
        formatCount(count)
      );
    } else {
      this._count.textContent = trans._n(
        '%2 run',
        '%2 runs',
        count,
        formatCount(count)
      );
    }
  }

  private _showActions(): void {
    const { length } = this._list.picked;
    this._open.disabled = length !== 1;
    this._rename.disabled = length !== 1;
    this._delete.disabled = length === 0;
  }

  private _renamePicked(): void {
    const [run] = this.picked;
    if (run !== undefined) {
      this._options.rename(run);
    }
  }

  private readonly _list: HistoryList;
  private readonly _filter = element('input', 'giltracer-History-filter');
  private readonly _count = element('p', 'giltracer-History-count');
  private readonly _problem = element('p', 'giltracer-Sidebar-note');
  private readonly _empty = element('div', 'giltracer-History-empty');
  private readonly _some = element('div', 'giltracer-History-some');
  private readonly _size = element('span');
  private readonly _open: HTMLButtonElement;
  private readonly _rename: HTMLButtonElement;
  private readonly _delete: HTMLButtonElement;
  private readonly _deleteAll: HTMLButtonElement;
  private readonly _watch = new StoreWatch(
    () => void this._options.history.look()
  );
  private _age = 0;
  private _frame = 0;
}
