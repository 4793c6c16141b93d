/** Finds waits: the one at a place of a lane, the next one, the previous one. */
import type { ReportDocument, WaitRow } from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';
import type { Lane } from './lane-data';
import type { RunMarks } from './lane-marks';
import { waitFrom } from './wait-parts';
import type { IWaitSource } from './wait-source';
import { ListedWaits } from './wait-source';

/** How far from a wait a click still means it, in pixels. */
const REACH = 4;

export class WaitWalk {
  constructor(
    private readonly _lanes: readonly Lane[],
    private readonly _document: ReportDocument,
    private readonly _marks: RunMarks
  ) {
    this._listed = new ListedWaits(_document.waits);
  }

  /** Ask this one, too, from now on. */
  source: IWaitSource | undefined;

  /**
   * The next (1) or previous (-1) wait from `time` on: any of those that are listed, others if they last at least `least`. Undefined
   * if there is none, or if the reader has gone on meanwhile.
   */
  async walk(
    direction: 1 | -1,
    time: Nanoseconds,
    least: Nanoseconds
  ): Promise<WaitRow | undefined> {
    const walk = ++this._walks;
    const step = (source: IWaitSource, atLeast: Nanoseconds) =>
      direction > 0
        ? source.next(time, atLeast)
        : source.previous(time, atLeast);
    const listed = await step(this._listed, 0);
    const other = this.source && (await step(this.source, least));
    if (walk !== this._walks) {
      return undefined;
    }
    if (listed === undefined || other === undefined) {
      return listed ?? other;
    }
    const before = direction * (other.start_ns - listed.start_ns) < 0;
    return before ? other : listed;
  }

  /** The wait at a time of a lane, in a drawing in which one pixel lasts `pixelNs`. */
  at(lane: Lane, time: Nanoseconds, pixelNs: Nanoseconds): WaitRow | undefined {
    let best: WaitRow | undefined;
    let nearest = REACH * pixelNs;
    for (const wait of this._marks.waitsOf(lane)) {
      const { start_ns: start, duration_ns: duration } = wait;
      const away = Math.max(start - time, time - start - duration, 0);
      if (
        away < nearest ||
        (away === nearest && duration > (best?.duration_ns ?? -1))
      ) {
        best = wait;
        nearest = away;
      }
    }
    const interval = lane.source.intervalAt(time);
    if (interval === undefined || best !== undefined) {
      return best;
    }
    const sampled = this._document.capture.sampling !== undefined;
    return waitFrom(interval, lane, this._lanes, sampled);
  }

  private readonly _listed: IWaitSource;
  private _walks = 0;
}
