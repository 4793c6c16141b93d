/** Asks the server extension for the runs of its store, renames and deletes them. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { RunsPage, StoredRun } from './stored-run';
import { readRunsPage, readStoredRun } from './stored-run';

/** Runs that are asked for at a time: the most that the server tells of. */
const PAGE = 200;

/** The server has no run store to show: its giltracer is of an earlier version, or there is none. */
export class NoHistoryError extends Error {}

/** All methods reject with an error whose message is one line. */
export interface IHistoryClient {
  /** The newest runs, or those that follow after `before`. */
  page(before?: string): Promise<RunsPage>;
  /** Whether the store is another by now than when a page had this stamp. */
  isNews(stamp: string): Promise<boolean>;
  /** @returns the run with its new name; with '' it has its own again */
  rename(id: string, name: string): Promise<StoredRun>;
  /** Delete for good; a run that is not there (any more) is no error. */
  delete(id: string): Promise<void>;
}

export class HistoryClient implements IHistoryClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async page(before?: string): Promise<RunsPage> {
    const query = URLExt.objectToQueryString({
      limit: PAGE,
      ...(before !== undefined && { before })
    });
    const response = await this._request('', {}, query);
    if (response.status === 404) {
      throw new NoHistoryError();
    }
    const page = readRunsPage(await okay(response).then(each => each.json()));
    const stamp = response.headers.get('ETag');
    return { ...page, ...(stamp !== null && { stamp }) };
  }

  async isNews(stamp: string): Promise<boolean> {
    const query = URLExt.objectToQueryString({
      limit: PAGE,
      // A page that lies open is no reason for a hub to keep the server (jupyter_server/base/handlers.py).
      no_track_activity: 1
    });
    const headers = { 'If-None-Match': stamp };
    const response = await this._request('', { headers }, query);
    if (response.status === 304) {
      return false;
    }
    await okay(response);
    return true;
  }

  async rename(id: string, name: string): Promise<StoredRun> {
    const body = JSON.stringify({ name });
    const response = await this._request(id, { method: 'PATCH', body });
    const [run] = readStoredRun(await (await okay(response)).json());
    if (run === undefined) {
      throw new TypeError('the server answered something else than a run');
    }
    return run;
  }

  async delete(id: string): Promise<void> {
    const response = await this._request(id, { method: 'DELETE' });
    if (response.status !== 404) {
      await okay(response);
    }
  }

  private _request(
    id: string,
    init: RequestInit,
    query = ''
  ): Promise<Response> {
    const url = URLExt.join(
      this._settings.baseUrl,
      'giltracer',
      'runs',
      encodeURIComponent(id)
    );
    return ServerConnection.makeRequest(url + query, init, this._settings);
  }
}

/** @throws ResponseError with the reason that the server gives */
async function okay(response: Response): Promise<Response> {
  if (!response.ok) {
    throw await ServerConnection.ResponseError.create(response);
  }
  return response;
}
