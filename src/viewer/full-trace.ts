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

export namespace FullTrace {
  export interface IOptions {
    readonly source: ITraceSource;
    readonly trans: ITranslation;
    /** Called with the trace; a sentence if it is not this run's. */
    readonly onLoaded: (trace: LoadedTrace) => string | undefined;
  }
}

export class FullTrace {
  constructor(private readonly _options: FullTrace.IOptions) {
    this.node.setAttribute('role', 'status');
    this._offer(_options.source.bytes);
  }

  readonly node = element('p', 'giltracer-FullTrace');

  /** The reader looks closer than what is shown is exact: load the trace, unless that is much or has failed before. */
  need(): void {
    const { bytes = 0 } = this._options.source;
    if (this._state === 'offered' && bytes <= AUTOMATIC_BYTES) {
      void this._load(AUTOMATIC_BYTES);
    }
  }

  /** Give up what is being loaded. */
  dispose(): void {
    this._state = 'over';
    this._abort?.abort();
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
      this._take(answer);
    }
  }

  private _take(answer: TraceAnswer): void {
    const { trans, onLoaded } = this._options;
    switch (answer.kind) {
      case 'loaded': {
        const problem = onLoaded(answer.trace);
        this._end(problem ?? trans.__('Full trace: exact at any zoom.'));
        return;
      }
      case 'large':
        if (answer.bytes > MOST_FILE_BYTES) {
          this._end(
            trans.__(
              'The full trace (%1) is too large for a page: at most %2 are loaded.',
              formatBytes(answer.bytes),
              formatBytes(MOST_FILE_BYTES)
            )
          );
        } else {
          this._offer(answer.bytes);
          this._state = 'asking';
        }
        return;
      case 'cancelled':
        this._offer(this._options.source.bytes);
        this._state = 'asking';
        return;
      case 'absent':
        this._end(answer.reason, true);
    }
  }

  private _offer(bytes: number | undefined): void {
    const { trans } = this._options;
    const label =
      bytes === undefined
        ? trans.__('Load the full trace')
        : trans.__('Load the full trace (%1)', formatBytes(bytes));
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
      fetching: trans.__('Loading the full trace…'),
      checking: trans.__('Checking the full trace…'),
      reading: trans.__('Reading the full trace…')
    }[phase];
    const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
    this._progress.textContent = words + percent + size;
    if (this._progress.parentNode !== this.node) {
      this.node.replaceChildren(
        this._progress,
        button('giltracer-Button', trans.__('Cancel'), '', () => {
          this._abort?.abort();
        })
      );
    }
  }

  private _end(text: string, again = false): void {
    const { trans } = this._options;
    this._state = 'over';
    this.node.replaceChildren(element('span', '', text));
    if (again) {
      this.node.append(
        button('giltracer-Button', trans.__('Try again'), '', () => {
          void this._load(MOST_FILE_BYTES);
        })
      );
    }
  }

  private get _isOver(): boolean {
    return this._state === 'over';
  }

  private _state: 'offered' | 'asking' | 'loading' | 'over' = 'offered';
  private _abort: AbortController | undefined;
  private readonly _progress = element('span', 'giltracer-FullTrace-progress');
}
