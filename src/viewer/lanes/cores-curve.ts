/** How many CPUs the process uses over time: the running threads of all lanes, added up. */
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { ReportDocument } from '../../core/trace/document';
import type { Theme } from '../theme';
import { cssColour } from '../theme';
import type { Lane } from './lane-data';
import type { PaintContext } from './lane-painter';
import type { DeviceSize } from './lane-picture';
import type { ColumnShares } from './lane-source';

/** Whether the capture knows which threads are on a CPU. */
export function coresKnown({ capture }: ReportDocument): boolean {
  return capture.scheduler_states;
}

export class CoresCurve {
  /** Begin with a curve; the buffer is used again. */
  clear(columns: number): void {
    if (this._cores.length !== columns) {
      this._cores = new Float64Array(columns);
    } else {
      this._cores.fill(0);
    }
  }

  /** Give the buffer back. */
  release(): void {
    this._cores = new Float64Array(0);
  }

  add({ count }: Lane, shares: ColumnShares): void {
    const cores = this._cores;
    for (let x = 0, at = 0; x < cores.length; x++, at += STATE_COUNT) {
      cores[x] +=
        count *
        (shares[at + ThreadState.RunningGil] +
          shares[at + ThreadState.Running] +
          shares[at + ThreadState.OnCpu]);
    }
  }

  /** CPUs in use, by column. */
  get cores(): Float64Array {
    return this._cores;
  }

  get most(): number {
    return this._cores.reduce((most, cores) => Math.max(most, cores), 0);
  }

  private _cores = new Float64Array(0);
}

/** What the curve is drawn against. */
export interface CoresScale {
  /** CPUs that the process may use, where known. */
  readonly usable: number | undefined;
  /** At the top of the drawing. */
  readonly top: number;
}

/** The curve as a filled area, with a line at the CPUs that may be used. */
export function paintCores(
  context: PaintContext,
  cores: Float64Array,
  { usable, top }: CoresScale,
  { width, height, pixelRatio }: DeviceSize,
  theme: Theme
): void {
  const px = Math.max(1, Math.round(pixelRatio));
  context.clearRect(0, 0, width, height);
  const yOf = (value: number): number =>
    height - Math.round((value / top) * (height - px));
  const { base, mark } = theme.states[ThreadState.Running];
  let from = 0;
  for (let x = 1; x <= cores.length; x++) {
    // Columns of one height are one rectangle.
    const y = yOf(cores[from]);
    if (x < cores.length && yOf(cores[x]) === y) {
      continue;
    }
    if (y < height) {
      context.fillStyle = cssColour(base);
      context.fillRect(from, y, x - from, height - y);
      context.fillStyle = cssColour(mark);
      context.fillRect(from, y, x - from, px);
    }
    from = x;
  }
  if (usable !== undefined) {
    const y = yOf(usable);
    context.fillStyle = theme.text;
    for (let x = 0; x < width; x += 8 * px) {
      context.fillRect(x, y - px, 4 * px, px);
    }
  }
}
