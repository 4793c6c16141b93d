/** How long a run goes on. */
import type { RunInfo } from '../../core/trace/document';
import type { LiveFrameView } from '../../core/trace/live-frame-view';
import { element } from '../dom';
import { formatClock } from '../format';
import type { ITranslation } from '../translation';

export interface IClocks {
  /** A steady clock in milliseconds. */
  readonly steady: () => number;
  /** The wall clock in milliseconds. */
  readonly wall: () => number;
}

export class LiveClock {
  constructor(
    private readonly _info: RunInfo,
    private readonly _clocks: IClocks,
    private readonly _trans: ITranslation
  ) {
    this.node.setAttribute('role', 'timer');
    // A clock that is read out each second helps nobody.
    this.node.setAttribute('aria-live', 'off');
    this._tick();
    this._timer = window.setInterval(() => this._tick(), 1000);
  }

  readonly node = element('span', 'giltracer-Placeholder-clock');

  /** Go by the run's own clock from here on. */
  take(frame: LiveFrameView): void {
    const ended = this._ended;
    this._latest = frame;
    this._takenAt = this._clocks.steady();
    if (this._ended !== ended) {
      this._tick();
    }
  }

  dispose(): void {
    clearInterval(this._timer);
  }

  private _tick(): void {
    const trans = this._trans;
    const seconds = this._elapsed();
    this.node.classList.toggle('giltracer-mod-odd');
    this.node.textContent =
      seconds === undefined
        ? trans.__('Tracing…')
        : this._ended
          ? trans.__('Recorded %1, making the result…', formatClock(seconds))
          : trans.__('Tracing… %1', formatClock(seconds));
  }

  /** The newest frame says that nothing more is recorded. */
  private get _ended(): boolean {
    return this._latest !== undefined && this._latest.run.state !== 'running';
  }

  /** Seconds of the run: its own clock if it is known, else the page's. */
  private _elapsed(): number | undefined {
    if (this._latest !== undefined) {
      const since = this._ended ? 0 : this._clocks.steady() - this._takenAt;
      return this._latest.until_ns / 1e9 + since / 1000;
    }
    const started = Date.parse(this._info.started_at);
    // The clocks of server and browser may differ.
    return Number.isNaN(started)
      ? undefined
      : (this._clocks.wall() - started) / 1000;
  }

  private readonly _timer: number;
  private _latest: LiveFrameView | undefined;
  private _takenAt = 0;
}
