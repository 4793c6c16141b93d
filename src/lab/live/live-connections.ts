/** The live connections of a page: at most one for each kernel, closed with the last view that watches. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import { LiveConnection } from './live-connection';

/** A share in a connection. */
export interface ILiveShare {
  readonly connection: LiveConnection;
  /** Give it back. */
  dispose(): void;
}

/** Where views get their connections. */
export interface ILiveConnections {
  /** @returns undefined if this server is known to have no live view */
  acquire(kernelId: string): ILiveShare | undefined;
}

/** All parts of a page share one. */
export const ILiveConnections = new Token<ILiveConnections>(
  'giltracer:ILiveConnections',
  'The live views of kernels that giltracer traces.'
);

export class LiveConnections implements ILiveConnections {
  /** @param isKernel whether the server has a kernel of this id */
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _isKernel: (kernelId: string) => boolean
  ) {}

  acquire(kernelId: string): ILiveShare | undefined {
    if (this._absent) {
      return undefined;
    }
    const entry = this._entries.get(kernelId) ?? this._open(kernelId);
    entry.shares++;
    let given = true;
    return {
      connection: entry.connection,
      dispose: () => {
        if (given) {
          given = false;
          this._release(kernelId, entry);
        }
      }
    };
  }

  private _open(kernelId: string): Entry {
    const connection = new LiveConnection({
      kernelId,
      settings: this._settings,
      isAvailable: () => this._isAvailable(kernelId)
    });
    const entry = { connection, shares: 0 };
    this._entries.set(kernelId, entry);
    return entry;
  }

  private _release(kernelId: string, entry: Entry): void {
    if (--entry.shares === 0) {
      this._entries.delete(kernelId);
      entry.connection.dispose();
    }
  }

  /** Ask once by HTTP, which tells what the handshake does not. A server without the route is not asked again. */
  private async _isAvailable(kernelId: string): Promise<boolean> {
    const settings = this._settings;
    const id = encodeURIComponent(kernelId);
    const url = URLExt.join(settings.baseUrl, 'giltracer', 'live', id);
    try {
      const { status } = await ServerConnection.makeRequest(url, {}, settings);
      if (status === 404 && this._isKernel(kernelId)) {
        this._absent = true;
      }
      return status !== 404 && status !== 403;
    } catch {
      // The server can't be reached at all now.
      return true;
    }
  }

  private readonly _entries = new Map<string, Entry>();
  private _absent = false;
}

interface Entry {
  readonly connection: LiveConnection;
  shares: number;
}
