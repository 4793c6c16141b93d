/** Tells a screen reader what has changed, seldom enough to be listened to. */
import { element } from '../dom';

/** Between two messages. */
export const ANNOUNCE_EVERY_MS = 5000;

export class Announcer {
  /** `now` gives a steady clock in milliseconds. */
  constructor(private readonly _now: () => number) {
    this.node.setAttribute('aria-live', 'polite');
  }

  readonly node = element('div', 'giltracer-mod-spoken');

  /** Say what `words` makes, unless something was said just before, or it is the same as then. */
  offer(words: () => string): void {
    const now = this._now();
    if (now - this._saidAt < ANNOUNCE_EVERY_MS) {
      return;
    }
    const text = words();
    if (text !== this.node.textContent) {
      this._saidAt = now;
      this.node.textContent = text;
    }
  }

  private _saidAt = -Infinity;
}
