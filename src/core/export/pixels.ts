/** A picture of few colours that is made without a canvas, and its PNG. */
import { encode } from 'fast-png';

import { plotText } from './glyphs';

/** [red, green, blue], 0 to 255. */
export type Rgb = readonly [number, number, number];

/** #rrggbb → bytes. */
export function parseColor(color: string): Rgb {
  const value = parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A picture as indexes into a palette of at most 256 colours. */
export class Pixels {
  /** Filled with the palette's first colour. */
  constructor(
    readonly width: number,
    readonly height: number,
    private readonly palette: readonly Rgb[]
  ) {
    this.data = new Uint8Array(width * height);
  }

  /** Sets one pixel; outside of the picture nothing happens. */
  set(x: number, y: number, color: number): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) {
      this.data[y * this.width + x] = color;
    }
  }

  /** Fills width x height pixels from the corner (x, y). */
  fill(
    x: number,
    y: number,
    width: number,
    height: number,
    color: number
  ): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        this.set(column, row, color);
      }
    }
  }

  /** Writes a line of text with its top left corner at (x, y). */
  text(x: number, y: number, text: string, color: number): void {
    plotText(text, (column, row) => {
      this.set(x + column, y + row, color);
    });
  }

  /** PNG with a palette. */
  png(): Uint8Array {
    return encode(
      {
        width: this.width,
        height: this.height,
        data: this.data,
        depth: 8,
        channels: 1,
        palette: this.palette.map(color => [...color])
      },
      { zlib: { level: 6 } }
    );
  }

  private readonly data: Uint8Array;
}
