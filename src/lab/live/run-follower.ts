/**
 * Follows one run that goes on for one view of it: where its frames come from, and whether there is any sign that it has ended
 * without its result having come.
 */
import type { RunInfo } from '../../core/trace/document';
import type { LiveRun } from '../../viewer/live/live-run';
import type { LiveConnectionState } from '../../viewer/live/live-words';
import type { IKernels, IKernelWatch } from './kernel-watch';
import type { ILiveConnections, ILiveShare } from './live-connections';

/** After so long without a word of it a run that was told of counts as ended, in milliseconds. */
export const SILENCE_MS = 3000;

/** Why a run is believed to have ended. */
export type RunEnd = 'told' | 'silent' | 'restarted' | 'died';

export namespace RunFollower {
  export interface IServices {
    readonly kernels: IKernels;
    readonly connections: ILiveConnections;
  }

  export interface IOptions extends IServices {
    readonly run: RunInfo;
    /** In the page. */
    readonly node: Node;
    readonly view: {
      watch(run: LiveRun): void;
      setConnection(state: LiveConnectionState): void;
    };
    /** Called once for each reason; again for a silence after one that was broken. */
    readonly onEnd: (why: RunEnd) => void;
  }
}

export class RunFollower {
  constructor(private readonly _options: RunFollower.IOptions) {
    const { kernel_id: kernelId } = _options.run;
    if (kernelId !== undefined) {
      this._kernel = _options.kernels.watch(_options.node, kernelId);
      this._kernel.changed.connect(this._onKernel, this);
      this._onKernel();
    }
    this._timer = window.setInterval(() => this._look(), SILENCE_MS / 3);
  }

  /** Frames of the run come. */
  get isLive(): boolean {
    return (
      this._run?.latest?.run.state === 'running' &&
      this._share?.connection.state === 'connected' &&
      performance.now() - this._share.connection.heardAt < SILENCE_MS
    );
  }

  dispose(): void {
    clearInterval(this._timer);
    this._disconnect();
    this._kernel?.changed.disconnect(this._onKernel, this);
    this._kernel?.dispose();
  }

  private readonly _onKernel = (): void => {
    const state = this._kernel?.state;
    if (state === 'running') {
      this._connect();
    } else if (state === 'restarted' || state === 'died') {
      this._disconnect();
      this._options.view.setConnection('off');
      this._end(state);
    }
  };

  private _connect(): void {
    const { connections, run, view } = this._options;
    if (this._share === undefined && run.kernel_id !== undefined) {
      this._share = connections.acquire(run.kernel_id);
      this._share?.connection.changed.connect(this._onConnection, this);
      if (this._share === undefined) {
        view.setConnection('kernel');
      } else {
        this._onConnection();
      }
    }
  }

  private _disconnect(): void {
    this._share?.connection.changed.disconnect(this._onConnection, this);
    this._share?.dispose();
    this._share = undefined;
    this._unwatch();
  }

  private readonly _onConnection = (): void => {
    const { connection } = this._share ?? {};
    if (connection === undefined) {
      return;
    }
    const { view, run } = this._options;
    const { state } = connection;
    if (connection.run?.id === run.id && connection.run !== this._run) {
      this._run = connection.run;
      this._unwatch();
      this._unwatch = connection.run.watch(() => this._onFrame());
      view.watch(connection.run);
      this._onFrame();
    }
    switch (state) {
      case 'connected':
        view.setConnection(this._run === undefined ? 'connecting' : 'live');
        break;
      case 'waiting':
        view.setConnection('connecting');
        break;
      case 'unavailable':
        view.setConnection('kernel');
        break;
      case 'ended':
        view.setConnection('off');
        this._end('died');
        break;
      default:
        view.setConnection(state);
    }
  };

  private _onFrame(): void {
    if (this._run?.latest?.run.state === 'running') {
      this._told.delete('silent');
    } else {
      this._end('told');
    }
  }

  /** The bridge that told of the run says nothing more, or tells of another one. */
  private _look(): void {
    const { connection } = this._share ?? {};
    if (
      connection === undefined ||
      !(connection.state === 'connected' || connection.state === 'waiting')
    ) {
      return;
    }
    const other =
      connection.run !== undefined &&
      connection.run.id !== this._options.run.id;
    const silent = performance.now() - connection.heardAt >= SILENCE_MS;
    if (other || silent) {
      this._end('silent');
    }
  }

  private _end(why: RunEnd): void {
    if (!this._told.has(why)) {
      this._told.add(why);
      this._options.onEnd(why);
    }
  }

  private readonly _kernel: IKernelWatch | undefined;
  private readonly _told = new Set<RunEnd>();
  private readonly _timer: number;
  private _share: ILiveShare | undefined;
  private _run: LiveRun | undefined;
  private _unwatch: () => void = () => undefined;
}
