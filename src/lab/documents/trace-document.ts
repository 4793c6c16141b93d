/** A trace file as a document: it is fetched by itself, not through the document's model, which would hold it as base64. */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { formatBytes } from '../../viewer/format';
import { MOST_FILE_BYTES } from '../../viewer/full-trace';
import { RunView } from '../../viewer/run-view';
import { traceView } from '../../viewer/trace-view';
import { fetchBytes, type FetchAnswer } from '../trace/fetch-bytes';
import type { TraceLoader } from '../trace/trace-loader';

export namespace TraceDocument {
  export interface IServices {
    readonly contents: Contents.IManager;
    readonly settings: ServerConnection.ISettings;
    readonly loader: TraceLoader;
    readonly trans: TranslationBundle;
    /** Emitted when the page has other colours. */
    readonly themeChanged?: ISignal<unknown, unknown>;
  }
}

/** Shows the file, whoever made it and wherever; it never connects to a kernel. */
export class TraceDocument extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    private readonly _services: TraceDocument.IServices
  ) {
    super();
    this.addClass('giltracer-TraceDocument');
    this._view = new RunView({ trans: _services.trans });
    this._status.className = 'giltracer-TraceDocument-status';
    this._status.setAttribute('role', 'status');
    this.node.append(this._status, this._view.node);
    _services.themeChanged?.connect(this._onThemeChanged, this);
    void _context.ready.then(() => {
      _context.fileChanged.connect(this._onFileChanged, this);
      return this.load();
    });
  }

  /** Fetch and show the file. Never rejects. */
  async load(): Promise<void> {
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    const problem = await this._show(abort.signal);
    if (!abort.signal.aborted) {
      this._status.textContent = '';
      if (problem !== undefined) {
        this._view.showError(problem);
      }
    }
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._abort?.abort();
    this._services.themeChanged?.disconnect(this._onThemeChanged, this);
    this._context.fileChanged.disconnect(this._onFileChanged, this);
    this._view.dispose();
    super.dispose();
  }

  /** Styles are known only in the page. */
  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._view.refreshTheme();
  }

  /** @returns one line if the file can't be shown */
  private async _show(signal: AbortSignal): Promise<string | undefined> {
    const { contents, settings, loader, trans } = this._services;
    const url = await contents.getDownloadUrl(this._context.path);
    const fetched = await fetchBytes(url, {
      settings,
      mostBytes: MOST_FILE_BYTES,
      progress: (bytes, all) =>
        this._say(
          all === undefined
            ? trans.__('Loading %1…', formatBytes(bytes))
            : trans.__(
                'Loading %1 of %2…',
                formatBytes(bytes),
                formatBytes(all)
              )
        ),
      signal
    });
    if (fetched.kind !== 'fetched') {
      return this._fetchProblem(fetched);
    }
    const answer = await loader.load(
      fetched.bytes,
      part => this._say(trans.__('Reading… %1 %', Math.floor(part * 100))),
      signal
    );
    if (signal.aborted || answer.kind === 'cancelled') {
      return undefined;
    }
    if (answer.kind === 'failed') {
      return trans.__('This file can’t be shown: %1', answer.message);
    }
    this._view.show(traceView(answer.trace));
    return this._view.attachTrace(answer.trace);
  }

  private _fetchProblem(
    answer: Exclude<FetchAnswer, { kind: 'fetched' }>
  ): string | undefined {
    const { trans } = this._services;
    switch (answer.kind) {
      case 'large':
        return trans.__(
          'This trace (%1) is too large for a page: at most %2 are loaded.',
          formatBytes(answer.bytes),
          formatBytes(MOST_FILE_BYTES)
        );
      case 'absent':
        return trans.__('This file is no longer there.');
      case 'failed':
        return trans.__('This file can’t be fetched: %1', answer.message);
      case 'cancelled':
        return undefined;
    }
  }

  private _say(text: string): void {
    this._status.textContent = text;
  }

  private readonly _onFileChanged = (): void => {
    void this.load();
  };
  private readonly _onThemeChanged = (): void => {
    this._view.refreshTheme();
  };
  private readonly _view: RunView;
  private readonly _status = document.createElement('p');
  private _abort: AbortController | undefined;
}
