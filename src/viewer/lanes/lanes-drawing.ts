/** Draws what a range of time shows into the canvases of the layout: one pass over the lanes, one buffer for all. */
import type { ReportDocument, WaitRow } from '../../core/trace/document';
import { STATE_COUNT } from '../../core/threads/states';
import { stateLabel } from '../state-words';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { CoresCurve, coresKnown, paintCores } from './cores-curve';
import { GilHolders } from './gil-picture';
import type { Lane } from './lane-data';
import type { Highlight, LaneMarks, RunMarks } from './lane-marks';
import { NO_MARKS, spanOn } from './lane-marks';
import { ImagePool, paintAxis, paintLane } from './lane-painter';
import type { DeviceSize, LanePicture } from './lane-picture';
import { statePicture } from './lane-picture';
import { LANE_HEIGHT, type LaneRow } from './lane-row';
import type { ColumnShares } from './lane-source';
import { isGroupFolded, type Folds } from './lane-rows';
import type { LanesLayout } from './lanes-layout';
import { MeanShares } from './mean-lane';
import type { RowCanvas, Screen } from './row-canvas';
import type { Ticks } from './ticks';
import { ticksFor } from './ticks';
import type { TimeRange } from './time-scale';
import { spanOf, xOf } from './time-scale';

/** What a frame shows. */
export interface Frame {
  readonly screen: Screen;
  readonly range: TimeRange;
  readonly theme: Theme;
  readonly highlight: Highlight | undefined;
  /** Waits that the reader looks for. */
  readonly found: ReadonlySet<WaitRow>;
  readonly folds: Folds;
}

/** What stays the same while a frame is drawn. */
interface Scene extends Frame {
  readonly columns: number;
  readonly ticks: Ticks;
}

export class LanesDrawing {
  constructor(
    private readonly _layout: LanesLayout,
    lanes: readonly Lane[],
    private readonly _document: ReportDocument,
    readonly marks: RunMarks,
    private readonly _trans: ITranslation
  ) {
    this._holders = new GilHolders(lanes);
  }

  /** Draw all rows that can be seen; the ticks of the axis, or undefined if there is no room to draw. */
  draw(frame: Frame): Ticks | undefined {
    const { range, screen } = frame;
    const { axis, rows } = this._layout;
    // All that is measured is read before the first canvas changes: else each would lay the page out anew.
    const inView = new Map(
      this._layout.rowsInView().map(row => [row.lane, row])
    );
    for (const row of rows.shown) {
      if (!inView.has(row.lane)) {
        row.canvas.release();
      }
    }
    const prepared = axis.prepare(screen);
    if (prepared === undefined || spanOf(range) <= 0) {
      return undefined;
    }
    const { context, size } = prepared;
    const ticks = ticksFor(range, screen.width);
    const shed = this._document.capture.shed;
    const gap = shed && spanOn(range, size, shed.at_ns, shed.resumed_ns);
    paintAxis(context, size, range, ticks, gap, frame.theme);
    const scene = { ...frame, columns: size.width, ticks };
    this._drawLanes(scene, inView);
    this._drawGil(scene);
    this._drawCores(scene);
    return ticks;
  }

  /** Give the memory of drawings back: the view can't be seen. */
  release(): void {
    this._layout.release();
    this._images.release();
    this._holders.release();
    this._cores.release();
    this._means.clear();
    this._shares = new Float64Array(0);
  }

  /** The largest number of CPUs in use at the current zoom. */
  get cores(): CoresCurve {
    return this._cores;
  }

