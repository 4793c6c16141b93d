/** What a lane shows for a range of time: pure, so that it can be checked without a canvas. */
import { STATE_ORDER } from '../../core/threads/colors';
import type { ThreadState } from '../../core/threads/states';
import type { CssPixels, Nanoseconds } from '../../core/units';
import { durationWords } from '../format';
import type { Theme } from '../theme';
import type { Lane } from './lane-data';
import type { ColumnShares, Interval } from './lane-source';
import type { ColumnPicture } from './raster';
import type { TimeRange } from './time-scale';
import { spanOf, xOf } from './time-scale';

/** From this width on an exact interval is drawn as what it is, a rectangle. */
export const EXACT_WIDTH: CssPixels = 3;

/** Words on an exact interval. */
export interface AreaLabel {
  /** Visible part of the interval, in device pixels. */
  readonly x: number;
  readonly width: number;
  /** Index into the picture's styles. */
  readonly style: number;
  /** Longest first; the first one that fits is written. */
  readonly texts: readonly string[];
}

export interface LanePicture extends ColumnPicture {
  readonly labels: readonly AreaLabel[];
}

/** Size of a drawing. */
export interface DeviceSize {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** Shorter intervals have no room for words. */
const LABEL_WIDTH: CssPixels = 30;

/**
 * A thread's states. `shares` are the lane's column shares for this range and width; `stateLabel` gives
 * the words for a state.
 */
export function statePicture(
  lane: Lane,
  shares: ColumnShares,
  range: TimeRange,
  size: DeviceSize,
  theme: Theme,
  stateLabel: (state: ThreadState) => string
): LanePicture {
  const areas = new ExactAreas(range, size);
  lane.source.visitExact(range, areas.shortest, interval =>
    areas.add(interval, interval.state, duration => [
      `${stateLabel(interval.state)} ${duration}`,
      duration
    ])
  );
  return {
    ...size,
    styles: theme.states,
    order: STATE_ORDER,
    shares,
    whole: areas.whole,
    labels: areas.labels
  };
}

/** Collects the exact intervals that are wide enough for a rectangle, on whole pixels. */
export class ExactAreas {
  constructor(range: TimeRange, size: DeviceSize) {
    this._range = range;
    this._width = size.width;
    this._pixelRatio = size.pixelRatio;
    this.whole = new Uint16Array(size.width);
    this.shortest =
      (EXACT_WIDTH * size.pixelRatio * spanOf(range)) / size.width;
  }

  /** Shortest interval that is added. */
  readonly shortest: Nanoseconds;
  readonly whole: Uint16Array;
  readonly labels: AreaLabel[] = [];

  add(
    { start, end, cut }: Interval,
    style: number,
    texts: (duration: string) => string[]
  ): void {
    const from = Math.max(0, Math.round(xOf(this._range, this._width, start)));
    const to = Math.min(
      this._width,
      Math.round(xOf(this._range, this._width, end))
    );
    if (to <= from) {
      return;
    }
    this.whole.fill(style + 1, from, to);
    if (to - from >= LABEL_WIDTH * this._pixelRatio) {
      this.labels.push({
        x: from,
        width: to - from,
        style,
        texts: texts(durationWords(end - start, cut))
      });
    }
  }

  private readonly _range: TimeRange;
  private readonly _width: number;
  private readonly _pixelRatio: number;
}
