/** The traced run of the current kernel: the one that goes on, else the last one. Not seen, it has no connection. */
import { Signal } from '@lumino/signaling';
import type { RunInfo } from '../../core/trace/document';
import type { LiveRun } from '../../viewer/live/live-run';
import type { LiveObstacle, LiveSocketState } from '../live/live-connection';
import type { ILiveConnections, ILiveShare } from '../live/live-connections';
import type { CurrentKernel, KernelSituation } from './current-kernel';

/** A run that has ended. */
export interface EndedRun {
  readonly info: RunInfo;
  /** It was cut short with its kernel: its result comes later. */
  readonly cut: boolean;
}

export class KernelRun {
  constructor(
    private readonly _kernel: CurrentKernel,
    private readonly _connections: ILiveConnections
  ) {
    _kernel.changed.connect(this._onKernel, this);
  }

  /** Emitted when anything of it has changed; a run tells of its frames itself. */
  readonly changed = new Signal<this, void>(this);

  get situation(): KernelSituation {
    return this._kernel.situation;
  }

  /** The connection; undefined while there is none to have. */
  get socket():
    | { readonly state: LiveSocketState; readonly obstacle?: LiveObstacle }
    | undefined {
    return this._share?.connection;
  }

  get running(): LiveRun | undefined {
    return this._running;
  }

  get ended(): EndedRun | undefined {
    return this._ended;
  }

  /** Whether somebody looks. */
  get active(): boolean {
    return this._active;
  }
  set active(active: boolean) {
    if (active !== this._active) {
      this._active = active;
      this._onKernel();
    }
  }

  dispose(): void {
    this._kernel.changed.disconnect(this._onKernel, this);
    this._disconnect();
    Signal.clearData(this);
  }

  private readonly _onKernel = (): void => {
    const { situation } = this;
    const id = situation.kind === 'ready' ? situation.id : undefined;
    const gone = situation.kind === 'restarting' || situation.kind === 'dead';
    if (gone) {
      this._cut();
    } else if (situation.kind !== 'starting' && id !== this._id) {
      this._id = id;
      this._ended = undefined;
    }
    if (!this._active || id === undefined) {
      this._disconnect();
    } else if (this._share?.connection.kernelId !== id) {
      this._disconnect();
      this._share = this._connections.acquire(id);
      this._share?.connection.changed.connect(this._onConnection, this);
      this._look();
    }
    this.changed.emit();
  };

  private _disconnect(): void {
    this._share?.connection.changed.disconnect(this._onConnection, this);
    this._share?.dispose();
    this._share = undefined;
    this._unwatch();
    this._watched = undefined;
    this._running = undefined;
  }

  private readonly _onConnection = (): void => {
    this._look();
    this.changed.emit();
  };

  private _look(): void {
    const { run, state } = this._share?.connection ?? {};
    if (run !== undefined && run !== this._watched) {
      this._unwatch();
      this._watched = run;
      this._unwatch = run.watch(() => this._onFrame(run));
    }
    const info = run?.latest?.run;
    if (run === undefined || info === undefined) {
      this._running = undefined;
    } else if (info.state !== 'running') {
      this._running = undefined;
      this._ended = { info, cut: false };
    } else if (state === 'waiting' || state === 'ended') {
      // The relay has no bridge any more: the one of a run that was seen has gone, with the process that it traced.
      this._cut();
    } else if (this._ended?.info.id !== info.id) {
      this._running = run;
      this._ended = undefined;
    }
  }

  private _onFrame(run: LiveRun): void {
    if (this._ended?.cut === true && this._ended.info.id === run.id) {
      // It lives: only its connection was cut.
      this._ended = undefined;
    }
    if (run.latest?.run.state !== 'running' || this._running !== run) {
      this._onConnection();
    }
  }

  /** What runs does so no longer. */
  private _cut(): void {
    const info = this._running?.latest?.run;
    this._running = undefined;
    if (info !== undefined) {
      this._ended = { info, cut: true };
    }
  }

  private _active = false;
  private _id: string | undefined;
  private _share: ILiveShare | undefined;
  private _watched: LiveRun | undefined;
  private _unwatch: () => void = () => undefined;
  private _running: LiveRun | undefined;
  private _ended: EndedRun | undefined;
}
