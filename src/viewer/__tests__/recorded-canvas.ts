/**
 * A 2D context that writes down what is drawn, one readable line per call. Pixels are written as
 * letters, run by run: `A3B2` is three pixels of A, then two of B; `.` is a pixel that stayed empty.
 */
import type { PaintContext } from '../lanes/lane-painter';

/** Width of each character of a text, in device pixels. */
export const CHARACTER_WIDTH = 6;

export class RecordedContext implements PaintContext {
  /** `letters` names packed pixels. */
  constructor(private readonly _letters: ReadonlyMap<number, string>) {}

  readonly calls: string[] = [];
  fillStyle = '';
  strokeStyle = '';
  font = '';
  lineWidth = 1;
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';

  clearRect(x: number, y: number, width: number, height: number): void {
    this.calls.push(`clear ${x},${y} ${width}x${height}`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.calls.push(`fill ${x},${y} ${width}x${height} ${this.fillStyle}`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.calls.push(`stroke ${x},${y} ${width}x${height} ${this.strokeStyle}`);
  }

  fillText(text: string, x: number, y: number): void {
    this.calls.push(`text ${x},${y} ${text}`);
  }

  measureText(text: string): TextMetrics {
    return { width: text.length * CHARACTER_WIDTH } as TextMetrics;
  }

  createImageData(...size: unknown[]): ImageData {
    const [width, height] = size as [number, number];
    return {
      width,
      height,
      data: new Uint8ClampedArray(width * height * 4),
      colorSpace: 'srgb'
    };
  }

  putImageData(image: ImageData, x: number, y: number): void {
    const pixels = new Uint32Array(image.data.buffer);
    this.calls.push(`image ${x},${y}`);
    for (let row = 0; row < image.height; row++) {
      const from = row * image.width;
      const line = pixels.subarray(from, from + image.width);
      this.calls.push(`  ${runs(line, this._letters)}`);
    }
  }
}

/** `A3B2.4` */
export function runs(
  pixels: Uint32Array,
  letters: ReadonlyMap<number, string>
): string {
  let text = '';
  for (let i = 0; i < pixels.length;) {
    let end = i;
    while (end < pixels.length && pixels[end] === pixels[i]) {
      end++;
    }
    const letter = pixels[i] === 0 ? '.' : (letters.get(pixels[i]) ?? '?');
    text += `${letter}${end - i}`;
    i = end;
  }
  return text;
}
