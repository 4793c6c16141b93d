/** Draws a lane's picture, its marks and the time axis on a canvas. Lengths are device pixels. */
import type { Theme } from '../theme';
import { cssColour, textOn } from '../theme';
import type { LaneMarks, MarkedSpan } from './lane-marks';
import type { LanePicture } from './lane-picture';
import { rasterize } from './raster';
import type { Ticks } from './ticks';
import type { TimeRange } from './time-scale';
import { xOf } from './time-scale';

/** The part of a 2D context that the painters use. */
export type PaintContext = Pick<
  CanvasRenderingContext2D,
  | 'clearRect'
  | 'createImageData'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'lineWidth'
  | 'measureText'
  | 'putImageData'
  | 'strokeRect'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
>;

/** Where the lane lies within its canvas; the room above is for marks. */
export interface LaneBox {
  readonly top: number;
  readonly ticks: readonly number[];
}

/** Keeps one image per size, so that a frame need not make one for each lane. */
export class ImagePool {
  /** An empty image. */
  take(context: PaintContext, width: number, height: number): ImageData {
    const key = `${width} ${height}`;
    const kept = this._images.get(key);
    if (kept !== undefined) {
      kept.data.fill(0);
      return kept;
    }
    const image = context.createImageData(width, height);
    this._images.set(key, image);
    return image;
  }

  /** Give the memory back. */
  release(): void {
    this._images.clear();
  }

  private readonly _images = new Map<string, ImageData>();
}

/** Clear the canvas and draw one lane with its grid lines and marks. */
export function paintLane(
  context: PaintContext,
  picture: LanePicture,
  box: LaneBox,
  marks: LaneMarks,
  theme: Theme,
  images: ImagePool
): void {
  const { width, height, pixelRatio } = picture;
  const { top } = box;
  const px = Math.max(1, Math.round(pixelRatio));
  context.clearRect(0, 0, width, top + height);
  // putImageData replaces what is below, so that background and grid are pixels of the image too.
  const image = images.take(context, width, height);
  rasterize(picture, new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, top);
  for (const x of box.ticks) {
    paintGridLine(context, picture, x, top, px, theme);
  }
  paintLabels(context, picture, top, theme);
  context.fillStyle = theme.mutedText;
  for (const x of marks.waits) {
    context.fillRect(x - px, 0, 2 * px, top - px);
  }
  context.fillStyle = theme.accent;
  for (const { x, width: wide } of marks.collections) {
    context.fillRect(x, 0, Math.max(wide, 3 * px), 2 * px);
  }
  for (const { x, width: wide } of marks.found) {
    const least = 3 * px;
    const from = wide < least ? x - px : x;
    context.fillRect(from, 0, Math.max(wide, least), Math.max(top - px, px));
    context.fillRect(
      from,
      top + height - 2 * px,
      Math.max(wide, least),
      2 * px
    );
  }
  if (marks.highlight !== undefined) {
    const { x, width: wide } = marks.highlight;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2 * px;
    context.strokeRect(x - px, px, wide + 2 * px, top + height - 2 * px);
  }
}

/** A grid line continues only through the empty room above a lane, so that it never hides data. */
function paintGridLine(
  context: PaintContext,
  picture: LanePicture,
  x: number,
  top: number,
  px: number,
  theme: Theme
): void {
  if (x >= 0 && x < picture.width) {
    context.fillStyle = theme.grid;
    context.fillRect(x, 0, px, top);
  }
}

function paintLabels(
  context: PaintContext,
  picture: LanePicture,
  top: number,
  theme: Theme
): void {
  const { height, pixelRatio, styles } = picture;
  const pad = 4 * pixelRatio;
  context.font = `${11 * pixelRatio}px ${theme.fontFamily}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const label of picture.labels) {
    const room = label.width - 2 * pad;
    for (const text of label.texts) {
      const wide = context.measureText(text).width;
      if (wide > room) {
        continue;
      }
      const { base, height: part, pattern } = styles[label.style];
      const filled = Math.round(part * height);
      const onArea = part >= 0.7;
      const middle = onArea
        ? top + height - filled / 2
        : top + (height - filled) / 2;
      if (onArea && pattern !== 'solid') {
        // A plate, so that the pattern does not run through the letters.
        context.fillStyle = cssColour(base);
        context.fillRect(
          label.x + pad / 2,
          top + height - filled + pixelRatio,
          wide + pad,
          filled - 2 * pixelRatio
        );
      }
      context.fillStyle = onArea ? textOn(base) : theme.mutedText;
      context.fillText(text, label.x + pad, middle);
      break;
    }
  }
}

/**
 * Clear the canvas and draw the time axis.
 *
 * @param gap in which nothing was recorded
 */
export function paintAxis(
  context: PaintContext,
  size: { width: number; height: number; pixelRatio: number },
  range: TimeRange,
  ticks: Ticks,
  gap: MarkedSpan | undefined,
  theme: Theme
): void {
  const { width, height, pixelRatio } = size;
  const px = Math.max(1, Math.round(pixelRatio));
  context.clearRect(0, 0, width, height);
  context.font = `${11 * pixelRatio}px ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  if (gap !== undefined) {
    context.fillStyle = theme.accent;
    context.fillRect(gap.x, height - 3 * px, Math.max(gap.width, px), 3 * px);
  }
  for (const { time, label } of ticks.ticks) {
    const x = Math.round(xOf(range, width, time));
    context.fillStyle = theme.grid;
    context.fillRect(x, 0, px, height);
    const wide = context.measureText(label).width;
    // A label that would be cut off by the right edge is left out.
    if (x + 4 * pixelRatio + wide <= width) {
      context.fillStyle = theme.mutedText;
      context.fillText(label, x + 4 * pixelRatio, height / 2);
    }
  }
}
