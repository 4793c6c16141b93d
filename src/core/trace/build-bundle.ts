/**
 * Document and lanes → the notebook bundle within its budget. What does not fit goes in this order:
 * single intervals beyond the longest waits, resolution of the overview, lanes of threads that hardly
 * waited, ends of the tables. Each loss is said in a sentence of `reductions`.
 */
import type { ThreadsResult } from '../threads/result';
import { STATE_NAMES } from '../threads/states';
import { boundFindings } from './bound-findings';
import { boundPlaces } from './bound-places';
import { boundTexts, shortRun } from './bound-texts';
import {
  BUNDLE_MAX_BYTES,
  type Bundle,
  type Placeholder,
  type Sidecar
} from './bundle';
import {
  FAIR,
  firstSettings,
  LEAST,
  lower,
  reduce,
  type BundleSettings
} from './bundle-settings';
import type { ReportDocument, RunInfo } from './document';
import { formatVersion } from './format-version';
import { laneColumns, type LaneColumns } from './lanes';
import { bucketGrid, DEFAULT_BUCKETS } from './overview';
import { PackedLanes } from './packed-lanes';
import { describeReductions } from './reductions';
import { storedBytes } from './stored-size';
import {
  cutToThreads,
  omittedRows,
  rankThreads,
  wholeTables,
  type TableCut
} from './table-cut';
import { countIntervals } from './windows';

export interface BundleOptions {
  /** Size of the bundle as it stands in a notebook (see storedBytes); default BUNDLE_MAX_BYTES. */
  maxBytes?: number;
  /** The full trace, if it was saved beside the notebook. */
  sidecar?: Sidecar;
}

/** No budget may be smaller: a bundle with a row of each table must fit. */
export const BUNDLE_LEAST_BYTES = 24 * 1024;

/** No row of a table is shorter as stored: tells how many rows can't fit, whatever else is cut. */
const LEAST_ROW_BYTES = 100;

/** Shares that are this much too large shrink by two steps at once. */
const FAR_TOO_LARGE = 2.5;

/** Rows of the thread table for which lanes make room. */
const FEW_THREADS = 8;

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
    version: formatVersion([], ''),
    run: shortRun(run)
  };
}

/** Looks for the settings of one bundle. */
class BundleMaker {
  constructor(
    document: ReportDocument,
    columns: LaneColumns,
    private readonly maxBytes: number,
    private readonly sidecar: Sidecar | undefined
  ) {
    const bounded = boundTexts(document, maxBytes);
    const placed = boundPlaces(bounded.document, maxBytes);
    this.document = boundFindings(placed.document, maxBytes);
    this.packagesLeftOut = bounded.packagesLeftOut;
    this.stacksLeftOut = placed.stacksLeftOut;
    this.ranking = rankThreads(document.threads);
    this.lanes = new PackedLanes(columns, this.ranking, maxBytes);
    this.intervals = countIntervals(columns);
  }

  make(): Bundle {
    const settings = firstSettings(
      this.document.threads.length,
      this.intervals,
      this.lanes.states.length
    );
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

  /** Reduces `settings` down to `floor` until a bundle with these tables fits; false if none does. */
  private shrinkToFit(
    settings: BundleSettings,
    floor: Readonly<BundleSettings>,
    cut: TableCut
  ): boolean {
    for (;;) {
      const over = storedBytes(this.assemble(settings, cut)) - this.maxBytes;
      if (over <= 0) {
        return true;
      }
      const packed = this.lanes.shares(settings).length;
      const far = packed > (packed - over) * FAR_TOO_LARGE;
      if (!reduce(settings, floor, far)) {
        return false;
      }
    }
  }

  /** The longest tables that fit. */
  private largestCut(settings: BundleSettings): TableCut {
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

  private assemble(wished: BundleSettings, cut: TableCut): Bundle {
    const { document, ranking } = this;
    const { duration, states } = this.lanes;
    // A lane of its own needs a row to name it.
    const settings = {
      ...wished,
      lanes: Math.min(wished.lanes, cut.threads)
    };
    const rows = ranking.slice(0, cut.threads).sort((a, b) => a - b);
    const indexOf = new Map(rows.map((row, index) => [row, index]));
    const grid = bucketGrid(duration, settings.buckets);
    const { windows, waits } = this.lanes.windows(settings);
    const omitted = omittedRows(document, cut);
    return {
      format: 'giltracer-bundle',
      version: formatVersion(states, document.capture.mode),
      run: document.run,
      capture: document.capture,
      threads: rows.map(row => document.threads[row]),
      blame: document.blame.slice(0, cut.blame),
      waits: document.waits.slice(0, cut.waits),
      ...(document.wait_histogram && {
        wait_histogram: document.wait_histogram
      }),
      lines: document.lines.slice(0, cut.lines),
      ...(document.cells && { cells: document.cells }),
      ignored: document.ignored.slice(0, cut.ignored),
      locks: document.locks.slice(0, cut.locks),
      ...(document.collections && { collections: document.collections }),
      ...(document.findings && { findings: document.findings }),
      ...(document.what_if && { what_if: document.what_if }),
      overview: {
        bucket_ns: grid.bucketNs,
        buckets: grid.buckets,
        states: states.map(state => STATE_NAMES[state]),
        lanes: this.lanes.lanes(settings).map(lane => indexesIn(indexOf, lane)),
        shares: this.lanes.shares(settings)
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

  private readonly document: ReportDocument;
  private readonly packagesLeftOut: number;
  private readonly stacksLeftOut: number;
  /** Rows of the thread table, the one that matters most first. */
  private readonly ranking: readonly number[];
  private readonly lanes: PackedLanes;
  private readonly intervals: number;
}

function indexesIn(
  indexOf: ReadonlyMap<number, number>,
  rows: readonly number[]
): number[] {
  return rows.flatMap(row => indexOf.get(row) ?? []);
}
