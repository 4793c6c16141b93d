/** The cursor's line and the tooltip beside the pointer. */
import type { ReportDocument } from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { LaneRow } from './lane-row';
import type { LanesLayout } from './lanes-layout';
import { spanOf, timeAt } from './time-scale';
import { describeCores, describeGil, describeLane } from './tooltip';
import type { Viewport } from './viewport';

/** A place on the lanes. */
export interface LanePlace {
  readonly row: LaneRow;
  readonly time: Nanoseconds;
  /** How long a pixel lasts there. */
  readonly pixelNs: Nanoseconds;
}

export class Hover {
  constructor(
    private readonly _layout: LanesLayout,
    private readonly _viewport: Viewport,
    private readonly _lanes: readonly Lane[],
    private readonly _document: ReportDocument,
    private readonly _trans: ITranslation
  ) {}

  /** The pointer rests here, or left. */
  pointAt(event: PointerEvent | undefined): void {
    const { body, cursor, tooltip } = this._layout;
    const canvas = event?.target;
    if (event === undefined || !(canvas instanceof HTMLCanvasElement)) {
      this.hide();
      return;
    }
    const place = body.getBoundingClientRect();
    const { left, width } = canvas.getBoundingClientRect();
    const { range } = this._viewport;
    cursor.hidden = false;
    cursor.style.left = `${event.clientX - place.left}px`;
    const time = timeAt(range, width, event.clientX - left);
    const lines = this._describe(canvas, time, spanOf(range) / width);
    if (lines === undefined) {
      tooltip.hide();
    } else {
      const y = event.clientY - place.top;
      tooltip.show(lines, event.clientX - place.left, y);
    }
  }

  hide(): void {
    this._layout.tooltip.hide();
    this._layout.cursor.hidden = true;
  }

  /** The lane and the time at the pointer. */
  placeOf(event: PointerEvent): LanePlace | undefined {
    const row = this._layout.rows.shown.find(
      ({ canvas }) => canvas.node === event.target
    );
    if (row === undefined) {
      return undefined;
    }
    const { range } = this._viewport;
    const { left, width } = row.canvas.node.getBoundingClientRect();
    const time = timeAt(range, width, event.clientX - left);
    return { row, time, pixelNs: spanOf(range) / width };
  }

  private _describe(
    canvas: HTMLCanvasElement,
    time: Nanoseconds,
    pixelNs: Nanoseconds
  ): string[] | undefined {
    const { gil, cores, rows } = this._layout;
    if (canvas === gil.node) {
      return describeGil(this._lanes, time, pixelNs, this._trans);
    }
    if (canvas === cores.node) {
      const usable = this._document.capture.environment.cpus_usable;
      return describeCores(this._lanes, time, pixelNs, usable, this._trans);
    }
    const row = rows.shown.find(({ canvas: own }) => own.node === canvas);
    return (
      row && describeLane(this._lanes, row.lane, time, pixelNs, this._trans)
    );
  }
}
