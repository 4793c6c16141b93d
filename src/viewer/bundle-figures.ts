/** Figures of ranges from what a notebook holds: threads on average, the longest waits, and nothing else. */
import type { BundleView } from '../core/trace/bundle-view';
import type { ReportDocument, ThreadRow } from '../core/trace/document';
import { STATE_COUNT, STATE_NAMES, ThreadState } from '../core/threads/states';
import { formatDuration } from './format';
import { lanesOf, type Lane } from './lanes/lane-data';
import { spanOf, type TimeRange } from './lanes/time-scale';
import type { IRangeFigures, RangeFigures } from './range-figures';
import type { ITranslation } from './translation';

export class BundleFigures implements IRangeFigures {
  /** @param _whole the document of the view */
  constructor(
    private readonly _view: BundleView,
    private readonly _whole: ReportDocument,
    private readonly _trans: ITranslation
  ) {
    this._lanes = lanesOf(_view);
    this._shared = this._lanes.some(({ count }) => count > 1);
  }

  /** A bundle is small. */
  takesLong(): boolean {
    return false;
  }

  figures(range: TimeRange): RangeFigures {
    const trans = this._trans;
    const shares = new Float64Array(STATE_COUNT);
    const rows = new Map<ThreadRow, ThreadRow>();
    for (const { threads, source } of this._lanes) {
      source.columnShares(range, 1, shares);
      for (const thread of threads) {
        rows.set(thread, rowOf(thread, shares, spanOf(range), this._whole));
      }
    }
    const threads = this._whole.threads.map(row => rows.get(row) ?? row);
    const { collections, capture } = this._whole;
    const within = ({ start, end }: TimeRange): boolean =>
      start < range.end && end > range.start;
    const document: ReportDocument = {
      ...this._whole,
      capture: { ...capture, duration_ns: spanOf(range) },
      threads,
      waits: this._whole.waits.filter(({ start_ns: start, duration_ns: ns }) =>
        within({ start, end: start + ns })
      ),
      blame: [],
      lines: [],
      ignored: [],
      locks: [],
      collections: undefined,
      wait_histogram: undefined
    };
    const step = formatDuration(this._view.overview?.bucketNs ?? 0);
    const remarks = [
      trans.__(
        'Threads: averages of %1 where exact intervals are not stored.',
        step
      ),
      trans.__('Waits: only the longest of the run are stored.'),
      collections === undefined
        ? trans.__(
            'Lines, who made whom wait and locks of a range need the full trace.'
          )
        : trans.__(
            'Lines, who made whom wait, locks and garbage collections of a range need the full trace.'
          )
    ];
    if (this._shared) {
      remarks.push(
        trans.__('Threads that share a lane: the average of that lane.')
      );
    }
    return { document, remarks };
  }

  private readonly _lanes: readonly Lane[];
  private readonly _shared: boolean;
}

/** The thread's row with the times of the range; what only the whole trace tells is absent. */
function rowOf(
  { tid, pid, name, main, native, library }: ThreadRow,
  shares: Float64Array,
  span: number,
  { capture }: ReportDocument
): ThreadRow {
  const times = shares.map(share => share * span);
  const all = times.reduce((sum, time) => sum + time, 0);
  const states: ThreadRow['states_ns'] = {};
  times.forEach((time, state) => {
    if (Math.round(time) > 0) {
      states[STATE_NAMES[state]] = Math.round(time);
    }
  });
  const known = all - times[ThreadState.Unknown];
  const percent = (...of: ThreadState[]): number =>
    (100 * of.reduce<number>((sum, state) => sum + times[state], 0)) / known;
  const { RunningGil, HoldingOffCpu, WaitingGil, Running, OnCpu } = ThreadState;
  const holds = times[OnCpu] === 0 && ['full', 'watch'].includes(capture.mode);
  const has = percent(RunningGil, HoldingOffCpu);
  const waits = percent(WaitingGil);
  return {
    tid,
    pid,
    name,
    main,
    native,
    duration_ns: Math.round(all),
    states_ns: states,
    ...(library !== undefined && { library }),
    ...(capture.gil_enabled && known > 0 && { gil_wait_percent: waits }),
    ...(capture.gil_enabled &&
      known > 0 &&
      holds && {
        has_gil_percent: has,
        no_gil_percent: 100 - has - waits,
        ...(capture.scheduler_states && {
          no_gil_working_percent: percent(Running),
          no_gil_asleep_percent: 100 - has - waits - percent(Running)
        })
      })
  };
}
