/** The table of threads: the classical "has GIL, waits, no GIL", with no GIL split in two. */
import type {
  CaptureInfo,
  ReportDocument,
  ThreadRow
} from '../../core/trace/document';
import { sleepSentence } from '../../core/export/source-words';
import { isIdle } from '../../core/trace/idle';
import { ThreadState } from '../../core/threads/states';
import { formatDuration, formatPercent } from '../format';
import { threadName } from '../thread-name';
import type { ITranslation } from '../translation';
import { absentCell, countCell, durationCell } from './cells';
import type { CellValue, Column, TableOptions } from './table-model';

/** Threads that are shown before the reader asks for all. */
const FIRST_THREADS = 24;

/** The badge of a thread, if it has a number. */
export type RowBadge = (thread: ThreadRow) => HTMLElement | undefined;

/** CSS colour of a state. */
export type StateColour = (state: ThreadState) => string;

export function threadsTable(
  document: ReportDocument,
  badgeOf: RowBadge,
  colourOf: StateColour,
  trans: ITranslation
): TableOptions<ThreadRow> {
  const { capture } = document;
  const percent = (
    key: string,
    header: string,
    title: string,
    state: ThreadState,
    read: (row: ThreadRow) => number | undefined,
    error: (row: ThreadRow) => number | undefined
  ): Column<ThreadRow> => ({
    key,
    header,
    title,
    numeric: true,
    unit: '%',
    cell: row => ({
      ...percentCell(
        read(row),
        error(row),
        colourOf(state),
        absentShare(capture, key, trans)
      ),
      ...(key === 'asleep' && sleepTitle(row, trans))
    })
  });
  const count = (
    key: string,
    header: string,
    title: string,
    read: (row: ThreadRow) => number | undefined
  ): Column<ThreadRow> => ({
    key,
    header,
    title,
    numeric: true,
    cell: row => {
      const value = read(row);
      return value === undefined
        ? absentCount(capture, trans)
        : countCell(value);
    }
  });
  return {
    caption: trans.__('Threads'),
    rows: document.threads,
    first: FIRST_THREADS,
    fold: {
      hides: isIdle,
      label: count => trans._n('%1 idle thread', '%1 idle threads', count)
    },
    columns: [
      {
        key: 'name',
        header: trans.__('Thread'),
        title: trans.__('* marks the main thread'),
        numeric: false,
        cell: row => ({
          value: threadName(row, trans),
          text: nameWithLibrary(row, trans),
          before: () => badgeOf(row)
        })
      },
      percent(
        'has',
        trans.__('Has GIL'),
        trans.__('Part of its known lifetime in which the thread held the GIL'),
        ThreadState.RunningGil,
        row => row.has_gil_percent,
        row => row.has_gil_error_percent
      ),
      percent(
        'wait',
        trans.__('GIL wait'),
        trans.__('Part in which it waited for the GIL'),
        ThreadState.WaitingGil,
        row => row.gil_wait_percent,
        row => row.gil_wait_error_percent
      ),
      percent(
        'none',
        trans.__('No GIL'),
        trans.__('Part in which it neither held the GIL nor waited for it'),
        ThreadState.NoGil,
        row => row.no_gil_percent,
        row => row.no_gil_error_percent
      ),
      percent(
        'working',
        trans.__('…\u00a0working'),
        trans.__('No GIL, on a CPU: this work is done in parallel'),
        ThreadState.Running,
        row => row.no_gil_working_percent,
        row => row.no_gil_working_error_percent
      ),
      percent(
        'asleep',
        trans.__('…\u00a0asleep'),
        trans.__('No GIL, not on a CPU: asleep, or waiting for a CPU'),
        ThreadState.OffCpu,
        row => row.no_gil_asleep_percent,
        row => row.no_gil_asleep_error_percent
      ),
      count(
        'waits',
        trans.__('Waits'),
        trans.__('How many times the thread waited for the GIL'),
        row => row.waits
      ),
      count(
        'forced',
        trans.__('Forced switches'),
        trans.__(
          'How many times the thread had to give the GIL up because another one had waited for a whole switch interval'
        ),
        row => row.forced_switches
      ),
      ...holdColumns(document, trans),
      ...processColumn(document, trans),
      {
        key: 'tid',
        header: trans.__('Thread id'),
        numeric: true,
        cell: row => ({ value: row.tid, text: String(row.tid) })
      },
      {
        key: 'duration',
        header: trans.__('Lifetime'),
        title: trans.__('How long the thread existed within the run'),
        numeric: true,
        unit: 'ns',
        cell: row => durationCell(row.duration_ns)
      }
    ]
  };
}

