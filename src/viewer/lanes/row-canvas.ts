/** A canvas that fills its row, is as fine as the screen, and holds memory only while it is seen. */
import type { CssPixels } from '../../core/units';
import { element } from '../dom';
import type { PaintContext } from './lane-painter';
import type { DeviceSize } from './lane-picture';

/** Width of all drawings of a view, and device pixels per CSS pixel. */
export interface Screen {
  readonly width: CssPixels;
  readonly pixelRatio: number;
  /** From the left edge of what holds them. */
  readonly left: CssPixels;
}

export class RowCanvas {
  constructor(height: CssPixels) {
    this.node = element('canvas', 'giltracer-Lane-canvas');
    this.height = height;
  }

  readonly node: HTMLCanvasElement;

  get height(): CssPixels {
    return this._height;
  }

  set height(height: CssPixels) {
    this._height = height;
    this.node.style.height = `${height}px`;
  }

  /** The context and the size to draw at, or undefined if there is nothing to draw on. */
  prepare({
    width: cssWidth,
    pixelRatio
  }: Screen): { context: PaintContext; size: DeviceSize } | undefined {
    const width = Math.round(cssWidth * pixelRatio);
    const height = Math.round(this._height * pixelRatio);
    if (width <= 0) {
      return undefined;
    }
    // Setting a canvas's size clears it, even to the size it has.
    if (this.node.width !== width || this.node.height !== height) {
      this.node.width = width;
      this.node.height = height;
    }
    this._held = true;
    const context = this.node.getContext('2d');
    return context === null
      ? undefined
      : { context, size: { width, height, pixelRatio } };
  }

  /** Give the pixels back; what was drawn is gone. */
  release(): void {
    if (this._held) {
      this._held = false;
      this.node.width = 0;
      this.node.height = 0;
    }
  }

  private _height: CssPixels = 0;
  private _held = false;
}
