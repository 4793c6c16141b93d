/** The kernels of the notebooks that are open in this page. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { kernelLife } from '../kernel/kernel-life';
import type {
  IKernels,
  IKernelWatch,
  WatchedKernelState
} from './kernel-watch';

export class NotebookKernels implements IKernels {
  constructor(
    private readonly _notebooks: INotebookTracker | null,
    private readonly _kernels: Kernel.IManager
  ) {}

  watch(node: Node, kernelId: string): IKernelWatch {
    const around = this._notebooks?.find(panel => panel.node.contains(node));
    if (around !== undefined) {
      return new SessionWatch(around.sessionContext, kernelId);
    }
    // A view of an output beside its notebook: what has the kernel is known by its id.
    const other = this._notebooks?.find(
      ({ sessionContext }) => sessionContext.session?.kernel?.id === kernelId
    );
    return other === undefined
      ? new RunningWatch(this._kernels, kernelId)
      : new SessionWatch(other.sessionContext, kernelId);
  }
}

/** Follows what is said of a kernel, and tells when that is something else. */
abstract class KernelWatch implements IKernelWatch {
  readonly changed = new Signal<this, void>(this);

  get state(): WatchedKernelState {
    return this._state;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.disconnect();
      Signal.clearData(this);
    }
  }

  /** What is said now. */
  protected abstract now(before: WatchedKernelState): WatchedKernelState;

  /** End to follow. */
  protected abstract disconnect(): void;

  protected readonly look = (): void => {
    const state = this.now(this._state);
    if (!this._isDisposed && state !== this._state) {
      this._state = state;
      this.changed.emit();
    }
  };

  private _state: WatchedKernelState = 'starting';
  private _isDisposed = false;
}

/** A kernel as the session of a notebook sees it. */
class SessionWatch extends KernelWatch {
  constructor(
    private readonly _session: ISessionContext,
    private readonly _kernelId: string
  ) {
    super();
    _session.kernelChanged.connect(this.look, this);
    _session.statusChanged.connect(this.look, this);
    _session.connectionStatusChanged.connect(this.look, this);
    this.look();
    void _session.ready.then(() => this.look());
  }

  protected disconnect(): void {
    this._session.kernelChanged.disconnect(this.look, this);
    this._session.statusChanged.disconnect(this.look, this);
    this._session.connectionStatusChanged.disconnect(this.look, this);
  }

  protected now(before: WatchedKernelState): WatchedKernelState {
    if (before === 'restarted' || before === 'died') {
      return before;
    }
    const kernel = this._session.session?.kernel;
    if (kernel?.id === this._kernelId) {
      switch (kernelLife(kernel.status)) {
        case 'restarting':
          return 'restarted';
        case 'dead':
          return 'died';
        default:
          return 'running';
      }
    }
    if (before === 'running') {
      // Another one was chosen, or it was shut down.
      return 'died';
    }
    return kernel == null && !this._session.isReady ? 'starting' : 'foreign';
  }
}

/** A kernel as the server's list has it. */
class RunningWatch extends KernelWatch {
  constructor(
    private readonly _kernels: Kernel.IManager,
    private readonly _kernelId: string
  ) {
    super();
    _kernels.runningChanged.connect(this.look, this);
    this.look();
    void _kernels.ready.then(() => this.look());
  }

  protected disconnect(): void {
    this._kernels.runningChanged.disconnect(this.look, this);
  }

  protected now(before: WatchedKernelState): WatchedKernelState {
    for (const { id } of this._kernels.running()) {
      if (id === this._kernelId) {
        return 'running';
      }
    }
    if (before === 'running' || before === 'died') {
      return 'died';
    }
    return this._kernels.isReady ? 'foreign' : 'starting';
  }
}