/** What the thread slept in, where that was read. */
function sleepTitle(
  row: ThreadRow,
  trans: ITranslation
): Pick<CellValue, 'title'> {
  const title = sleepSentence(row, () => threadName(row, trans));
  return title === undefined ? {} : { title };
}

/** A native thread is known by the library that it is from. */
function nameWithLibrary(row: ThreadRow, trans: ITranslation): string {
  const name = threadName(row, trans);
  return row.library === undefined ? name : `${name} (${row.library})`;
}

/** How long a thread held the GIL, by whether anybody minded; none if no thread's is known. */
function holdColumns(
  { capture, threads }: ReportDocument,
  trans: ITranslation
): Column<ThreadRow>[] {
  if (!threads.some(row => row.wanted_holds_ns !== undefined)) {
    return [];
  }
  const cell = (value: number | undefined): CellValue =>
    value === undefined ? absentCount(capture, trans) : durationCell(value);
  return [
    {
      key: 'wanted',
      header: trans.__('Held, others waited'),
      title: trans.__('Holds of the GIL in which another thread waited for it'),
      numeric: true,
      unit: 'ns',
      cell: row => cell(row.wanted_holds_ns)
    },
    {
      key: 'harmless',
      header: trans.__('Held, nobody waited'),
      title: trans.__('Holds of the GIL that did no harm'),
      numeric: true,
      unit: 'ns',
      cell: row => cell(row.harmless_holds_ns)
    }
  ];
}

/** The process, where there is more than one. */
function processColumn(
  { threads }: ReportDocument,
  trans: ITranslation
): Column<ThreadRow>[] {
  return new Set(threads.map(row => row.pid)).size < 2
    ? []
    : [
        {
          key: 'pid',
          header: trans.__('Process id'),
          numeric: true,
          cell: row => ({ value: row.pid, text: String(row.pid) })
        }
      ];
}

function percentCell(
  value: number | undefined,
  error: number | undefined,
  colour: string,
  absent: CellValue
): CellValue {
  return value === undefined
    ? absent
    : {
        value,
        text:
          error === undefined
            ? formatPercent(value)
            : `${formatPercent(value)} ± ${formatPercent(error)}`,
        ...(error !== undefined && { error }),
        bar: { part: value / 100, style: colour }
      };
}

function absentShare(
  capture: CaptureInfo,
  key: string,
  trans: ITranslation
): CellValue {
  const split = key === 'working' || key === 'asleep';
  if (split && capture.gil_enabled && !capture.scheduler_states) {
    return absentCell(
      trans.__('Not known: scheduler states were not recorded'),
      trans
    );
  }
  return absentCount(capture, trans);
}

function absentCount(capture: CaptureInfo, trans: ITranslation): CellValue {
  if (capture.gil_enabled && capture.shed !== undefined) {
    const at = formatDuration(capture.shed.at_ns);
    return absentCell(
      capture.mode === 'watch'
        ? trans.__('Not known: nothing was recorded from %1 on', at)
        : trans.__('Not known: only waits were recorded from %1 on', at),
      trans
    );
  }
  return absentCell(
    capture.gil_enabled
      ? trans.__(
          'Not known: this kind of capture (%1) can’t tell',
          capture.mode
        )
      : trans.__('Not applicable: this Python runs without a GIL'),
    trans
  );
}
