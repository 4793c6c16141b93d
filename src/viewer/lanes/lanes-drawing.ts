/** Draws what a range of time shows into the canvases of the layout. */
import type { BundleView } from '../../core/trace/bundle-view';
import { STATE_COUNT } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import { stateLabel } from '../state-words';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { LaneMarks, MarkedSpan } from './lane-painter';
import { paintAxis, paintLane } from './lane-painter';
import type { DeviceSize, LanePicture } from './lane-picture';
import { EXACT_WIDTH, gilPicture, statePicture } from './lane-picture';
import type { RowCanvas } from './lane-row';
import { LANE_HEIGHT } from './lane-row';
import type { ColumnShares } from './lane-source';
import type { LanesLayout } from './lanes-layout';
import type { Ticks } from './ticks';
import { ticksFor } from './ticks';
import type { TimeRange } from './time-scale';
import { spanOf, xOf } from './time-scale';

/** A span of one thread to point out. */
export interface Highlight {
  readonly tid: number;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

const NO_MARKS: LaneMarks = {
  waits: [],
  collections: [],
  highlight: undefined
};

export class LanesDrawing {
  constructor(
    private readonly _layout: LanesLayout,
    private readonly _lanes: readonly Lane[],
    private readonly _view: BundleView,
    private readonly _trans: ITranslation
  ) {}

  /** Draw all rows that can be seen; the ticks of the axis, or undefined if there is no room to draw. */
  draw(
    range: TimeRange,
    theme: Theme,
    highlight: Highlight | undefined
  ): Ticks | undefined {
    const axis = this._layout.axis.prepare();
    if (axis === undefined || spanOf(range) <= 0) {
      return undefined;
    }
    const ticks = ticksFor(range, this._layout.width);
    const gap = this._gap(range, axis.size);
    paintAxis(axis.context, axis.size, range, ticks, gap, theme);
    const columns = axis.size.width;
    const shares = this._lanes.map(({ source }): ColumnShares => {
      const out = new Float64Array(columns * STATE_COUNT);
      source.columnShares(range, columns, out);
      return out;
    });
    const paint = (
      canvas: RowCanvas,
      picture: (size: DeviceSize) => LanePicture,
      marks: (size: DeviceSize) => LaneMarks
    ): void => {
      const prepared = canvas.prepare();
      if (prepared !== undefined) {
        const { context, size } = prepared;
        const made = picture(laneSize(size));
        const places = ticks.ticks.map(({ time }) =>
          Math.round(xOf(range, size.width, time))
        );
        const box = { top: size.height - made.height, ticks: places };
        paintLane(context, made, box, marks(size), theme);
      }
    };
    paint(
      this._layout.gil,
      size => gilPicture(this._lanes, shares, range, size, theme),
      () => NO_MARKS
    );
    this._layout.rows.forEach((row, index) => {
      if (this._layout.isInView(row)) {
        paint(
          row.canvas,
          size =>
            statePicture(row.lane, shares[index], range, size, theme, state =>
              stateLabel(this._trans, state)
            ),
          size => this._marks(row.lane, range, size, highlight)
        );
      }
    });
    return ticks;
  }

  /** The long waits of a lane's thread that are too short to be seen, and the span to point out. */
  private _marks(
    lane: Lane,
    range: TimeRange,
    size: DeviceSize,
    highlight: Highlight | undefined
  ): LaneMarks {
    const tid = lane.thread?.tid;
    const waits: number[] = [];
    const least = EXACT_WIDTH * size.pixelRatio;
    for (const wait of this._view.document?.waits ?? []) {
      const x = xOf(range, size.width, wait.start_ns + wait.duration_ns / 2);
      const wide = (wait.duration_ns / spanOf(range)) * size.width;
      if (wait.tid === tid && wide < least && x >= 0 && x < size.width) {
        waits.push(Math.round(x));
      }
    }
    const { longest = [] } = this._view.document?.collections ?? {};
    const collections = longest
      .filter(run => run.tid === tid)
      .map(({ start_ns: start, duration_ns: duration }) =>
        spanOn(range, size, start, start + duration)
      )
      .filter(({ x, width }) => x + width >= 0 && x < size.width);
    return {
      waits,
      collections,
      highlight:
        highlight === undefined || highlight.tid !== tid
          ? undefined
          : spanOn(range, size, highlight.start, highlight.end)
    };
  }

  /** Where nothing was recorded while probes were given up. */
  private _gap(range: TimeRange, size: DeviceSize): MarkedSpan | undefined {
    const shed = this._view.document?.capture.shed;
    return shed && spanOn(range, size, shed.at_ns, shed.resumed_ns);
  }
}

function spanOn(
  range: TimeRange,
  { width }: DeviceSize,
  start: Nanoseconds,
  end: Nanoseconds
): MarkedSpan {
  const from = Math.round(xOf(range, width, start));
  return { x: from, width: Math.round(xOf(range, width, end)) - from };
}

/** The lane's part of its canvas: below the room for the marks. */
function laneSize(canvas: DeviceSize): DeviceSize {
  return { ...canvas, height: Math.round(LANE_HEIGHT * canvas.pixelRatio) };
}
