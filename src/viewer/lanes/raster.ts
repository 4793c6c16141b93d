/**
 * From shares to pixels. A lane is some thousand columns of at most nine areas each; as rectangles that
 * would be tens of thousands of canvas calls per frame, as pixels it is one.
 *
 *   50 % A (solid), 25 % B (hatch)            B alone (height 0.75)
 *
 *      .  .  .  .   did not exist                .  .  .  .   left free: the height
 *      .  .  .  .                                .  .  .  .   says once more that it is B
 *      b  B  b  B   stacked from the             b  B  b  B
 *      B  b  B  b   bottom, in the order         B  b  B  b
 *      A  A  A  A   of `order`; heights          b  B  b  B
 *      A  A  A  A   are exact shares             B  b  B  b
 *      A  A  A  A                                b  B  b  B
 *      A  A  A  A                                B  b  B  b
 */
import { isPatternMark, type StatePattern } from '../../core/threads/colors';
import type { AreaStyle, Rgb } from '../theme';

/** One lane's columns. All lengths are device pixels. */
export interface ColumnPicture {
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel; patterns are scaled by it. */
  readonly pixelRatio: number;
  readonly styles: readonly AreaStyle[];
  /** Indexes into `styles`, from the bottom of the stack to its top. */
  readonly order: readonly number[];
  /** [column][style]; a column sums to at most 1. */
  readonly shares: Float64Array;
  /** Style + 1 for columns that lie within one exact interval, 0 for others. */
  readonly whole: Uint16Array;
}

/** From here on a column counts as one state alone: shares are stored in steps of 1/255. */
const ALONE = 1 - 1 / 512;

/**
 * Paint into `pixels` (RGBA, row by row, width x height); where nothing is, they stay as they are.
 *
 * @param inks of the picture's styles; who paints the same styles again and again may keep them
 */
export function rasterize(
  picture: ColumnPicture,
  pixels: Uint32Array,
  inks: readonly Ink[] = inksOf(picture.styles, picture.pixelRatio)
): void {
  const { width, height, styles, order, shares, whole } = picture;
  for (let x = 0; x < width; x++) {
    const row = x * styles.length;
    const only = whole[x] === 0 ? aloneIn(shares, row, order) : whole[x] - 1;
    if (only !== undefined) {
      const top = height - Math.round(styles[only].height * height);
      inks[only].fill(pixels, width, x, top, height);
      continue;
    }
    let sum = 0;
    let bottom = height;
    for (const index of order) {
      const share = shares[row + index];
      if (share > 0) {
        sum += share;
        // Rounding the running sum, not each part, keeps every edge within half a pixel of its place.
        const top = Math.max(0, height - Math.round(sum * height));
        inks[index].fill(pixels, width, x, top, bottom);
        bottom = top;
      }
    }
  }
}

function aloneIn(
  shares: Float64Array,
  row: number,
  order: readonly number[]
): number | undefined {
  for (const index of order) {
    if (shares[row + index] >= ALONE) {
      return index;
    }
  }
  return undefined;
}

/** The styles' pixels. */
export function inksOf(
  styles: readonly AreaStyle[],
  pixelRatio: number
): readonly Ink[] {
  return styles.map(style => new Ink(style, pixelRatio));
}

/** A style as packed pixels. */
export class Ink {
  constructor(style: AreaStyle, pixelRatio: number) {
    this._base = pack(style.base);
    this._mark = pack(style.mark);
    this._pattern = style.pattern;
    this._scale = Math.max(1, Math.round(pixelRatio));
  }

  /** Fill rows top to bottom - 1 of column x. */
  fill(
    pixels: Uint32Array,
    width: number,
    x: number,
    top: number,
    bottom: number
  ): void {
    const column = Math.floor(x / this._scale);
    for (let y = top; y < bottom; y++) {
      const marked =
        this._pattern !== 'solid' &&
        isPatternMark(this._pattern, column, Math.floor(y / this._scale));
      pixels[y * width + x] = marked ? this._mark : this._base;
    }
  }

  private readonly _base: number;
  private readonly _mark: number;
  private readonly _pattern: StatePattern;
  private readonly _scale: number;
}

/** An opaque pixel. ImageData is R, G, B, A in memory: as one number of a little-endian machine, ABGR. */
export function pack([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
