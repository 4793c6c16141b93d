/** What screen readers read out: at once, or when the reader has come to rest. */

/** Pause after the last change before it is read out. */
const AFTER_MS = 700;

export class Announcer {
  constructor(private readonly _node: HTMLElement) {
    _node.setAttribute('aria-live', 'polite');
  }

  say(words: string): void {
    clearTimeout(this._waiting);
    this._node.textContent = words;
  }

  /** Only the last words of a burst are said. */
  sayLater(words: string): void {
    clearTimeout(this._waiting);
    this._waiting = window.setTimeout(() => this.say(words), AFTER_MS);
  }

  dispose(): void {
    clearTimeout(this._waiting);
  }

  private _waiting = 0;
}
