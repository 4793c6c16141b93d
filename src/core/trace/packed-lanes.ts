/** The lanes of a run packed for a bundle: its overview, and the exact intervals around its longest waits. */
import type { ThreadState } from '../threads/states';
import { columnsTimeline } from '../timeline/result-timeline';
import type { Timeline } from '../timeline/timeline';
import type { Nanoseconds } from '../units';
import type { PackedBytes, PackedWindow } from './bundle';
import { MAX_LANES, type BundleSettings } from './bundle-settings';
import type { LaneColumns } from './lanes';
import { bucketGrid, occurringStates, overviewShares } from './overview';
import { packBytes } from './packed-bytes';
import { storedBytes } from './stored-size';
import { packWindow, waitSpans, WINDOW_TRACKS } from './windows';

/** What a packed interval takes, about: stops before too many are packed. */
const INTERVAL_BYTES = 2.5;

/** Exact intervals of the run. */
export interface MadeWindows {
  /** Waits that they are around; Infinity: the whole run. */
  waits: number;
  /** `thread` of the tracks: rows of the whole table. */
  windows: PackedWindow[];
}

/** Keeps what was packed last: settings change one at a time. */
export class PackedLanes {
  /**
   * @param _ranking rows of the thread table, the one that matters most first
   * @param _maxBytes budget of the bundle
   */
  constructor(
    private readonly _columns: LaneColumns,
    private readonly _ranking: readonly number[],
    private readonly _maxBytes: number
  ) {
    this.states = occurringStates(_columns.tracks);
    this.duration = _columns.end - _columns.begin;
    this._timeline = columnsTimeline(_columns);
  }

  /** States that occur, in the order of the overview. */
  readonly states: readonly ThreadState[];
  readonly duration: Nanoseconds;

  /** Rows of each lane: own lanes in the table's order, then the folded one. */
  lanes({ lanes }: BundleSettings): number[][] {
    const own = this._ranking.slice(0, lanes).sort((a, b) => a - b);
    const folded = this._ranking.slice(lanes).sort((a, b) => a - b);
    return [...own.map(row => [row]), ...(folded.length > 0 ? [folded] : [])];
  }

  /** Shares of the states in each bucket of each lane. */
  shares(settings: BundleSettings): PackedBytes {
    const key = `${settings.buckets} ${settings.lanes}`;
    if (this._shares?.key !== key) {
      const shares = overviewShares(
        this._columns,
        this.lanes(settings),
        this.states,
        bucketGrid(this.duration, settings.buckets),
        this._timeline
      );
      this._shares = { key, packed: packBytes(shares) };
    }
    return this._shares.packed;
  }

  windows({ waits, windows: part }: BundleSettings): MadeWindows {
    const key = `${waits} ${part}`;
    if (this._windows?.key !== key) {
      const made =
        waits === Infinity
          ? { waits, windows: this._wholeRun() }
          : this._aroundWaits(waits, this._maxBytes * part);
      this._windows = { key, made };
    }
    return this._windows.made;
  }

  private _wholeRun(): PackedWindow[] {
    const rows = this._ranking.map((_, row) => row);
    const span = { start: 0, end: this.duration };
    return [packWindow(this._columns, rows, span, rows.length)];
  }

  private _aroundWaits(asked: number, maxBytes: number): MadeWindows {
    const rows = this._ranking.slice(0, MAX_LANES);
    for (let most = asked; ; most = most >>> 1) {
      const { spans, waits } = waitSpans(
        this._columns,
        rows,
        most,
        maxBytes / INTERVAL_BYTES,
        this._timeline
      );
      const windows = spans.map(span =>
        packWindow(this._columns, rows, span, WINDOW_TRACKS)
      );
      if (most === 0 || storedBytes(windows) <= maxBytes) {
        return { waits, windows };
      }
    }
  }

  private readonly _timeline: Timeline;
  private _shares: { key: string; packed: PackedBytes } | undefined;
  private _windows: { key: string; made: MadeWindows } | undefined;
}
