/** A run that goes on: what its threads do now, what stands out so far, and where that is known from. */
import type { RunInfo } from '../../core/trace/document';
import type { LiveFrameView } from '../../core/trace/live-frame-view';
import { button, element } from '../dom';
import { notice, titleLine } from '../header';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { Announcer } from './announcer';
import type { IClocks } from './live-clock';
import { LiveClock } from './live-clock';
import type { LiveSpan } from './live-controls';
import { DEFAULT_LIVE_SPAN, LiveControls } from './live-controls';
import { LiveLanes } from './live-lanes';
import { LiveRun } from './live-run';
import {
  connectionWords,
  holderWords,
  liveFacts,
  longestWaitWords,
  type LiveConnectionState
} from './live-words';

/** Numbers that change more often can't be read. */
export const WORDS_EVERY_MS = 250;
/** With prefers-reduced-motion everything is renewed this often. */
export const STILL_EVERY_MS = 1000;

export class LiveView {
  /** `readTheme` reads the theme that holds where the view is; `seconds` of the past are shown first. */
  constructor(
    info: RunInfo,
    private readonly _readTheme: () => Theme,
    private readonly _trans: ITranslation,
    seconds: LiveSpan = DEFAULT_LIVE_SPAN,
    private readonly _clocks: IClocks = {
      steady: () => performance.now(),
      wall: () => Date.now()
    }
  ) {
    this._announcer = new Announcer(_clocks.steady);
    this._controls = new LiveControls(
      {
        pauseChanged: () => this._onPause(),
        spanChanged: span => {
          if (this._lanes !== undefined) {
            this._lanes.span = span;
          }
        }
      },
      _trans,
      seconds
    );
    this._clock = new LiveClock(info, _clocks, _trans);
    this._note.setAttribute('role', 'status');
    const status = element('p', 'giltracer-Live-status');
    status.append(this._clock.node, this._connection);
    this.node.append(titleLine(info, _trans), status);
    if (info.message !== undefined) {
      this.node.append(notice(info.message, false));
    }
    this.node.append(this._picture, this._note, this._announcer.node);
  }

  readonly node = element('div', 'giltracer-Live');

  /** The run that is shown. */
  get run(): LiveRun | undefined {
    return this._run;
  }

  /** Show a run as its frames come; the same one again changes nothing. */
  watch(run: LiveRun): void {
    if (run === this._run) {
      return;
    }
    this._unwatch();
    this._run = run;
    this._unwatch = run.watch(() => this._onFrame());
    this._lanes?.dispose();
    this._lanes = undefined;
    if (run.latest !== undefined) {
      this._onFrame();
    }
  }

  /** Take a frame that came through the kernel; it counts for nothing while a better way is live. */
  takeFromKernel(frame: LiveFrameView): void {
    if (this._state === 'live') {
      return;
    }
    if (this._run?.id !== frame.run.id) {
      this.watch(new LiveRun(frame.run.id));
    }
    this.setConnection('kernel');
    this._run?.take(frame);
  }

  setConnection(state: LiveConnectionState): void {
    if (state !== this._state) {
      this._state = state;
      this._connection.textContent = connectionWords(state, this._trans) ?? '';
      this._connection.classList.toggle(
        'giltracer-mod-warning',
        state === 'lost'
      );
    }
  }

  /** A remark at the end, with something to do about it. */
  setNote(text: string, action?: { label: string; run: () => void }): void {
    this._note.replaceChildren(element('span', '', text));
    if (action !== undefined) {
      this._note.append(
        button('giltracer-Button', action.label, '', () => action.run())
      );
    }
  }

  applyTheme(theme: Theme): void {
    this._lanes?.applyTheme(theme);
  }

  dispose(): void {
    this._clock.dispose();
    clearTimeout(this._late);
    this._unwatch();
    this._lanes?.dispose();
  }

  private _onFrame(): void {
    const { latest } = this._run ?? {};
    if (latest !== undefined) {
      this._clock.take(latest);
    }
    if (this._controls.paused) {
      return;
    }
    if (!this._still) {
      this._showPicture();
    }
    this._showWords();
  }

