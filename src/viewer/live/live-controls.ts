/** What the reader of a live view may choose: to keep the picture, and how much of the past it shows. */
import type { Nanoseconds } from '../../core/units';
import { button, element } from '../dom';
import type { ITranslation } from '../translation';

/** How much of the past may be chosen, in seconds. */
export const LIVE_SPANS = [2, 10, 30] as const;
export type LiveSpan = (typeof LIVE_SPANS)[number];
export const DEFAULT_LIVE_SPAN: LiveSpan = 10;
const SECOND: Nanoseconds = 1e9;

/** What follows the choices. */
export interface ILiveChoices {
  pauseChanged(): void;
  spanChanged(span: Nanoseconds): void;
}

export class LiveControls {
  constructor(
    private readonly _choices: ILiveChoices,
    private readonly _trans: ITranslation,
    private _seconds: LiveSpan
  ) {
    this._pause = button('giltracer-Button', '', '', () => this._toggle());
    this._labelPause();
    this.node.append(this._pause);
    for (const seconds of LIVE_SPANS) {
      const text = _trans.__('%1 s', seconds);
      const title = _trans.__('Show the last %1 seconds', seconds);
      const node = button('giltracer-Button', text, title, () =>
        this._choose(seconds)
      );
      node.setAttribute('aria-label', title);
      this._spans.set(seconds, node);
      this.node.append(node);
    }
    this._press();
  }

  readonly node = element('div', 'giltracer-Lanes-toolbar');

  /** The picture is kept as it is. */
  get paused(): boolean {
    return this._paused;
  }

  /** How much of the past is shown. */
  get span(): Nanoseconds {
    return this._seconds * SECOND;
  }

  /** Take the focus into the lanes' region, and the keys there. */
  listen(region: HTMLElement): void {
    region.tabIndex = 0;
    region.setAttribute('role', 'group');
    region.setAttribute(
      'aria-label',
      this._trans.__(
        'Lanes of the threads over the last seconds. Space pauses, Escape leaves.'
      )
    );
    // Else the notebook's command mode takes the single keys.
    region.dataset.lmSuppressShortcuts = 'true';
    region.addEventListener('keydown', event => {
      this._onKeyDown(region, event);
    });
  }

  private _onKeyDown(region: HTMLElement, event: KeyboardEvent): void {
    // Keys with a modifier belong to the browser, keys on what is within to that.
    if (
      event.target !== region ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    ) {
      return;
    }
    if (event.key === ' ') {
      this._toggle();
    } else if (event.key === 'Escape') {
      const around = region.parentElement?.closest<HTMLElement>('[tabindex]');
      region.blur();
      around?.focus({ preventScroll: true });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _choose(seconds: LiveSpan): void {
    this._seconds = seconds;
    this._press();
    this._choices.spanChanged(this.span);
  }

  private _press(): void {
    for (const [seconds, node] of this._spans) {
      node.setAttribute('aria-pressed', String(seconds === this._seconds));
    }
  }

  private _toggle(): void {
    this._paused = !this._paused;
    this._labelPause();
    this._choices.pauseChanged();
  }

  private _labelPause(): void {
    const trans = this._trans;
    this._pause.textContent = this._paused
      ? trans.__('Go on')
      : trans.__('Pause');
    this._pause.title = this._paused
      ? trans.__('Show what happens now')
      : trans.__('Keep this picture; the recording goes on');
  }

  private readonly _pause: HTMLButtonElement;
  private readonly _spans = new Map<LiveSpan, HTMLButtonElement>();
  private _paused = false;
}
