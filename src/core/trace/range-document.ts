/** The figures of a part of a run, from its whole trace. */
import { blame } from '../threads/blame';
import { pick, pickWaits, rowsByGil } from '../threads/picked-rows';
import { RangeLines } from '../threads/range-lines';
import type {
  HoldColumns,
  ThreadRecord,
  ThreadsResult,
  WaitColumns
} from '../threads/result';
import { STATE_COUNT } from '../threads/states';
import { buildDocument } from './build-document';
import type { ReportDocument, WaitRow } from './document';
import { NO_HOLDS, NO_LOCK_WAITS, NO_SPANS, NO_STACKS } from './empty-columns';
import type { LoadedTrace } from './load-trace';
import {
  clipped,
  clippedHolds,
  clippedLockWaits,
  clippedRows,
  waitsIn,
  type DocumentRange
} from './clipped-columns';
import { SourceStacks } from './source-stacks';
import { TracePlaces } from './trace-places';
import { LISTED_WAITS, waitRows } from './wait-rows';

/**
 * What can't be known of a part of a run: `lines` and who made whom wait on which line, as the file does not say how holds
 * were split; which requests were `ignored`; how far sampled figures may be off (`errors`).
 */
export type RangeGap = 'lines' | 'ignored' | 'errors';

export interface RangeDocument {
  /**
   * As the whole run's, clipped to the range; times count from the begin of the run. Threads are all those of the run, in its
   * order. Of waits the longest that overlap the range, uncut.
   */
  readonly document: ReportDocument;
  readonly gaps: readonly RangeGap[];
}

/** Makes documents of parts of one trace; what serves all of them is made once. */
export class RangeDocuments {
  constructor(private readonly trace: LoadedTrace) {
    const { tables, columns, document } = trace.file;
    const { lines = [], owners = [], stacks = NO_STACKS } = tables;
    this.places = new TracePlaces(lines, owners);
    this.run = {
      begin: 0,
      end: columns.end,
      schedulerStates: document.capture.scheduler_states,
      sampled: document.capture.mode === 'sample',
      threads: [],
      waits: columns.waits,
      holds: tables.holds ?? NO_HOLDS,
      blame: [],
      gils: gilsOf(trace),
      lockWaits: tables.lockWaits ?? NO_LOCK_WAITS,
      collections: tables.collections ?? NO_SPANS,
      lines: this.places.records,
      stacks,
      lineTimes: [],
      lineBlame: [],
      ignored: [],
      oddities: {
        dropWithoutRequest: 0,
        neverAcquired: 0,
        exitWhileHolding: 0,
        brokenAlternation: 0
      },
      lossSpans: []
    };
    const { lineSplit } = tables;
    this.lines =
      lineSplit &&
      new RangeLines({
        holds: this.run.holds,
        waits: this.run.waits,
        stacks,
        split: lineSplit
      });
  }

  of(range: DocumentRange): RangeDocument {
    const { run, trace } = this;
    const { document: whole } = trace.file;
    const holds = clippedHolds(run.holds, range);
    const waits = waitsIn(run.waits, range);
    const threads = whole.threads.map((_, row) => this.thread(row, range));
    const lines = this.lines?.within(range);
    const result: ThreadsResult = {
      ...run,
      threads,
      waits,
      holds,
      blame: blameOf(run.gils.length, clipped(waits, range), holds, threads),
      lockWaits: clippedLockWaits(run.lockWaits, range),
      collections: clippedRows(run.collections, range),
      ...(lines && lines)
    };
    const built = buildDocument(result, {
      run: whole.run,
      capture: whole.capture,
      threadNames: new Map(),
      places: this.places,
      order: threads.map((_, row) => row),
      waits: this.longest(range, threads)
    });
    const document = {
      ...built,
      capture: { ...built.capture, duration_ns: range.end - range.start },
      // How often something happened is not known where it is sampled.
      blame:
        run.sampled === true
          ? built.blame.map(({ count: _, ...row }) => row)
          : built.blame
    };
    return { document, gaps: this.gaps };
  }

  /** One wait as a document lists it. */
  wait(row: number): WaitRow {
    const { end } = this.run;
    const threads = this.trace.file.document.threads.map((_, index) =>
      this.thread(index, { start: 0, end })
    );
    return this.waitRows([row], threads)[0];
  }

  /** The longest waits, whole and with all who held the GIL meanwhile. */
  private longest(
    { start, end }: DocumentRange,
    threads: readonly ThreadRecord[]
  ): ReportDocument['waits'] {
    const longest = this.trace.timeline.longestWaits(start, end, LISTED_WAITS);
    return this.waitRows(
      longest.map(({ row }) => row),
      threads
    );
  }

  private waitRows(
    rows: readonly number[],
    threads: readonly ThreadRecord[]
  ): WaitRow[] {
    const { run } = this;
    const waits = pickWaits(run.waits, Int32Array.from(rows));
    const stacks = new SourceStacks(run.lines, run.stacks, this.places);
    return waitRows({ ...run, threads, waits }, stacks);
  }

  private thread(row: number, { start, end }: DocumentRange): ThreadRecord {
    const { states, sums } = this.trace.timeline.threads[row];
    const { tid, pid, name, main, native, library } =
      this.trace.file.document.threads[row];
    const statesNs = new Float64Array(STATE_COUNT);
    sums.timeInStates(start, end, statesNs);
    const begin = Math.max(start, states.length > 0 ? states.start[0] : start);
    return {
      pid,
      tid,
      comm: name,
      main,
      begin,
      end: Math.max(begin, Math.min(end, states.end)),
      requests: 0,
      statesNs,
      python: !native,
      ...(library !== undefined && { library }),
      track: states
    };
  }

  private get gaps(): RangeGap[] {
    const { document } = this.trace.file;
    const gaps: RangeGap[] = [];
    if (this.lines === undefined && document.lines.length > 0) {
      gaps.push('lines');
    }
    if (document.ignored.length > 0) {
      gaps.push('ignored');
    }
    if (this.run.sampled === true) {
      gaps.push('errors');
    }
    return gaps;
  }

  private readonly places: TracePlaces;
  private readonly run: ThreadsResult;
  private readonly lines: RangeLines | undefined;
}

/** A file tells of GILs only that there are so many; each is taken for one of the first process. */
function gilsOf({ file }: LoadedTrace): ThreadsResult['gils'] {
  const { gil = new Uint16Array(0) } = file.tables.holds ?? {};
  const count = gil.reduce((most, each) => Math.max(most, each + 1), 1);
  const pid = file.document.threads[0]?.pid ?? 0;
  return Array.from({ length: count }, (_, index) => ({
    pid,
    address: 0,
    main: index === 0
  }));
}

/** Who made whom wait, by thread. */
function blameOf(
  gils: number,
  waits: WaitColumns,
  holds: HoldColumns,
  threads: readonly ThreadRecord[]
): ThreadsResult['blame'] {
  if (gils === 1) {
    return blame(waits, holds, threads.length);
  }
  return rowsByGil(gils, holds, waits).flatMap(
    ({ holds: own, waits: wanting }) => {
      const ofGil = {
        length: own.length,
        thread: pick(holds.thread, own),
        start: pick(holds.start, own),
        end: pick(holds.end, own)
      };
      const ofWaiters = {
        length: wanting.length,
        thread: pick(waits.thread, wanting),
        start: pick(waits.start, wanting),
        end: pick(waits.end, wanting)
      };
      return blame(ofWaiters, ofGil, threads.length);
    }
  );
}
