/** The line of a view that loads the run's whole trace: by itself where that is cheap, else when it is asked to. */
import type { LoadedTrace } from '../core/trace/load-trace';
import { button, element } from './dom';
import { formatBytes } from './format';
import type { ITraceSource, TraceAnswer, TraceProgress } from './trace-source';
import type { ITranslation } from './translation';

/** A larger file is loaded only if the reader asks for it. */
export const AUTOMATIC_BYTES = 64 * 1024 ** 2;

/** No larger file is loaded: it is held twice while it is read. */
export const MOST_FILE_BYTES = 1024 ** 3;

/** What came of a wish for the trace. */
export type TraceOutcome =
  | { readonly kind: 'loaded' }
  /** Its size was not known, and is more than is loaded without a word: the next wish loads it. */
  | { readonly kind: 'large'; readonly bytes: number }
  /** One sentence says why. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'cancelled' };

/** Whoever can load the trace when the reader asks what only the trace knows. */
export interface ITraceDemand {
  /** Size of the file, as far as it is known. */
  readonly bytes: number | undefined;
  /**
   * Load the trace. Never rejects.
   *
   * @param progress called with how far that is, in words
   */
  demand(progress: (words: string) => void): Promise<TraceOutcome>;
  /** Give up what is being loaded. */
  cancel(): void;
}

export namespace FullTrace {
  export interface IOptions {
    readonly source: ITraceSource;
    readonly trans: ITranslation;
    /** Called with the trace; a sentence if it is not this run's. */
    readonly onLoaded: (trace: LoadedTrace) => string | undefined;
  }
}

export class FullTrace implements ITraceDemand {
  constructor(private readonly _options: FullTrace.IOptions) {
    this.node.setAttribute('role', 'status');
    this._bytes = _options.source.bytes;
    this._offer();
  }

  readonly node = element('p', 'giltracer-FullTrace');

  /** The reader looks closer than what is shown is exact: load the trace, unless that is much or has failed before. */
  need(): void {
    if (this._state === 'offered' && (this._bytes ?? 0) <= AUTOMATIC_BYTES) {
      void this._load(AUTOMATIC_BYTES);
    }
  }

  get bytes(): number | undefined {
    return this._bytes;
  }

  demand(progress: (words: string) => void): Promise<TraceOutcome> {
    if (this._isLoaded) {
      return Promise.resolve({ kind: 'loaded' });
    }
    return new Promise(resolve => {
      this._waiting.push({ progress, resolve });
      if (this._state === 'loading') {
        progress(this._progress.textContent ?? '');
      } else {
        // Who knows how much it is wants just that.
        const known = this._bytes !== undefined;
        void this._load(known ? MOST_FILE_BYTES : AUTOMATIC_BYTES);
      }
    });
  }

  cancel(): void {
    this._abort?.abort();
  }

  /** Give up what is being loaded, for good. */
  dispose(): void {
    this._state = 'over';
    this._abort?.abort();
    this._answer({ kind: 'cancelled' });
  }

  private async _load(mostBytes: number): Promise<void> {
    const abort = new AbortController();
    this._abort = abort;
    this._state = 'loading';
    this._showProgress({ phase: 'fetching' }, abort);
    const answer = await this._options.source.load({
      mostBytes,
      progress: progress => this._showProgress(progress, abort),
      signal: abort.signal
    });
    if (this._abort === abort && !this._isOver) {
      this._answer(this._take(answer));
    }
  }

  private _take(answer: TraceAnswer): TraceOutcome {
    const { trans, onLoaded } = this._options;
    switch (answer.kind) {
      case 'loaded': {
        const problem = onLoaded(answer.trace);
        if (problem !== undefined) {
          return this._refuse(problem);
        }
        this._isLoaded = true;
        this._end(trans.__('Full trace: exact at any zoom.'));
        return { kind: 'loaded' };
      }
      case 'large':
        if (answer.bytes > MOST_FILE_BYTES) {
          return this._refuse(
            trans.__(
              'The full trace (%1) is too large for a page: at most %2 are loaded.',
              formatBytes(answer.bytes),
              formatBytes(MOST_FILE_BYTES)
            )
          );
        }
        this._bytes = answer.bytes;
        this._offer();
        this._state = 'asking';
        return answer;
      case 'cancelled':
        this._offer();
        this._state = 'asking';
        return answer;
      case 'absent':
        return this._refuse(answer.reason, true);
    }
  }

  private _answer(outcome: TraceOutcome): void {
    this._waiting.splice(0).forEach(({ resolve }) => {
      resolve(outcome);
    });
  }

  private _offer(): void {
    const { trans } = this._options;
    const label =
      this._bytes === undefined
        ? trans.__('Load the full trace')
        : trans.__('Load the full trace (%1)', formatBytes(this._bytes));
    this._state = 'offered';
    this.node.replaceChildren(
      button('giltracer-Button', label, '', () => {
        void this._load(MOST_FILE_BYTES);
      })
    );
  }

  private _showProgress(
    { phase, part, bytes }: TraceProgress,
    abort: AbortController
  ): void {
    if (this._abort !== abort || this._isOver) {
      return;
    }
    const { trans } = this._options;
    const percent = part === undefined ? '' : ` ${Math.floor(part * 100)} %`;
    const words = {
      waiting: trans.__('Waiting until the full trace is written…'),
      fetching: trans.__('Loading the full trace…'),
      checking: trans.__('Checking the full trace…'),
      reading: trans.__('Reading the full trace…')
    }[phase];
    const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
    this._progress.textContent = words + percent + size;
    this._waiting.forEach(({ progress }) => {
      progress(words + percent + size);
    });
    if (this._progress.parentNode !== this.node) {
      this.node.replaceChildren(
        this._progress,
        button('giltracer-Button', trans.__('Cancel'), '', () => {
          this.cancel();
        })
      );
    }
  }

  private _end(text: string): void {
    this._state = 'over';
    this.node.replaceChildren(element('span', '', text));
  }

  private _refuse(reason: string, again = false): TraceOutcome {
    this._end(reason);
    if (again) {
      const { trans } = this._options;
      this.node.append(
        button('giltracer-Button', trans.__('Try again'), '', () => {
          void this._load(MOST_FILE_BYTES);
        })
      );
    }
    return { kind: 'refused', reason };
  }

  private get _isOver(): boolean {
    return this._state === 'over';
  }

  private _state: 'offered' | 'asking' | 'loading' | 'over' = 'offered';
  private _abort: AbortController | undefined;
  private _bytes: number | undefined;
  private _isLoaded = false;
  private readonly _waiting: {
    readonly progress: (words: string) => void;
    readonly resolve: (outcome: TraceOutcome) => void;
  }[] = [];
  private readonly _progress = element('span', 'giltracer-FullTrace-progress');
}
