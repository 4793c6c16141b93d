/** One output: shows the bundle of its model. All state is the widget's own. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { BundleView } from '../../core/trace/bundle-view';
import type { RunInfo } from '../../core/trace/document';
import { readBundle } from '../../core/trace/read-bundle';
import type { LiveSpan } from '../../viewer/live/live-controls';
import { RunView } from '../../viewer/run-view';
import type { RunEnd } from '../live/run-follower';
import { RunFollower } from '../live/run-follower';
import type { ITraceSources } from '../trace/trace-sources';
import { bundleProblem } from './bundle-problem';
import { keepResult } from './keep-result';
import type { IRunStore, StoreAnswer } from './run-store';
import type { ShownRuns } from './shown-runs';

/** How long a placeholder may stand without an update before the run store is asked, in milliseconds. */
export const ASK_STORE_AFTER_MS = 3000;

/**
 * A run that began longer ago than this when its placeholder is first shown did not begin in front of the
 * reader: the notebook was opened again, and the run may have ended meanwhile. In milliseconds; clocks
 * of server and browser may differ a little.
 */
export const NEW_RUN_MS = 10_000;

/**
 * How often, and after which pauses, the store is asked for the result of a run that has ended: the bridge takes a moment
 * to make it, longer after it was cut short. In milliseconds.
 */
export const LOOK_EVERY_MS = 2000;
export const MOST_LOOKS = 15;

export namespace RunRenderer {
  export interface IServices {
    readonly trans: TranslationBundle;
    readonly store: IRunStore;
    /** What a run that goes on is followed with. */
    readonly live: RunFollower.IServices;
    /** How many seconds of such a run are shown first. */
    readonly liveSpan?: () => LiveSpan;
    /** Where whole traces come from; without it none is offered. */
    readonly traces?: ITraceSources;
    /** Told which runs are on the page. */
    readonly shown?: ShownRuns;
    /** Emitted when the page has other colours. */
    readonly themeChanged?: ISignal<unknown, unknown>;
  }

  export interface IOptions extends IServices {
    readonly mimeType: string;
    /** Of the notebook that the output is in. */
    readonly resolver?: IRenderMime.IResolver | null;
  }
}

