/** What stands in the output while the cell runs, and after a run that could not be traced. */
import type { RunInfo } from '../core/trace/document';
import { button, element } from './dom';
import { formatClock } from './format';
import { notice, titleLine } from './header';
import type { ITranslation } from './translation';

export class PlaceholderView {
  /** `now` gives the wall clock in milliseconds. */
  constructor(
    private readonly _run: RunInfo,
    private readonly _trans: ITranslation,
    private readonly _now: () => number = Date.now
  ) {
    this.node.append(titleLine(_run, _trans));
    if (_run.state === 'running') {
      this._clock.setAttribute('role', 'timer');
      // A clock that is read out each second helps nobody.
      this._clock.setAttribute('aria-live', 'off');
      this.node.append(this._clock);
      this._tick();
      this._timer = window.setInterval(() => this._tick(), 1000);
    } else if (_run.message === undefined) {
      this.node.append(notice(_trans.__('This run has no result.'), false));
    }
    if (_run.message !== undefined) {
      this.node.append(notice(_run.message, _run.state === 'failed'));
    }
    this._note.setAttribute('role', 'status');
    this.node.append(this._note);
  }

  readonly node = element('div', 'giltracer-Placeholder');

  /** A remark below the clock, with something to do about it. */
  setNote(text: string, action?: { label: string; run: () => void }): void {
    this._note.replaceChildren(element('span', '', text));
    if (action !== undefined) {
      this._note.append(
        button('giltracer-Button', action.label, '', () => action.run())
      );
    }
  }

  /** Stop the clock. */
  dispose(): void {
    clearInterval(this._timer);
  }

  private _tick(): void {
    const started = Date.parse(this._run.started_at);
    // The clocks of server and browser may differ: never less than nothing.
    const seconds = (this._now() - started) / 1000;
    this._clock.textContent = Number.isNaN(started)
      ? this._trans.__('Tracing…')
      : this._trans.__('Tracing… %1', formatClock(seconds));
  }

  private readonly _clock = element('p', 'giltracer-Placeholder-clock');
  private readonly _note = element('p', 'giltracer-Placeholder-note');
  private _timer = 0;
}
