/** Asks the server extension for the result of a run. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** What the server answered. */
export type StoreAnswer =
  | { readonly kind: 'found'; readonly json: unknown }
  /** The run has not ended, or its result is no longer stored, or the server knows no run store. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly message: string };

/** Where results come from. */
export interface IRunStore {
  /** The bundle of a run. Never throws. */
  load(runId: string): Promise<StoreAnswer>;
}

export class RunStore implements IRunStore {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async load(runId: string): Promise<StoreAnswer> {
    const url = URLExt.join(
      this._settings.baseUrl,
      'giltracer',
      'runs',
      encodeURIComponent(runId)
    );
    try {
      const response = await ServerConnection.makeRequest(
        url,
        {},
        this._settings
      );
      if (response.status === 404) {
        return { kind: 'absent' };
      }
      if (!response.ok) {
        return {
          kind: 'failed',
          message: `${response.status} ${response.statusText}`.trim()
        };
      }
      return { kind: 'found', json: await response.json() };
    } catch (error) {
      // The server can't be reached, or the answer is no JSON.
      return {
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error)
      };
    }
  }
}
