/** Where the whole traces of results come from: the server's run store, then the file that was saved beside the notebook. */
import { URLExt } from '@jupyterlab/coreutils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Sidecar } from '../../core/trace/bundle';
import type { BundleView } from '../../core/trace/bundle-view';
import type {
  ITraceSource,
  TraceAnswer,
  TraceRequest
} from '../../viewer/trace-source';
import { fetchBytes } from './fetch-bytes';
import { isSaved, sidecarUrl } from './sidecar';
import type { TraceLoader } from './trace-loader';

/** A run's result comes before its trace is written: so long after its end it may still come, in milliseconds. */
const WRITTEN_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 500;

export interface ITraceSources {
  /** The trace of a result in a trusted notebook. */
  sourceOf(
    view: BundleView,
    resolver: IRenderMime.IResolver | undefined
  ): ITraceSource | undefined;
}

export namespace TraceSources {
  export interface IOptions {
    readonly settings: ServerConnection.ISettings;
    readonly loader: TraceLoader;
    readonly trans: TranslationBundle;
  }
}

export class TraceSources implements ITraceSources {
  constructor(private readonly _options: TraceSources.IOptions) {}

  sourceOf(
    view: BundleView,
    resolver: IRenderMime.IResolver | undefined
  ): ITraceSource | undefined {
    return view.kind === 'result'
      ? new RunTraceSource(view, resolver, this._options)
      : undefined;
  }
}

/** What a place answered: a trace, that there is none, or why it can't be used. */
type PlaceAnswer = TraceAnswer | { readonly kind: 'nothing' };

class RunTraceSource implements ITraceSource {
  constructor(
    private readonly _view: BundleView,
    private readonly _resolver: IRenderMime.IResolver | undefined,
    private readonly _options: TraceSources.IOptions
  ) {}

  get bytes(): number | undefined {
    return this._view.sidecar?.size;
  }

  async load(request: TraceRequest): Promise<TraceAnswer> {
    const { trans } = this._options;
    const stored = await this._fromStore(request);
    if (stored.kind !== 'nothing') {
      return stored;
    }
    const { sidecar } = this._view;
    const saved =
      sidecar === undefined
        ? stored
        : await this._fromSidecar(sidecar, request);
    if (saved.kind !== 'nothing') {
      return saved;
    }
    const reason =
      sidecar === undefined
        ? trans.__(
            'The full trace of this run is not stored here: what is shown is all that the notebook holds. “--save FILE” keeps it beside the notebook.'
          )
        : trans.__(
            'The full trace of this run is not stored here, and “%1” is not beside the notebook.',
            sidecar.path
          );
    return { kind: 'absent', reason };
  }

  private async _fromStore(request: TraceRequest): Promise<PlaceAnswer> {
    const url = URLExt.join(
      this._options.settings.baseUrl,
      'giltracer',
      'runs',
      encodeURIComponent(this._view.run.id),
      'trace'
    );
    for (const until = Date.now() + this._mayStillCome; ;) {
      const answer = await this._load(url, request);
      if (answer.kind !== 'nothing' || Date.now() >= until) {
        return answer;
      }
      request.progress({ phase: 'waiting' });
      await new Promise(resolve => setTimeout(resolve, LOOK_AGAIN_MS));
      if (request.signal.aborted) {
        return { kind: 'cancelled' };
      }
    }
  }

  /** How long the trace may still come, in milliseconds. What is saved beside the notebook was written before the result. */
  private get _mayStillCome(): number {
    const { run, document, sidecar } = this._view;
    const began = Date.parse(run.started_at);
    const took = (document?.capture.duration_ns ?? 0) / 1e6;
    const left = began + took + WRITTEN_WITHIN_MS - Date.now();
    // The server's clock may be another one.
    const isNew = left > 0 && left <= 2 * WRITTEN_WITHIN_MS;
    return isNew && sidecar === undefined
      ? Math.min(left, WRITTEN_WITHIN_MS)
      : 0;
  }

  private async _fromSidecar(
    sidecar: Sidecar,
    request: TraceRequest
  ): Promise<PlaceAnswer> {
    const { trans } = this._options;
    const path = sidecarUrl(sidecar);
    const resolver = this._resolver;
    if (resolver === undefined) {
      return { kind: 'nothing' };
    }
    if (path === undefined) {
      return {
        kind: 'absent',
        reason: trans.__(
          'The saved trace is not used: its path leads out of the notebook’s folder.'
        )
      };
    }
    if (sidecar.size > request.mostBytes) {
      return { kind: 'large', bytes: sidecar.size };
    }
    const url = await resolver.getDownloadUrl(await resolver.resolveUrl(path));
    return this._load(url, request, sidecar);
  }

  private async _load(
    url: string,
    { mostBytes, progress, signal }: TraceRequest,
    sidecar?: Sidecar
  ): Promise<PlaceAnswer> {
    const { settings, loader, trans } = this._options;
    const fetched = await fetchBytes(url, {
      settings,
      mostBytes,
      progress: (bytes, all) =>
        progress({
          phase: 'fetching',
          bytes,
          ...(all !== undefined && all > 0 && { part: bytes / all })
        }),
      signal
    });
    switch (fetched.kind) {
      case 'absent':
        return { kind: 'nothing' };
      case 'failed':
        return {
          kind: 'absent',
          reason: trans.__(
            'The full trace can’t be fetched: %1',
            fetched.message
          )
        };
      case 'fetched':
        break;
      default:
        return fetched;
    }
    if (sidecar !== undefined) {
      progress({ phase: 'checking' });
      const same = await isSaved(fetched.bytes, sidecar, signal);
      if (signal.aborted) {
        return { kind: 'cancelled' };
      }
      if (!same) {
        return {
          kind: 'absent',
          reason: trans.__(
            'The saved trace “%1” is not the one of this result: it was changed since.',
            sidecar.path
          )
        };
      }
    }
    const answer = await loader.load(
      fetched.bytes,
      part => progress({ phase: 'reading', part }),
      signal
    );
    return answer.kind === 'failed'
      ? {
          kind: 'absent',
          reason: trans.__('The full trace can’t be shown: %1', answer.message)
        }
      : answer;
  }
}
