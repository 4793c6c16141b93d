/**
 * Document and lanes → the notebook bundle within its budget. What does not fit goes in this order:
 * single intervals beyond the longest waits, resolution of the overview, lanes of threads that hardly
 * waited, ends of the tables. Each loss is said in a sentence of `reductions`.
 */
import type { ThreadsResult } from '../threads/result';
import { STATE_NAMES, ThreadState } from '../threads/states';
import { columnsTimeline } from '../timeline/result-timeline';
import type { Timeline } from '../timeline/timeline';
import { boundPlaces } from './bound-places';
import { boundTexts, shortRun } from './bound-texts';
import {
  BUNDLE_MAX_BYTES,
  BUNDLE_VERSION,
  type Bundle,
  type PackedBytes,
  type PackedWindow,
  type Placeholder,
  type Sidecar
} from './bundle';
import type { ReportDocument, RunInfo } from './document';
import { laneColumns, type LaneColumns } from './lanes';
import {
  bucketGrid,
  DEFAULT_BUCKETS,
  occurringStates,
  overviewShares
} from './overview';
import { packBytes } from './packed-bytes';
import { describeReductions } from './reductions';
import { storedBytes } from './stored-size';
import {
  cutToThreads,
  omittedRows,
  rankThreads,
  wholeTables,
  type TableCut
} from './table-cut';
import {
  countIntervals,
  packWindow,
  waitSpans,
  WINDOW_TRACKS,
  WINDOW_WAITS
} from './windows';

export interface BundleOptions {
  /** Size of the bundle as it stands in a notebook (see storedBytes); default BUNDLE_MAX_BYTES. */
  maxBytes?: number;
  /** The full trace, if it was saved beside the notebook. */
  sidecar?: Sidecar;
}

/** Readers of this version know all states but on-cpu; whatever else is new, they may ignore. */
const PLAIN_VERSION = 1;

/** No budget may be smaller: a bundle with a row of each table must fit. */
export const BUNDLE_LEAST_BYTES = 24 * 1024;

/** More intervals never fit: even regular ones take about a byte each. */
const WHOLE_RUN_INTERVALS = 200_000;

/** More lanes than this nobody looks through. */
const MAX_LANES = 256;

/** Bytes of shares before compression: bounds the time that an overview takes. */
const MAX_SHARE_BYTES = 1_500_000;

/** Shares that are this much too large shrink by two steps at once. */
const FAR_TOO_LARGE = 2.5;

/** Part of the budget that the surroundings of the longest waits may take: at first, and in need. */
const WIDE_WINDOWS = 0.6;
const NARROW_WINDOWS = 0.3;

/** What a packed interval takes, about: stops before too many are packed. */
const INTERVAL_BYTES = 2.5;

/** No row of a table is shorter as stored: tells how many rows can't fit, whatever else is cut. */
const LEAST_ROW_BYTES = 100;

/** Rows of the thread table for which lanes make room. */
const FEW_THREADS = 8;

/** What can be reduced apart from the tables. */
interface Settings {
  /** Buckets of the overview, at most. */
  buckets: number;
  /** Threads with a lane of their own. */
  lanes: number;
  /** Waits whose surroundings are kept; Infinity: every interval of the run. */
  waits: number;
  /** Part of the budget for these surroundings. */
  windows: number;
}

/** What stays at least before the tables end, and what stays whatever happens. */
const FAIR: Settings = {
  buckets: 512,
  lanes: 32,
  waits: WINDOW_WAITS,
  windows: NARROW_WINDOWS
};
const LEAST: Settings = {
  buckets: 64,
  lanes: 1,
  waits: 0,
  windows: NARROW_WINDOWS
};

/**
 * Makes the bundle of a run.
 *
 * @param document as buildDocument made it from the same run: its rows match the lanes
 * @param source the result, or the columns of a trace file
 * @throws RangeError for a budget below BUNDLE_LEAST_BYTES
 */
export function buildBundle(
  document: ReportDocument,
  source: ThreadsResult | LaneColumns,
  options: BundleOptions = {}
): Bundle {
  const maxBytes = options.maxBytes ?? BUNDLE_MAX_BYTES;
  if (!(maxBytes >= BUNDLE_LEAST_BYTES)) {
    throw new RangeError(
      `a bundle needs at least ${BUNDLE_LEAST_BYTES} bytes, not ${maxBytes}`
    );
  }
  const columns = 'tracks' in source ? source : laneColumns(source);
  return new BundleMaker(document, columns, maxBytes, options.sidecar).make();
}

/** What stands in the output while the cell runs, and after a failure. */
export function placeholder(run: RunInfo): Placeholder {
  return {
    format: 'giltracer-bundle',
    version: PLAIN_VERSION,
    run: shortRun(run)
  };
}

