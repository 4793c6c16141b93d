/** The panel "GIL tracer": what to do, the run that goes on in the current kernel, and the runs before it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import { HistoryCommands } from '../history/commands';
import { HistoryView } from '../history/history-view';
import type { RunHistory } from '../history/run-history';
import type { ILiveConnections } from '../live/live-connections';
import type { LiveSettings } from '../live/live-settings';
import { CommandButtons } from './command-buttons';
import type { CurrentKernel } from './current-kernel';
import { gilIcon } from '../icons';
import { KernelRun } from './kernel-run';
import { LiveSection } from './live-section';

/** Commands of other parts, for which there are buttons where they are. */
const ACTIONS = [
  'giltracer:trace-cell',
  'giltracer:open-doctor',
  'giltracer:open-settings'
];
const FIRST_STEPS = ['giltracer:insert-example'];

export namespace SidebarPanel {
  export interface IOptions {
    readonly commands: CommandRegistry;
    readonly kernel: CurrentKernel;
    readonly connections: ILiveConnections;
    readonly history: RunHistory;
    readonly settings: Pick<LiveSettings, 'span' | 'opensPanel'>;
    readonly trans: TranslationBundle;
    /** Emitted when the page has other colours. */
    readonly themeChanged?: ISignal<unknown, unknown>;
  }
}

export class SidebarPanel extends Panel {
  constructor(private readonly _options: SidebarPanel.IOptions) {
    super();
    const { commands, kernel, connections, history, trans } = _options;
    this.id = 'giltracer-sidebar';
    this.addClass('giltracer-Sidebar');
    this.title.icon = gilIcon;
    this.title.caption = trans.__('GIL tracer');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('GIL tracer'));
    this._actions = new CommandButtons(
      commands,
      ACTIONS,
      trans.__('GIL tracer')
    );
    this._firstSteps = new CommandButtons(
      commands,
      FIRST_STEPS,
      trans.__('First steps')
    );
    const open = (run: string): void =>
      void commands.execute(HistoryCommands.open, { run });
    this._run = new KernelRun(kernel, connections);
    this._live = new LiveSection({
      run: this._run,
      history,
      trans,
      span: () => _options.settings.span,
      open
    });
    this.history = new HistoryView({
      history,
      trans,
      firstSteps: this._firstSteps.node,
      open: ([run]) => run !== undefined && open(run.id),
      rename: run =>
        void commands.execute(HistoryCommands.rename, { run: run.id }),
      delete: runs =>
        void commands.execute(HistoryCommands.delete, {
          runs: runs.map(run => run.id)
        })
    });
    const top = new Widget();
    top.addClass('giltracer-Sidebar-top');
    top.node.append(this._actions.node, this._live.node);
    this.addWidget(top);
    this.addWidget(this.history);
    kernel.changed.connect(this._onKernel, this);
    _options.themeChanged?.connect(this._onThemeChanged, this);
  }

  readonly history: HistoryView;

  dispose(): void {
    if (!this.isDisposed) {
      this._options.kernel.changed.disconnect(this._onKernel, this);
      this._options.themeChanged?.disconnect(this._onThemeChanged, this);
      this._live.dispose();
      this._run.dispose();
      this._actions.dispose();
      this._firstSteps.dispose();
      super.dispose();
    }
  }

  /** A traced cell starts. @param show brings the panel to front and activates it */
  cellStarts(show: () => void): void {
    if (this._options.settings.opensPanel && !this.isVisible) {
      this._isUnasked = true;
      show();
    }
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._showActive();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._showActive();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._showActive();
  }

  protected onBeforeDetach(message: Message): void {
    this._run.active = false;
    super.onBeforeDetach(message);
  }

  /** The focus goes to the runs; it stays where it is if nobody has asked for the panel. */
  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this._isUnasked) {
      this.history.focus();
    }
    this._isUnasked = false;
  }

  /** Not seen, the panel has no connection. */
  private _showActive(): void {
    this._run.active = this.isVisible;
    if (this.isVisible) {
      this._live.refreshTheme();
      this._onKernel();
    }
  }

  private readonly _onKernel = (): void => {
    this._actions.refresh();
    this._firstSteps.refresh();
  };

  private readonly _onThemeChanged = (): void => {
    this._live.refreshTheme();
  };

  private _isUnasked = false;
  private readonly _actions: CommandButtons;
  private readonly _firstSteps: CommandButtons;
  private readonly _run: KernelRun;
  private readonly _live: LiveSection;
}
