/**
 * Frames after which a drawing that found no room is given up until the size or the visibility changes.
 * JupyterLab hides its whole window for one frame after a change of the theme and shows it again before
 * any observer could notice (ThemeManager._loadTheme), so that one more try is needed.
 */
const MOST_TRIES = 3;

/** Views are drawn before they are scrolled into sight. */
const AHEAD = '300px 0px';

/**
 * When to draw: at most once per frame, only what is on the screen, and again when the size or the
 * pixel ratio changed.
 */
export class Redraw {
  /**
   * @param draw answers whether there was room to draw
   * @param release called when the view has left the screen: what was drawn may be dropped
   */
  constructor(
    node: HTMLElement,
    draw: () => boolean,
    private readonly _release: () => void
  ) {
    this._draw = draw;
    // jsdom has neither observer; without one a view counts as visible.
    if (typeof IntersectionObserver !== 'undefined') {
      this._visible = false;
      this._intersections = new IntersectionObserver(
        entries => {
          this._setVisible(entries[entries.length - 1].isIntersecting);
        },
        { rootMargin: AHEAD }
      );
      this._intersections.observe(node);
    }
    if (typeof ResizeObserver !== 'undefined') {
      this._sizes = new ResizeObserver(() => this.request());
      this._sizes.observe(node);
    }
    this._watchPixelRatio();
  }

  /** Draw with the next frame, or when the view is visible again. */
  request(): void {
    this._dirty = true;
    this._tries = 0;
    this._schedule();
  }

  /** What was drawn beside the frames may go: draw as ever from now on. */
  renew(): void {
    if (!this._visible) {
      this._release();
    }
    this.request();
  }

  dispose(): void {
    this._disposed = true;
    this._intersections?.disconnect();
    this._sizes?.disconnect();
    this._ratioWatch?.abort();
    cancelAnimationFrame(this._frame);
  }

  private _setVisible(visible: boolean): void {
    if (this._visible && !visible) {
      this._dirty = true;
      this._release();
    }
    this._visible = visible;
    this._schedule();
  }

  private _schedule(): void {
    if (this._dirty && this._visible && this._frame === 0 && !this._disposed) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._dirty = !this._draw();
        if (this._dirty && ++this._tries < MOST_TRIES) {
          this._schedule();
        }
      });
    }
  }

  /** A media query holds for one ratio only, so that each change needs a new one. */
  private _watchPixelRatio(): void {
    if (typeof matchMedia !== 'function') {
      return;
    }
    this._ratioWatch = new AbortController();
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        this.request();
        this._watchPixelRatio();
      },
      { once: true, signal: this._ratioWatch.signal }
    );
  }

  private readonly _draw: () => boolean;
  private _intersections: IntersectionObserver | undefined;
  private _sizes: ResizeObserver | undefined;
  private _ratioWatch: AbortController | undefined;
  private _visible = true;
  private _dirty = false;
  private _tries = 0;
  private _disposed = false;
  private _frame = 0;
}
