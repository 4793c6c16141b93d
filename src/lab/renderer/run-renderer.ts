/** One output: shows the bundle of its model. All state is the widget's own. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { BundleView } from '../../core/trace/bundle-view';
import { BundleError, readBundle } from '../../core/trace/read-bundle';
import { RunView } from '../../viewer/run-view';
import type { IRunStore, StoreAnswer } from './run-store';

/** How long a placeholder may stand without an update before the run store is asked, in milliseconds. */
export const ASK_STORE_AFTER_MS = 3000;

/**
 * A run that began longer ago than this when its placeholder is first shown did not begin in front of the
 * reader: the notebook was opened again, and the run may have ended meanwhile. In milliseconds; clocks
 * of server and browser may differ a little.
 */
export const NEW_RUN_MS = 10_000;

export namespace RunRenderer {
  export interface IServices {
    readonly trans: TranslationBundle;
    readonly store: IRunStore;
    /** Emitted when the page has other colours. */
    readonly themeChanged?: ISignal<unknown, unknown>;
  }

  export interface IOptions extends IServices {
    readonly mimeType: string;
  }
}

export class RunRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(options: RunRenderer.IOptions) {
    super();
    this.addClass('giltracer-RunRenderer');
    this._mimeType = options.mimeType;
    this._trans = options.trans;
    this._store = options.store;
    this._view = new RunView({ trans: options.trans });
    this.node.append(this._view.node);
    this._themeChanged = options.themeChanged;
    this._themeChanged?.connect(this._onThemeChanged, this);
  }

  /** Show the model's bundle; the same model again changes nothing but the run's own progress. */
  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._cancelQuestion();
    const view = this._show(model.data[this._mimeType]);
    if (
      view?.kind === 'placeholder' &&
      view.run.state === 'running' &&
      model.trusted &&
      !this._asked &&
      Date.now() - Date.parse(view.run.started_at) > NEW_RUN_MS
    ) {
      this._question = window.setTimeout(
        () => void this._askStore(view.run.id),
        ASK_STORE_AFTER_MS
      );
    }
    return Promise.resolve();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._cancelQuestion();
    this._themeChanged?.disconnect(this._onThemeChanged, this);
    this._view.dispose();
    super.dispose();
  }

  /** Styles are known only now: a renderer is filled before it is put into the page. */
  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._view.refreshTheme();
  }

  /** Show a bundle, or why it can't be shown. */
  private _show(json: unknown): BundleView | undefined {
    try {
      const view = readBundle(json);
      this._view.show(view);
      return view;
    } catch (error) {
      // Whatever a notebook holds, its other outputs must still be shown.
      const reason =
        error instanceof BundleError
          ? error.message
          : this._trans.__('unexpected content (%1)', String(error));
      this._view.showError(
        this._trans.__('This giltracer result can’t be shown: %1', reason)
      );
      return undefined;
    }
  }

  /** Ask the store once; after that only the reader asks. */
  private async _askStore(runId: string): Promise<void> {
    this._asked = true;
    const question = ++this._questions;
    const answer = await this._store.load(runId);
    // Meanwhile another model may have been rendered, or the output is gone.
    if (!this.isDisposed && question === this._questions) {
      this._take(answer, runId);
    }
  }

  private _take(answer: StoreAnswer, runId: string): void {
    if (answer.kind === 'found') {
      this._show(answer.json);
      return;
    }
    const trans = this._trans;
    const text =
      answer.kind === 'absent'
        ? trans.__(
            'No result so far: this run has not ended, or its result is no longer stored.'
          )
        : trans.__('The run store can’t be asked: %1', answer.message);
    this._view.setNote(text, {
      label: trans.__('Look again'),
      run: () => void this._askStore(runId)
    });
  }

  private _cancelQuestion(): void {
    clearTimeout(this._question);
    this._questions++;
  }

  private readonly _onThemeChanged = (): void => {
    this._view.refreshTheme();
  };
  private readonly _mimeType: string;
  private readonly _trans: TranslationBundle;
  private readonly _store: IRunStore;
  private readonly _view: RunView;
  private readonly _themeChanged: ISignal<unknown, unknown> | undefined;
  private _asked = false;
  private _question = 0;
  private _questions = 0;
}
