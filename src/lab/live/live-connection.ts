/**
 * The live view's socket to the server extension: one per kernel and page, whatever number of views watch. Shaped as
 * the event manager of @jupyterlab/services (lib/event): the server's settings say where, with which token, and with
 * which WebSocket.
 */
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { readLiveFrame } from '../../core/trace/read-live-frame';
import type { LiveFrameView } from '../../core/trace/live-frame-view';
import { LiveRun } from '../../viewer/live/live-run';

export type LiveSocketState =
  | 'connecting'
  /** The server has no bridge of the kernel to ask: no cell was traced so far, or it is just starting. */
  | 'waiting'
  | 'connected'
  /** The page is hidden. */
  | 'paused'
  /** Broken, and made anew. */
  | 'lost'
  /** There is no such way: no server extension, or the kernel runs elsewhere. */
  | 'unavailable'
  /** The kernel is gone. */
  | 'ended';

/** Close codes of the server extension (python_shim/giltracer/server_live.py). */
const NOT_PRIVATE = 4403;
const GONE = 4404;
const REMOTE = 4501;

/** Why there is no live view. */
export type LiveObstacle =
  /** The server has no such route, or the reader may not use it. */
  | 'no-route'
  /** The kernel runs on another machine than the server. */
  | 'remote'
  /** Others may use the kernel's socket. */
  | 'not-private';

/** Between two connections, and the longest pause after failures, in milliseconds. */
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** A connection that held this long is made anew at once, others after growing pauses. In milliseconds. */
const HELD_MS = 5000;

export namespace LiveConnection {
  export interface IOptions {
    readonly kernelId: string;
    readonly settings: ServerConnection.ISettings;
    /** Whether the server has the route at all; asked if a handshake fails. */
    readonly isAvailable: () => Promise<boolean>;
  }
}

export class LiveConnection {
  constructor(options: LiveConnection.IOptions) {
    this._options = options;
    document.addEventListener('visibilitychange', this._onVisibility);
    this._poll = new Poll({
      auto: false,
      factory: () => this._connect(),
      frequency: { interval: RETRY_MS, backoff: true, max: LONGEST_RETRY_MS },
      name: `giltracer:live#${options.kernelId}`,
      standby: 'never'
    });
    this._onVisibility();
  }

  get kernelId(): string {
    return this._options.kernelId;
  }

  get state(): LiveSocketState {
    return this._state;
  }

  /** Why the state is `unavailable`. */
  get obstacle(): LiveObstacle | undefined {
    return this._obstacle;
  }

  /** The run that the kernel's bridge told of last. */
  get run(): LiveRun | undefined {
    return this._run;
  }

  /** When the last message or change of the state came, by performance.now(). */
  get heardAt(): number {
    return this._heardAt;
  }

  /** Emitted when the state or the run has changed; the run tells of its frames itself. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._poll.dispose();
    this._closeSocket();
    Signal.clearData(this);
  }

  /** Done when the connection has ended; failed if it did not hold, so that the next one waits longer. */
  private _connect(): Promise<void> {
    this._closeSocket();
    const { appendToken, token, WebSocket, wsUrl } = this._options.settings;
    let url = URLExt.join(
      wsUrl,
      'giltracer',
      'live',
      encodeURIComponent(this.kernelId)
    );
    if (appendToken && token !== '') {
      url += `?token=${encodeURIComponent(token)}`;
    }
    const socket = (this._socket = new WebSocket(url));
    return new Promise((resolve, reject) => {
      let openedAt: number | undefined;
      this._giveUp = resolve;
      socket.onopen = () => (openedAt = performance.now());
      socket.onmessage = event => this._onMessage(event.data);
      // A close follows.
      socket.onerror = () => undefined;
      socket.onclose = event => {
        this._socket = undefined;
        void this._onClose(event.code, openedAt !== undefined);
        if (openedAt !== undefined && performance.now() - openedAt >= HELD_MS) {
          resolve();
        } else {
          reject(new Error('The live connection closed'));
        }
      };
    });
  }

  private async _onClose(code: number, wasOpen: boolean): Promise<void> {
    if (code === GONE) {
      this._finish('ended');
    } else if (code === REMOTE) {
      this._finish('unavailable', 'remote');
    } else if (code === NOT_PRIVATE) {
      this._finish('unavailable', 'not-private');
    } else {
      this._enter('lost');
      // A browser does not tell why a handshake failed.
      if (!wasOpen && !(await this._options.isAvailable())) {
        this._finish('unavailable', 'no-route');
      }
    }
  }

  /** No connection will be made any more. */
  private _finish(
    state: 'ended' | 'unavailable',
    obstacle?: LiveObstacle
  ): void {
    if (!this._isDisposed) {
      this._finished = true;
      this._obstacle = obstacle;
      void this._poll.stop();
      this._enter(state);
    }
  }

  private _onMessage(data: unknown): void {
    this._heardAt = performance.now();
    const message = readMessage(data);
    if (message === 'waiting' || message === 'connected') {
      this._enter(message);
    } else if (message !== undefined) {
      this._takeFrame(message);
    }
  }

  private _takeFrame(frame: LiveFrameView): void {
    if (this._run?.id !== frame.run.id) {
      this._run = new LiveRun(frame.run.id);
      this._run.take(frame);
      this._changed.emit();
    } else {
      this._run.take(frame);
    }
    this._enter('connected');
  }

  private _enter(state: LiveSocketState): void {
    if (!this._isDisposed && state !== this._state) {
      this._state = state;
      this._heardAt = performance.now();
      this._changed.emit();
    }
  }

  /** A hidden page is told nothing, and takes what it missed when it is shown again. */
  private readonly _onVisibility = (): void => {
    if (this._finished) {
      return;
    }
    if (document.hidden) {
      void this._poll.stop();
      this._closeSocket();
      this._enter('paused');
    } else {
      this._enter('connecting');
      void this._poll.start();
    }
  };

  private _closeSocket(): void {
    const socket = this._socket;
    this._socket = undefined;
    if (socket !== undefined) {
      socket.onopen = () => undefined;
      socket.onmessage = () => undefined;
      socket.onerror = () => undefined;
      socket.onclose = () => undefined;
      socket.close();
    }
    this._giveUp();
  }

  private readonly _options: LiveConnection.IOptions;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _socket: WebSocket | undefined;
  /** Ends the poll's wait for the socket. */
  private _giveUp: () => void = () => undefined;
  private _state: LiveSocketState = 'connecting';
  private _run: LiveRun | undefined;
  private _obstacle: LiveObstacle | undefined;
  private _heardAt = performance.now();
  private _finished = false;
  private _isDisposed = false;
}

/** A frame, or a state that the relay tells of itself; whatever else comes is left out. */
function readMessage(
  data: unknown
): LiveFrameView | 'waiting' | 'connected' | undefined {
  if (typeof data !== 'string') {
    return undefined;
  }
  try {
    const json: unknown = JSON.parse(data);
    return statusOf(json) ?? readLiveFrame(json);
  } catch {
    // Not JSON, no frame, or so deep that the parser gave up: a socket may say anything.
    return undefined;
  }
}

function statusOf(json: unknown): 'waiting' | 'connected' | undefined {
  if (
    typeof json !== 'object' ||
    json === null ||
    !('format' in json) ||
    json.format !== 'giltracer-live-status' ||
    !('state' in json)
  ) {
    return undefined;
  }
  return json.state === 'waiting' || json.state === 'connected'
    ? json.state
    : undefined;
}
