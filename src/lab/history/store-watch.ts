/** Looks for runs that ended elsewhere: in another page, a console, a terminal. Nobody tells this page of them. */

/** So often it is asked whether there is anything new, in milliseconds. */
export const LOOK_EVERY_MS = 5000;

export class StoreWatch {
  /** @param _look ask the store whether there is anything new */
  constructor(private readonly _look: () => void) {}

  /** Look now and then, as long as the page is seen, and when it is seen again. */
  start(): void {
    this.stop();
    this._timer = window.setInterval(this._lookIfSeen, LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', this._lookIfSeen);
  }

  stop(): void {
    clearInterval(this._timer);
    document.removeEventListener('visibilitychange', this._lookIfSeen);
  }

  private readonly _lookIfSeen = (): void => {
    if (document.visibilityState === 'visible') {
      this._look();
    }
  };

  private _timer = 0;
}