  private _drawLanes(scene: Scene, inView: ReadonlyMap<Lane, LaneRow>): void {
    const { range, columns } = scene;
    if (this._shares.length !== columns * STATE_COUNT) {
      this._shares = new Float64Array(columns * STATE_COUNT);
      this._means.clear();
    }
    this._holders.clear(columns);
    this._cores.clear(columns);
    const cores = this._showsCores();
    const gil = this._layout.gil.node.isConnected;
    for (const group of this._layout.rows.groups) {
      const meanRow = isGroupFolded(group, scene.folds)
        ? inView.get(group.mean)
        : undefined;
      const mean = meanRow && this._meanOf(group.key, columns);
      for (const lane of group.lanes) {
        const row = inView.get(lane);
        const held = gil && this._holders.has(lane);
        if (!cores && !held && mean === undefined && row === undefined) {
          continue;
        }
        lane.source.columnShares(range, columns, this._shares);
        mean?.add(this._shares, lane.count);
        if (held) {
          this._holders.add(lane, this._shares);
        }
        if (cores) {
          this._cores.add(lane, this._shares);
        }
        if (row !== undefined) {
          this._drawRow(scene, row, this._shares);
        }
      }
      if (meanRow !== undefined && mean !== undefined) {
        this._drawRow(scene, meanRow, mean.take());
      }
    }
  }

  private _drawRow(scene: Scene, row: LaneRow, shares: ColumnShares): void {
    const { range, theme, highlight, found } = scene;
    this._paint(
      scene,
      row.canvas,
      size => {
        const picture = statePicture(
          row.lane,
          shares,
          range,
          size,
          theme,
          state => stateLabel(this._trans, state)
        );
        const thin = row.canvas.height < LANE_HEIGHT;
        return thin ? { ...picture, labels: [] } : picture;
      },
      size => this.marks.marksOf(row.lane, range, size, highlight, found)
    );
  }

  private _drawGil(scene: Scene): void {
    const { range, theme } = scene;
    if (this._layout.gil.node.isConnected) {
      this._paint(
        scene,
        this._layout.gil,
        size => this._holders.picture(range, size, theme),
        () => NO_MARKS
      );
    }
  }

  private _drawCores(scene: Scene): void {
    const prepared =
      this._showsCores() && this._layout.cores.prepare(scene.screen);
    if (prepared) {
      const usable = this._document.capture.environment.cpus_usable;
      this._mostCores = Math.max(this._mostCores, this._cores.most);
      const top = Math.max(usable ?? 0, this._mostCores, 1);
      const { context, size } = prepared;
      const scale = { usable, top };
      paintCores(context, this._cores.cores, scale, size, scene.theme);
    }
  }

  private _paint(
    { range, screen, ticks, theme }: Scene,
    canvas: RowCanvas,
    picture: (size: DeviceSize) => LanePicture,
    marks: (size: DeviceSize) => LaneMarks
  ): void {
    const prepared = canvas.prepare(screen);
    if (prepared !== undefined) {
      const { context, size } = prepared;
      const made = picture(laneSize(size));
      const places = ticks.ticks.map(({ time }) =>
        Math.round(xOf(range, size.width, time))
      );
      const box = { top: size.height - made.height, ticks: places };
      paintLane(context, made, box, marks(size), theme, this._images);
    }
  }

  private _showsCores(): boolean {
    return coresKnown(this._document);
  }

  private _meanOf(key: string, columns: number): MeanShares {
    const kept = this._means.get(key) ?? new MeanShares(columns);
    kept.clear();
    this._means.set(key, kept);
    return kept;
  }

  private readonly _holders: GilHolders;
  private readonly _cores = new CoresCurve();
  private readonly _means = new Map<string, MeanShares>();
  private readonly _images = new ImagePool();
  private _shares: ColumnShares = new Float64Array(0);
  /** So far: the scale of the curve never shrinks, so that it keeps its meaning while one zooms. */
  private _mostCores = 0;
}

/** The lane's part of its canvas: below the room for the marks, if it has any. */
function laneSize(canvas: DeviceSize): DeviceSize {
  const full = Math.round(LANE_HEIGHT * canvas.pixelRatio);
  return { ...canvas, height: Math.min(full, canvas.height) };
}
