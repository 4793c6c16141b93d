/** The result of a stored run in the main area; zooming in takes its whole trace from the store. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { readBundle } from '../../core/trace/read-bundle';
import { RunView } from '../../viewer/run-view';
import { bundleProblem } from '../renderer/bundle-problem';
import type { IRunStore } from '../renderer/run-store';
import type { ITraceSources } from '../trace/trace-sources';
import type { RunHistory } from './run-history';
import { runTitle } from './run-words';

export namespace RunDocument {
  export interface IServices {
    readonly store: IRunStore;
    readonly traces: ITraceSources;
    readonly history: RunHistory;
    readonly trans: TranslationBundle;
    /** Emitted when the page has other colours. */
    readonly themeChanged?: ISignal<unknown, unknown>;
  }
}

export class RunDocument extends Widget {
  constructor(
    readonly runId: string,
    private readonly _services: RunDocument.IServices
  ) {
    super();
    const { trans, history, themeChanged } = _services;
    this.addClass('giltracer-RunDocument');
    this._view = new RunView({ trans });
    this._status.className = 'giltracer-Sidebar-note';
    this._status.setAttribute('role', 'status');
    this.node.append(this._status, this._view.node);
    themeChanged?.connect(this._onThemeChanged, this);
    history.changed.connect(this._showTitle, this);
    this.title.label = trans.__('GIL trace');
    this._showTitle();
  }

  /** Fetch and show the result. Never rejects. */
  async load(): Promise<void> {
    const { store, history, trans } = this._services;
    if (history.state === 'unknown') {
      // It knows the name that the reader gave it.
      void history.refresh();
    }
    this._status.textContent = trans.__('Loading…');
    const answer = await store.load(this.runId);
    if (this.isDisposed) {
      return;
    }
    this._status.textContent = '';
    switch (answer.kind) {
      case 'found':
        this._show(answer.json);
        break;
      case 'absent':
        this._view.showError(
          trans.__('This run has no result, or it is no longer stored.')
        );
        break;
      case 'failed':
        this._view.showError(
          trans.__('This run can’t be fetched: %1', answer.message)
        );
    }
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._services.themeChanged?.disconnect(this._onThemeChanged, this);
    this._services.history.changed.disconnect(this._showTitle, this);
    this._view.dispose();
    super.dispose();
  }

  /** Styles are known only in the page. */
  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._view.refreshTheme();
  }

  private _show(json: unknown): void {
    const { traces, trans } = this._services;
    try {
      const read = readBundle(json);
      // The name that the reader gave it goes before its own.
      const name = this._name ?? read.run.name;
      const view = { ...read, run: { ...read.run, name } };
      if (name !== '') {
        this.title.label = name;
      }
      this._view.show(view, traces.sourceOf(view, undefined));
      this._view.refreshTheme();
    } catch (error) {
      this._view.showError(bundleProblem(error, trans));
    }
  }

  private readonly _showTitle = (): void => {
    const { history, trans } = this._services;
    const run = history.find(this.runId);
    if (run !== undefined) {
      this._name = run.name;
      this.title.label = runTitle(run, trans);
      this.title.caption = run.verdict ?? this.title.label;
    }
  };

  private readonly _onThemeChanged = (): void => {
    this._view.refreshTheme();
  };
  private readonly _view: RunView;
  private readonly _status = document.createElement('p');
  private _name: string | undefined;
}
