/** Who holds the GIL over time, as a picture: added up lane by lane, so that no lane's shares need to be kept. */
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { AreaStyle, Theme } from '../theme';
import { threadStyle } from '../theme';
import type { Lane } from './lane-data';
import { ExactAreas, type DeviceSize, type LanePicture } from './lane-picture';
import type { ColumnShares } from './lane-source';
import type { TimeRange } from './time-scale';

/** Whether a lane may hold the GIL, as far as its thread's sums tell. */
function mayHold({ thread, number }: Lane): boolean {
  if (thread === undefined) {
    return true;
  }
  const { 'running-gil': running, 'holding-off-cpu': holding } =
    thread.states_ns;
  return number !== undefined && (running ?? 0) + (holding ?? 0) > 0;
}

/**
 * Each thread with a number has two styles: on CPU, and off CPU (crossed); holds of folded lanes are one more holder.
 */
export class GilHolders {
  constructor(lanes: readonly Lane[]) {
    this._holders = lanes.filter(mayHold);
    this._holders.forEach((lane, index) => this._places.set(lane, index));
  }

  /** Begin with a picture; buffers are used again. */
  clear(columns: number): void {
    const length = columns * 2 * this._holders.length;
    if (this._shares.length !== length) {
      this._shares = new Float64Array(length);
    } else {
      this._shares.fill(0);
    }
    this._columns = columns;
  }

  /** Give the buffers back. */
  release(): void {
    this._shares = new Float64Array(0);
  }

  /** Whether the shares of this lane are needed. */
  has(lane: Lane): boolean {
    return this._places.has(lane);
  }

  /** Add a lane's column shares; others than holders are left out. */
  add(lane: Lane, own: ColumnShares): void {
    const place = this._places.get(lane);
    if (place === undefined) {
      return;
    }
    const stride = 2 * this._holders.length;
    // The shares of a lane of several threads are those of the average thread.
    const { count } = lane;
    for (let x = 0; x < this._columns; x++) {
      const from = x * STATE_COUNT;
      const to = x * stride + 2 * place;
      this._shares[to] += own[from + ThreadState.RunningGil] * count;
      this._shares[to + 1] += own[from + ThreadState.HoldingOffCpu] * count;
    }
  }

  /** What was added, as a picture. */
  picture(range: TimeRange, size: DeviceSize, theme: Theme): LanePicture {
    const styles: AreaStyle[] = this._holders.flatMap(({ number }) => {
      const style =
        number === undefined ? theme.otherThread : threadStyle(theme, number);
      return [style, { ...style, pattern: 'cross' }];
    });
    const areas = new ExactAreas(range, size);
    this._holders.forEach(({ source, number }, place) => {
      source.visitExact(range, areas.shortest, interval => {
        const offCpu = interval.state === ThreadState.HoldingOffCpu;
        if (offCpu || interval.state === ThreadState.RunningGil) {
          areas.add(interval, 2 * place + (offCpu ? 1 : 0), duration => [
            `${number} · ${duration}`,
            `${number}`
          ]);
        }
      });
    });
    limitToOne(this._shares, styles.length);
    return {
      ...size,
      styles,
      order: styles.map((_, index) => index),
      shares: this._shares,
      whole: areas.whole,
      labels: areas.labels
    };
  }

  private readonly _holders: readonly Lane[];
  private readonly _places = new Map<Lane, number>();
  private _shares: ColumnShares = new Float64Array(0);
  private _columns = 0;
}

/**
 * One GIL has one holder, but shares are rounded to 1/255 per thread, and a folded lane is taken times
 * all its threads: bring columns that pass 1 back to it.
 */
function limitToOne(shares: Float64Array, stride: number): void {
  for (let row = 0; row < shares.length; row += stride) {
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