  /** The picture up to the newest frame. */
  private _showPicture(): void {
    const { latest } = this._run ?? {};
    if (latest !== undefined) {
      this._lanes ??= this._makeLanes();
      this._lanes?.showUntil(latest.until_ns);
    }
  }

  /** Now, or once enough time has passed since the last time. */
  private _showWords(): void {
    const still = this._still;
    const pause = still ? STILL_EVERY_MS : WORDS_EVERY_MS;
    const wait = this._wordsAt + pause - this._clocks.steady();
    clearTimeout(this._late);
    if (wait > 0) {
      this._late = window.setTimeout(() => this._showWords(), wait);
      return;
    }
    this._wordsAt = this._clocks.steady();
    const run = this._run;
    if (run === undefined || this._controls.paused) {
      return;
    }
    if (still) {
      this._showPicture();
    }
    const trans = this._trans;
    const holder = holderWords(run, trans);
    const longest = longestWaitWords(run, trans);
    setLine(this._holder, holder);
    setLine(this._longest, longest ?? trans.__('No wait for the GIL so far'));
    this._showFacts(run);
    this._announcer.offer(() =>
      longest === undefined ? holder : `${holder}. ${longest}`
    );
  }

  private _showFacts(run: LiveRun): void {
    const facts = liveFacts(run, this._state, this._trans);
    const nodes = this._facts.children;
    while (nodes.length > facts.length) {
      nodes[nodes.length - 1].remove();
    }
    facts.forEach(({ text, title = '', warning }, index) => {
      if (index === nodes.length) {
        this._facts.append(element('span', 'giltracer-Header-fact'));
      }
      const node = nodes[index] as HTMLElement;
      setText(node, text);
      if (node.title !== title) {
        node.title = title;
      }
      node.classList.toggle('giltracer-mod-warning', warning);
    });
  }

  /** The parts that need frames are put in with the first one. */
  private _makeLanes(): LiveLanes | undefined {
    const run = this._run;
    if (run === undefined) {
      return undefined;
    }
    const trans = this._trans;
    const lanes = new LiveLanes(
      run,
      this._readTheme(),
      trans,
      this._clocks.steady
    );
    lanes.span = this._controls.span;
    this._controls.listen(lanes.region);
    this._picture.replaceChildren(
      this._holder,
      this._longest,
      this._controls.node,
      lanes.node,
      this._facts
    );
    return lanes;
  }

  private _onPause(): void {
    this._picture.classList.toggle(
      'giltracer-mod-paused',
      this._controls.paused
    );
    if (!this._controls.paused) {
      this._wordsAt = -Infinity;
      this._showPicture();
      this._showWords();
    }
  }

  private get _still(): boolean {
    return this._reducedMotion?.matches ?? false;
  }

  private readonly _announcer: Announcer;
  private readonly _controls: LiveControls;
  private readonly _clock: LiveClock;
  private readonly _connection = element('span', 'giltracer-Live-connection');
  private readonly _picture = element('div', 'giltracer-Live-picture');
  private readonly _holder = element('p', 'giltracer-Live-holder');
  private readonly _longest = element('p', 'giltracer-Live-longest');
  private readonly _facts = element('p', 'giltracer-Header-facts');
  private readonly _note = element('p', 'giltracer-Placeholder-note');
  /** jsdom has no media. */
  private readonly _reducedMotion: MediaQueryList | undefined =
    typeof matchMedia === 'function'
      ? matchMedia('(prefers-reduced-motion: reduce)')
      : undefined;
  private _unwatch: () => void = () => undefined;
  private _run: LiveRun | undefined;
  private _lanes: LiveLanes | undefined;
  private _state: LiveConnectionState = 'off';
  private _wordsAt = -Infinity;
  private _late = 0;
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Where there is no room for all of it, the pointer shows it. */
function setLine(node: HTMLElement, text: string): void {
  setText(node, text);
  if (node.title !== text) {
    node.title = text;
  }
}