export class RunRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(options: RunRenderer.IOptions) {
    super();
    this.addClass('giltracer-RunRenderer');
    this._mimeType = options.mimeType;
    this._trans = options.trans;
    this._store = options.store;
    this._live = options.live;
    this._traces = options.traces;
    this._resolver = options.resolver ?? undefined;
    this._view = new RunView({
      trans: options.trans,
      liveSpan: options.liveSpan
    });
    this.node.append(this._view.node);
    this._shownRuns = options.shown;
    this._themeChanged = options.themeChanged;
    this._themeChanged?.connect(this._onThemeChanged, this);
  }

  /** Show the model's bundle; the same model again changes nothing but the run's own progress. */
  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._trusted = model.trusted;
    this._model = model;
    const view = this._show(model.data[this._mimeType]);
    const running =
      view?.kind === 'placeholder' && view.run.state === 'running'
        ? view.run
        : undefined;
    if (running?.id !== this._running?.id || !model.trusted) {
      this._unfollow();
    }
    // A notebook that is not trusted makes no request and no connection.
    this._running = model.trusted ? running : undefined;
    this._follow();
    if (!this._lookingForEnd) {
      this._cancelQuestion();
      this._askIfOld();
    }
    return Promise.resolve();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._cancelQuestion();
    this._unfollow();
    this._shownRuns?.delete(this._view);
    this._themeChanged?.disconnect(this._onThemeChanged, this);
    this._view.dispose();
    super.dispose();
  }

  /** Styles are known only now: a renderer is filled before it is put into the page. */
  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._view.refreshTheme();
    this._follow();
    this._shownRuns?.add(this._view);
  }

  /** Out of the page nobody sees it; a notebook may take outputs out that are far from the screen. */
  protected onBeforeDetach(message: Message): void {
    this._follower?.dispose();
    this._follower = undefined;
    this._shownRuns?.delete(this._view);
    super.onBeforeDetach(message);
  }

  /** Show what the kernel's bridge tells of the run, as soon as the output is in the page: only then its notebook is known. */
  private _follow(): void {
    const run = this._running;
    if (run !== undefined && this._follower === undefined && this.isAttached) {
      this._follower = new RunFollower({
        ...this._live,
        run,
        node: this.node,
        view: this._view,
        onEnd: why => this._onEnd(run.id, why)
      });
    }
  }

  private _unfollow(): void {
    this._follower?.dispose();
    this._follower = undefined;
    this._running = undefined;
    this._lookingForEnd = false;
  }

  /** The run seems to have ended, but its result may still come through the kernel. */
  private _onEnd(runId: string, why: RunEnd): void {
    const trans = this._trans;
    if (why === 'restarted') {
      this._view.setNote(
        trans.__(
          'The kernel was restarted: this run has ended; its partial result is looked up.'
        )
      );
    } else if (why === 'died') {
      this._view.setNote(
        trans.__(
          'The kernel has ended: this run has ended, too; its partial result is looked up.'
        )
      );
    }
    this._cancelQuestion();
    this._lookingForEnd = true;
    const pause = why === 'told' ? ASK_STORE_AFTER_MS : 0;
    this._question = window.setTimeout(
      () => void this._lookForEnd(runId, MOST_LOOKS),
      pause
    );
  }

  /** Ask until there is a result, for a while; then only the reader asks. */
  private async _lookForEnd(runId: string, looks: number): Promise<void> {
    if (this._follower?.isLive === true) {
      this._lookingForEnd = false;
      return;
    }
    const question = ++this._questions;
    const answer = await this._store.load(runId);
    if (this.isDisposed || question !== this._questions) {
      return;
    }
    if (answer.kind === 'found' || looks <= 1) {
      this._take(answer, runId);
    } else {
      this._question = window.setTimeout(
        () => void this._lookForEnd(runId, looks - 1),
        LOOK_EVERY_MS
      );
    }
  }

  private _askIfOld(): void {
    const run = this._running;
    if (
      run !== undefined &&
      !this._asked &&
      Date.now() - Date.parse(run.started_at) > NEW_RUN_MS
    ) {
      this._question = window.setTimeout(() => {
        if (this._follower?.isLive !== true) {
          void this._askStore(run.id);
        }
      }, ASK_STORE_AFTER_MS);
    }
  }

  /** Show a bundle, or why it can't be shown. */
  private _show(json: unknown): BundleView | undefined {
    try {
      const view = readBundle(json);
      // A notebook that is not trusted must not make its reader's browser fetch anything.
      const source = this._trusted
        ? this._traces?.sourceOf(view, this._resolver)
        : undefined;
      this._view.show(view, source);
      this._current = view;
      return view;
    } catch (error) {
      // Whatever a notebook holds, its other outputs must still be shown.
      this._view.showError(bundleProblem(error, this._trans));
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
      this._unfollow();
      // Who owns the model has it rendered anew; a view without such an owner shows it itself.
      const shown = this._current;
      const kept =
        this._model !== undefined &&
        keepResult(this._model, this._mimeType, answer.json);
      if (!kept || this._current === shown) {
        this._show(answer.json);
      }
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
  private readonly _shownRuns: ShownRuns | undefined;
  private readonly _themeChanged: ISignal<unknown, unknown> | undefined;
  private readonly _live: RunFollower.IServices;
  /** The run that goes on, if the notebook is trusted. */
  private _running: RunInfo | undefined;
  private _follower: RunFollower | undefined;
  private _lookingForEnd = false;
  private readonly _traces: ITraceSources | undefined;
  private readonly _resolver: IRenderMime.IResolver | undefined;
  private _model: IRenderMime.IMimeModel | undefined;
  private _current: BundleView | undefined;
  private _trusted = false;
  private _asked = false;
  private _question = 0;
  private _questions = 0;
}
