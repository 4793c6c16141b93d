/** The run of the current kernel as it goes on, and its verdict when it has ended. Not seen, it has no connection. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunInfo } from '../../core/trace/document';
import { button, element } from '../../viewer/dom';
import type { LiveRun } from '../../viewer/live/live-run';
import type { LiveConnectionState } from '../../viewer/live/live-words';
import { RunView } from '../../viewer/run-view';
import type { RunHistory } from '../history/run-history';
import { runTitle, verdictWords } from '../history/run-words';
import type { LiveSocketState } from '../live/live-connection';
import type { ILiveConnections, ILiveShare } from '../live/live-connections';
import type { CurrentKernel } from './current-kernel';
import { connectionWords, obstacleWords, situationWords } from './live-words';

/** A kernel that was killed leaves its run's partial result so much later, in milliseconds. */
const LATE_MS = 3000;

export namespace LiveSection {
  export interface IOptions {
    readonly kernel: CurrentKernel;
    readonly connections: ILiveConnections;
    readonly history: RunHistory;
    readonly trans: TranslationBundle;
    readonly open: (runId: string) => void;
  }
}

export class LiveSection {
  constructor(private readonly _options: LiveSection.IOptions) {
    const { trans, kernel, history, open } = _options;
    this._note.setAttribute('role', 'status');
    this._open = button(
      'giltracer-Sidebar-button',
      trans.__('Open the result'),
      '',
      () => {
        if (this._ended !== undefined) {
          open(this._ended.id);
        }
      }
    );
    this._result.append(this._verdict, this._open);
    this.node.append(
      element('h2', 'giltracer-Sidebar-title', trans.__('Current kernel')),
      this._note,
      this._result
    );
    this._result.hidden = true;
    kernel.changed.connect(this._onKernel, this);
    history.changed.connect(this._showResult, this);
    this._onKernel();
  }

  readonly node = element('section', 'giltracer-Sidebar-live');

  /** Whether somebody sees it. */
  set active(active: boolean) {
    if (active !== this._active) {
      this._active = active;
      this._onKernel();
    }
  }

  refreshTheme(): void {
    this._view?.refreshTheme();
  }

  dispose(): void {
    const { kernel, history } = this._options;
    clearTimeout(this._late);
    kernel.changed.disconnect(this._onKernel, this);
    history.changed.disconnect(this._showResult, this);
    this._disconnect();
  }

  private readonly _onKernel = (): void => {
    const { kernel, connections, trans } = this._options;
    const { situation } = kernel;
    const id = situation.kind === 'ready' ? situation.id : undefined;
    if (!this._active || id === undefined) {
      this._disconnect();
    } else if (this._share?.connection.kernelId !== id) {
      this._disconnect();
      this._share = connections.acquire(id);
      this._share?.connection.changed.connect(this._onConnection, this);
    }
    if (situation.kind !== 'ready') {
      this._say(situationWords(situation, trans));
    } else if (this._share !== undefined) {
      this._onConnection();
    } else if (this._active) {
      this._say(obstacleWords('no-route', trans));
    }
  };

  private _disconnect(): void {
    this._share?.connection.changed.disconnect(this._onConnection, this);
    this._share?.dispose();
    this._share = undefined;
    this._unwatch();
    this._run = undefined;
    this._ended = undefined;
    this._showResult();
    this._hideView();
  }

  private readonly _onConnection = (): void => {
    const { connection } = this._share ?? {};
    if (connection === undefined) {
      return;
    }
    if (connection.run !== undefined && connection.run !== this._run) {
      this._unwatch();
      this._run = connection.run;
      this._unwatch = connection.run.watch(() => this._onFrame());
    }
    this._showRun(connection.state);
    if (this._view === undefined) {
      const { state, obstacle } = connection;
      this._say(connectionWords(state, obstacle, this._options.trans));
    } else {
      this._say('');
    }
  };

  private _onFrame(): void {
    // The lanes take their frames themselves.
    const running = this._run?.latest?.run.state === 'running';
    if (running !== (this._view !== undefined)) {
      this._onConnection();
    }
  }

  private _showRun(state: LiveSocketState): void {
    const info = this._run?.latest?.run;
    if (this._run === undefined || info === undefined) {
      this._hideView();
      return;
    }
    // The relay waits for another bridge: the run's own has gone, with the kernel that it ran in.
    const gone = state === 'waiting' || state === 'ended';
    if (info.state === 'running' && !gone) {
      this._showView(this._run, info);
      this._view?.setConnection(viewState(state));
      this._ended = undefined;
      this._showResult();
    } else if (this._ended?.id !== info.id) {
      this._hideView();
      this._ended = info;
      this._showResult();
      void this._lookUp(gone);
    }
  }

  /** The result is in the store when the end is told; not so after a kernel's death. */
  private async _lookUp(late: boolean): Promise<void> {
    const { history } = this._options;
    clearTimeout(this._late);
    await history.refresh();
    if (late) {
      this._late = window.setTimeout(() => void history.refresh(), LATE_MS);
    }
  }

  private _showView(run: LiveRun, info: RunInfo): void {
    if (this._shownRun === run) {
      return;
    }
    this._hideView();
    this._shownRun = run;
    this._view = new RunView({ trans: this._options.trans });
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
    this._shownRun = undefined;
  }

  /** What the run that has ended says. */
  private readonly _showResult = (): void => {
    const { history, trans } = this._options;
    const ended = this._ended;
    this._result.hidden = ended === undefined;
    if (ended === undefined) {
      return;
    }
    const run = history.find(ended.id);
    const title = run === undefined ? ended.name : runTitle(run, trans);
    const sentence =
      run === undefined
        ? (ended.message ?? trans.__('its result is not stored (yet)'))
        : verdictWords(run, trans);
    this._verdict.textContent =
      title === ''
        ? trans.__('Last run: %1', sentence)
        : trans.__('Last run, %1: %2', title, sentence);
    this._open.hidden = run === undefined;
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
  private _active = false;
  private _share: ILiveShare | undefined;
  private _run: LiveRun | undefined;
  private _unwatch: () => void = () => undefined;
  private _view: RunView | undefined;
  private _shownRun: LiveRun | undefined;
  private _ended: RunInfo | undefined;
  private _late = 0;
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
