/** What a lane shows for a range of time: pure, so that it can be checked without a canvas. */
import { STATE_ORDER } from '../../core/threads/colors';
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { CssPixels, Nanoseconds } from '../../core/units';
import { durationWords } from '../format';
import type { AreaStyle, Theme } from '../theme';
import { threadStyle } from '../theme';
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

/**
 * Who holds the GIL. Each thread with a number has two styles: on CPU, and off CPU (crossed); holds of
 * folded lanes are one more holder. `shares[i]` are the column shares of `lanes[i]`.
 */
export function gilPicture(
  lanes: readonly Lane[],
  shares: readonly ColumnShares[],
  range: TimeRange,
  size: DeviceSize,
  theme: Theme
): LanePicture {
  const { width } = size;
  const holders = lanes
    .map((lane, index) => ({ lane, index }))
    .filter(({ lane }) => lane.number !== undefined || !lane.thread);
  const styles: AreaStyle[] = holders.flatMap(({ lane }) => {
    const style =
      lane.number === undefined
        ? theme.otherThread
        : threadStyle(theme, lane.number);
    return [style, { ...style, pattern: 'cross' }];
  });
  const out = new Float64Array(width * styles.length);
  const areas = new ExactAreas(range, size);
  holders.forEach(({ lane, index }, holder) => {
    const own = shares[index];
    // The shares of a lane of several threads are those of the average thread.
    const weight = lane.count;
    for (let x = 0; x < width; x++) {
      const from = x * STATE_COUNT;
      const to = x * styles.length + 2 * holder;
      out[to] = own[from + ThreadState.RunningGil] * weight;
      out[to + 1] = own[from + ThreadState.HoldingOffCpu] * weight;
    }
    lane.source.visitExact(range, areas.shortest, interval => {
      const offCpu = interval.state === ThreadState.HoldingOffCpu;
      if (offCpu || interval.state === ThreadState.RunningGil) {
        areas.add(interval, 2 * holder + (offCpu ? 1 : 0), duration => [
          `${lane.number} · ${duration}`,
          `${lane.number}`
        ]);
      }
    });
  });
  limitToOne(out, width, styles.length);
  return {
    ...size,
    styles,
    order: styles.map((_, index) => index),
    shares: out,
    whole: areas.whole,
    labels: areas.labels
  };
}

/**
 * One GIL has one holder, but shares are rounded to 1/255 per thread, and a folded lane is taken times
 * all its threads: bring columns that pass 1 back to it.
 */
function limitToOne(shares: Float64Array, width: number, stride: number): void {
  for (let row = 0; row < width * stride; row += stride) {
    let sum = 0;
    for (let i = row; i < row + stride; i++) {
      sum += shares[i];
    }
    if (sum > 1) {
      for (let i = row; i < row + stride; i++) {
        shares[i] /= sum;
      }
    }
  }
}

/** Collects the exact intervals that are wide enough for a rectangle, on whole pixels. */
class ExactAreas {
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