/** Looks for the settings of one bundle; keeps what was packed between tries. */
class BundleMaker {
  constructor(
    document: ReportDocument,
    private readonly columns: LaneColumns,
    private readonly maxBytes: number,
    private readonly sidecar: Sidecar | undefined
  ) {
    const bounded = boundTexts(document, maxBytes);
    const placed = boundPlaces(bounded.document, maxBytes);
    this.document = placed.document;
    this.packagesLeftOut = bounded.packagesLeftOut;
    this.stacksLeftOut = placed.stacksLeftOut;
    this.ranking = rankThreads(document.threads);
    this.states = occurringStates(columns.tracks);
    this.timeline = columnsTimeline(columns);
    this.duration = columns.end - columns.begin;
  }

  make(): Bundle {
    const settings = this.firstSettings();
    const whole = wholeTables(this.document);
    if (
      whole.threads <= this.maxBytes / LEAST_ROW_BYTES &&
      this.shrinkToFit(settings, FAIR, whole)
    ) {
      return this.assemble(settings, whole);
    }
    // Tables alone pass the budget. A fair picture stays, then what tables fit.
    lower(settings, FAIR);
    const few = cutToThreads(this.document, FEW_THREADS);
    if (!this.shrinkToFit(settings, LEAST, few)) {
      throw new RangeError('a text of the run is too long for a bundle');
    }
    return this.assemble(settings, this.largestCut(settings));
  }

  private firstSettings(): Settings {
    const threads = this.document.threads.length;
    const whole =
      threads <= MAX_LANES &&
      countIntervals(this.columns) <= WHOLE_RUN_INTERVALS;
    const settings: Settings = {
      buckets: DEFAULT_BUCKETS,
      lanes: Math.min(threads, MAX_LANES),
      waits: whole ? Infinity : WINDOW_WAITS,
      windows: WIDE_WINDOWS
    };
    const laneBytes = (settings.lanes + 1) * this.states.length;
    while (settings.buckets * laneBytes > MAX_SHARE_BYTES) {
      settings.buckets /= 2;
    }
    return settings;
  }

  /** Reduces `settings` down to `floor` until a bundle with these tables fits; false if none does. */
  private shrinkToFit(
    settings: Settings,
    floor: Settings,
    cut: TableCut
  ): boolean {
    for (;;) {
      const over = storedBytes(this.assemble(settings, cut)) - this.maxBytes;
      if (over <= 0) {
        return true;
      }
      const packed = this.packedShares(settings).length;
      const far = packed > (packed - over) * FAR_TOO_LARGE;
      if (!reduce(settings, floor, far)) {
        return false;
      }
    }
  }

