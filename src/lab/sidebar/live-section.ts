/** Shows the run of the current kernel as it goes on, its verdict when it has ended, and why there is nothing to show. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from '../../viewer/dom';
import type { LiveSpan } from '../../viewer/live/live-controls';
import type { LiveRun } from '../../viewer/live/live-run';
import type { LiveConnectionState } from '../../viewer/live/live-words';
import { RunView } from '../../viewer/run-view';
import type { RunHistory } from '../history/run-history';
import { runTitle, verdictWords } from '../history/run-words';
import type { LiveSocketState } from '../live/live-connection';
import type { KernelRun } from './kernel-run';
import { connectionWords, obstacleWords, situationWords } from './live-words';

export namespace LiveSection {
  export interface IOptions {
    readonly run: KernelRun;
    readonly history: RunHistory;
    readonly trans: TranslationBundle;
    /** How many seconds of the run are shown first. */
    readonly span: () => LiveSpan;
    readonly open: (runId: string) => void;
  }
}

export class LiveSection {
  constructor(private readonly _options: LiveSection.IOptions) {
    const { trans, run, history, open } = _options;
    this._note.setAttribute('role', 'status');
    this._open = button(
      'giltracer-Sidebar-button',
      trans.__('Open the result'),
      '',
      () => {
        if (run.ended !== undefined) {
          open(run.ended.info.id);
        }
      }
    );
    this._result.append(this._verdict, this._open);
    this.node.append(
      element('h2', 'giltracer-Sidebar-title', trans.__('Current kernel')),
      this._note,
      this._result
    );
    run.changed.connect(this._show, this);
    history.changed.connect(this._showResult, this);
    this._show();
  }

  readonly node = element('section', 'giltracer-Sidebar-live');

  refreshTheme(): void {
    this._view?.refreshTheme();
  }

  dispose(): void {
    const { run, history } = this._options;
    run.changed.disconnect(this._show, this);
    history.changed.disconnect(this._showResult, this);
    this._hideView();
  }

  private readonly _show = (): void => {
    const { run } = this._options;
    const { running, ended, socket } = run;
    if (running === undefined) {
      this._hideView();
    } else {
      this._showView(running);
      this._view?.setConnection(viewState(socket?.state ?? 'ended'));
    }
    this._say(running === undefined ? this._nothingWords() : '');
    if (ended !== undefined && ended.info.id !== this._lookedUp) {
      this._lookedUp = ended.info.id;
      // The result is in the store by now; what comes later, such as its trace, the history looks for by itself.
      void this._options.history.refresh();
    }
    this._showResult();
  };

  /** Why there is nothing live. */
  private _nothingWords(): string {
    const { run, trans } = this._options;
    const { situation, socket } = run;
    if (situation.kind !== 'ready') {
      return situationWords(situation, trans);
    }
    if (socket !== undefined) {
      return connectionWords(socket.state, socket.obstacle, trans);
    }
    return run.active ? obstacleWords('no-route', trans) : '';
  }

  private _showView(run: LiveRun): void {
    const info = run.latest?.run;
    if (this._shown === run || info === undefined) {
      return;
    }
    this._hideView();
    this._shown = run;
    this._view = new RunView({
      trans: this._options.trans,
      liveSpan: this._options.span
    });
    this._view.show({
      kind: 'placeholder',
      run: info,
      windows: [],
      reductions: [],
      omitted: {}
    });
    this.node.append(this._view.node);
    this._view.watch(run);
    this._view.refreshTheme();
  }

  private _hideView(): void {
    this._view?.node.remove();
    this._view?.dispose();
    this._view = undefined;
    this._shown = undefined;
  }

  /** What the run that has ended says. */
  private readonly _showResult = (): void => {
    const { run, history, trans } = this._options;
    const info = run.ended?.info;
    this._result.hidden = info === undefined;
    if (info === undefined) {
      this._verdict.textContent = '';
      return;
    }
    const stored = history.find(info.id);
    const title = stored === undefined ? info.name : runTitle(stored, trans);
    const sentence =
      stored === undefined
        ? (info.message ?? trans.__('its result is not in the history (yet).'))
        : verdictWords(stored, trans);
    this._verdict.textContent =
      title === ''
        ? trans.__('Last run: %1', sentence)
        : trans.__('Last run, %1: %2', title, sentence);
    this._open.hidden = stored === undefined;
  };

  private _say(text: string): void {
    if (this._note.textContent !== text) {
      this._note.textContent = text;
    }
    this._note.hidden = text === '';
  }

  private readonly _note = element('p', 'giltracer-Sidebar-note');
  private readonly _result = element('div', 'giltracer-Sidebar-result');
  private readonly _verdict = element('p', 'giltracer-Sidebar-verdict');
  private readonly _open: HTMLButtonElement;
  private _view: RunView | undefined;
  private _shown: LiveRun | undefined;
  private _lookedUp: string | undefined;
}

/** The connection as the view of a run says it. */
function viewState(state: LiveSocketState): LiveConnectionState {
  switch (state) {
    case 'connected':
      return 'live';
    case 'waiting':
      return 'connecting';
    case 'unavailable':
    case 'ended':
      return 'off';
    default:
      return state;
  }
}
