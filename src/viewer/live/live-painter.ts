/** Paints live lanes. What it needs is made once per size and theme: a picture is painted ten times a second for hours. */
import { STATE_ORDER } from '../../core/threads/colors';
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { PaintContext } from '../lanes/lane-painter';
import type { DeviceSize } from '../lanes/lane-picture';
import {
  inksOf,
  rasterize,
  type ColumnPicture,
  type Ink
} from '../lanes/raster';
import type { TimeRange } from '../lanes/time-scale';
import type { AreaStyle, Theme } from '../theme';
import type { LiveLane } from './live-lane';
import type { LiveRowThread } from './live-rows';

/** What a lane's columns are made of. */
class Palette {
  constructor(
    styles: readonly AreaStyle[],
    order: readonly number[],
    size: DeviceSize,
    whole: Uint16Array
  ) {
    const shares = new Float64Array(size.width * styles.length);
    this.picture = { ...size, styles, order, shares, whole };
    this.inks = inksOf(styles, size.pixelRatio);
  }

  readonly picture: ColumnPicture;
  readonly inks: readonly Ink[];
}

export class LivePainter {
  /** @param size of each lane */
  constructor(
    readonly size: DeviceSize,
    theme: Theme
  ) {
    const { width } = size;
    // No column lies in one exact interval: only shares are known.
    const whole = new Uint16Array(width);
    this._states = new Palette(theme.states, STATE_ORDER, size, whole);
    const holders = theme.threads.flatMap((style): AreaStyle[] => [
      style,
      { ...style, pattern: 'cross' }
    ]);
    this._holders = new Palette(
      holders,
      holders.map((_, index) => index),
      size,
      whole
    );
  }

  /**
   * The states of a thread over `range`.
   *
   * @returns shares [column][ThreadState], good until the next call
   */
  paintStates(
    context: PaintContext,
    lane: LiveLane,
    range: TimeRange
  ): Float64Array {
    const { shares } = this._states.picture;
    lane.columnShares(range, this.size.width, shares);
    this._paint(context, this._states);
    return shares;
  }

  /** Who holds the GIL over `range`: in the colours of the threads' numbers, crossed while off CPU. */
  paintHolders(
    context: PaintContext,
    rows: { shown: readonly LiveRowThread[]; folded: readonly LiveRowThread[] },
    range: TimeRange
  ): void {
    this._holders.picture.shares.fill(0);
    for (const row of rows.shown) {
      this._addHolds(row, range);
    }
    for (const row of rows.folded) {
      this._addHolds(row, range);
    }
    this._paint(context, this._holders);
  }

  private _addHolds({ number, track }: LiveRowThread, range: TimeRange): void {
    if (number === undefined) {
      return;
    }
    const { shares, styles } = this._holders.picture;
    const { width } = this.size;
    const stride = styles.length;
    const at = (2 * (number - 1)) % stride;
    const { lane } = track;
    lane.addState(ThreadState.RunningGil, range, width, shares, at, stride);
    lane.addState(
      ThreadState.HoldingOffCpu,
      range,
      width,
      shares,
      at + 1,
      stride
    );
  }

  private _paint(context: PaintContext, { picture, inks }: Palette): void {
    const { width, height } = this.size;
    this._image ??= context.createImageData(width, height);
    this._pixels ??= new Uint32Array(this._image.data.buffer);
    this._pixels.fill(0);
    rasterize(picture, this._pixels, inks);
    context.putImageData(this._image, 0, 0);
  }

  private readonly _states: Palette;
  private readonly _holders: Palette;
  /** putImageData copies: one image serves all lanes. */
  private _image: ImageData | undefined;
  private _pixels: Uint32Array | undefined;
}

/** Parts of the whole of a picture's columns in which a state was seen, 0 to 1, over the columns that are not empty. */
export function meanShares(
  shares: Float64Array,
  columns: number,
  out: Float64Array
): void {
  out.fill(0);
  let all = 0;
  for (let i = 0; i < columns * STATE_COUNT; i++) {
    out[i % STATE_COUNT] += shares[i];
    all += shares[i];
  }
  for (let state = 0; state < STATE_COUNT; state++) {
    out[state] /= all > 0 ? all : 1;
  }
}