  /** The longest tables that fit. */
  private largestCut(settings: Settings): TableCut {
    let fits = FEW_THREADS;
    let tooMany = Math.ceil(this.maxBytes / LEAST_ROW_BYTES);
    while (tooMany - fits > 1) {
      const middle = (fits + tooMany) >>> 1;
      const cut = cutToThreads(this.document, middle);
      if (storedBytes(this.assemble(settings, cut)) <= this.maxBytes) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return cutToThreads(this.document, fits);
  }

  private assemble(wished: Settings, cut: TableCut): Bundle {
    const { document, ranking, duration, states } = this;
    // A lane of its own needs a row to name it.
    const settings = {
      ...wished,
      lanes: Math.min(wished.lanes, cut.threads)
    };
    const rows = ranking.slice(0, cut.threads).sort((a, b) => a - b);
    const indexOf = new Map(rows.map((row, index) => [row, index]));
    const grid = bucketGrid(duration, settings.buckets);
    const { windows, waits } = this.packedWindows(settings);
    const omitted = omittedRows(document, cut);
    return {
      format: 'giltracer-bundle',
      version: states.includes(ThreadState.OnCpu)
        ? BUNDLE_VERSION
        : PLAIN_VERSION,
      run: document.run,
      capture: document.capture,
      threads: rows.map(row => document.threads[row]),
      blame: document.blame.slice(0, cut.blame),
      waits: document.waits.slice(0, cut.waits),
      lines: document.lines.slice(0, cut.lines),
      ignored: document.ignored.slice(0, cut.ignored),
      locks: document.locks.slice(0, cut.locks),
      ...(document.collections && { collections: document.collections }),
      overview: {
        bucket_ns: grid.bucketNs,
        buckets: grid.buckets,
        states: states.map(state => STATE_NAMES[state]),
        lanes: this.lanes(settings).map(lane => indexesIn(indexOf, lane)),
        shares: this.packedShares(settings)
      },
      windows: windows.map(window => ({
        ...window,
        tracks: window.tracks.flatMap(track => {
          const thread = indexOf.get(track.thread);
          return thread === undefined ? [] : [{ ...track, thread }];
        })
      })),
      ...(Object.keys(omitted).length > 0 && { omitted }),
      reductions: describeReductions({
        document,
        ranking,
        cut,
        grid,
        fullGrid: bucketGrid(duration, DEFAULT_BUCKETS),
        folded: Math.max(0, ranking.length - settings.lanes),
        windows:
          settings.waits === Infinity
            ? undefined
            : {
                waits,
                duration: windows.reduce(
                  (sum, window) => sum + window.end_ns - window.start_ns,
                  0
                )
              },
        packagesLeftOut: this.packagesLeftOut,
        stacksLeftOut: this.stacksLeftOut
      }),
      ...(this.sidecar && { sidecar: this.sidecar })
    };
  }

  /** Rows of each lane: own lanes in the table's order, then the folded one. */
  private lanes({ lanes }: Settings): number[][] {
    const own = this.ranking.slice(0, lanes).sort((a, b) => a - b);
    const folded = this.ranking.slice(lanes).sort((a, b) => a - b);
    return [...own.map(row => [row]), ...(folded.length > 0 ? [folded] : [])];
  }

  private packedShares(settings: Settings): PackedBytes {
    const key = `${settings.buckets} ${settings.lanes}`;
    if (this.shares?.key !== key) {
      const shares = overviewShares(
        this.columns,
        this.lanes(settings),
        this.states,
        bucketGrid(this.duration, settings.buckets),
        this.timeline
      );
      this.shares = { key, packed: packBytes(shares) };
    }
    return this.shares.packed;
  }

  private packedWindows({ waits, windows: part }: Settings): MadeWindows {
    const key = `${waits} ${part}`;
    if (this.windows?.key !== key) {
      this.windows =
        waits === Infinity
          ? { key, waits, windows: this.wholeRun() }
          : { key, ...this.aroundWaits(waits, this.maxBytes * part) };
    }
    return this.windows;
  }

  private wholeRun(): PackedWindow[] {
    const rows = this.ranking.map((_, row) => row);
    const span = { start: 0, end: this.duration };
    return [packWindow(this.columns, rows, span, rows.length)];
  }

  private aroundWaits(
    asked: number,
    maxBytes: number
  ): Omit<MadeWindows, 'key'> {
    const rows = this.ranking.slice(0, MAX_LANES);
    for (let most = asked; ; most = most >>> 1) {
      const { spans, waits } = waitSpans(
        this.columns,
        rows,
        most,
        maxBytes / INTERVAL_BYTES,
        this.timeline
      );
      const windows = spans.map(span =>
        packWindow(this.columns, rows, span, WINDOW_TRACKS)
      );
      if (most === 0 || storedBytes(windows) <= maxBytes) {
        return { waits, windows };
      }
    }
  }

  private readonly document: ReportDocument;
  private readonly packagesLeftOut: number;
  private readonly stacksLeftOut: number;
  /** Rows of the thread table, the one that matters most first. */
  private readonly ranking: readonly number[];
  private readonly states: readonly ThreadState[];
  private readonly timeline: Timeline;
  private readonly duration: number;
  private shares: { key: string; packed: PackedBytes } | undefined;
  private windows: MadeWindows | undefined;
}

interface MadeWindows {
  /** The settings that they were made for. */
  key: string;
  /** Waits that they are around. */
  waits: number;
  /** `thread` of the tracks: rows of the whole table. */
  windows: PackedWindow[];
}

/** The next step down; false at the floor. */
function reduce(settings: Settings, floor: Settings, far: boolean): boolean {
  const halve = (value: number, least: number): number =>
    Math.max(Math.floor(value / (far ? 4 : 2)), least);
  if (settings.waits === Infinity) {
    settings.waits = WINDOW_WAITS;
  } else if (settings.windows > floor.windows) {
    settings.windows = floor.windows;
  } else if (settings.buckets > floor.buckets) {
    settings.buckets = halve(settings.buckets, floor.buckets);
  } else if (settings.lanes > floor.lanes) {
    settings.lanes = halve(settings.lanes, floor.lanes);
  } else if (settings.waits > floor.waits) {
    settings.waits >>>= 1;
  } else {
    return false;
  }
  return true;
}

function lower(settings: Settings, to: Settings): void {
  settings.buckets = Math.min(settings.buckets, to.buckets);
  settings.lanes = Math.min(settings.lanes, to.lanes);
  settings.waits = Math.min(settings.waits, to.waits);
  settings.windows = Math.min(settings.windows, to.windows);
}

function indexesIn(
  indexOf: ReadonlyMap<number, number>,
  rows: readonly number[]
): number[] {
  return rows.flatMap(row => indexOf.get(row) ?? []);
}
