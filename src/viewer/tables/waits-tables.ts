/** Who made whom wait, and the longest waits. */
import type {
  BlameRow,
  ReportDocument,
  WaitRow
} from '../../core/trace/document';
import { formatCount, formatDuration, formatTime } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';
import type { CellValue, TableOptions } from './sortable-table';
import { absentCell } from './threads-table';

/** The badge of the thread with a tid, if it has a number. */
export type TidBadge = (tid: number) => HTMLElement | undefined;

/** How many of the longest waits are listed. */
export const LONGEST_WAITS = 10;

/** Pairs of threads, the pair with the longest time first. */
export function blameTable(
  document: ReportDocument,
  badgeOf: TidBadge,
  trans: ITranslation
): TableOptions<BlameRow> {
  const nobody: CellValue = {
    value: undefined,
    text: trans.__('nobody known'),
    title: trans.__(
      'Nobody is known to have held the GIL then: it was being handed over, or records are missing'
    )
  };
  return {
    caption: trans.__('Who made whom wait'),
    rows: document.blame,
    order: { key: 'time', descending: true },
    columns: [
      {
        key: 'holder',
        header: trans.__('Held the GIL'),
        numeric: false,
        cell: ({ holder }) =>
          holder === undefined
            ? nobody
            : threadCell(document, holder.tid, badgeOf, trans)
      },
      {
        key: 'waiter',
        header: trans.__('Had to wait'),
        numeric: false,
        cell: ({ waiter }) => threadCell(document, waiter.tid, badgeOf, trans)
      },
      {
        key: 'time',
        header: trans.__('Time'),
        title: trans.__('How long the one waited while the other held the GIL'),
        numeric: true,
        cell: row => ({ value: row.wait_ns, text: formatDuration(row.wait_ns) })
      },
      {
        key: 'count',
        header: trans.__('Waits'),
        numeric: true,
        cell: row => ({ value: row.count, text: formatCount(row.count) })
      }
    ]
  };
}

/** The longest waits; choosing one shows it in the lanes. */
export function waitsTable(
  document: ReportDocument,
  badgeOf: TidBadge,
  show: (wait: WaitRow) => void,
  trans: ITranslation
): TableOptions<WaitRow> {
  return {
    caption: trans.__('Longest waits for the GIL'),
    rows: document.waits.slice(0, LONGEST_WAITS),
    rowAction: {
      label: row =>
        trans.__(
          'Show this wait of %1 in the lanes',
          formatDuration(row.duration_ns)
        ),
      run: show
    },
    columns: [
      {
        key: 'duration',
        header: trans.__('Waited'),
        numeric: true,
        cell: row => ({
          value: row.duration_ns,
          text: formatDuration(row.duration_ns)
        })
      },
      {
        key: 'thread',
        header: trans.__('Thread'),
        numeric: false,
        cell: row => threadCell(document, row.tid, badgeOf, trans)
      },
      {
        key: 'holder',
        header: trans.__('Held the GIL'),
        title: trans.__('Who held the GIL when the thread asked for it'),
        numeric: false,
        cell: row =>
          row.holder_tid === undefined
            ? absentCell(
                trans.__('Nobody is known to have held the GIL then'),
                trans
              )
            : threadCell(document, row.holder_tid, badgeOf, trans)
      },
      {
        key: 'start',
        header: trans.__('At'),
        title: trans.__('Time since the start of the run'),
        numeric: true,
        cell: row => ({
          value: row.start_ns,
          text: formatTime(row.start_ns, row.duration_ns * 10)
        })
      },
      {
        key: 'kind',
        header: trans.__('How it ended'),
        numeric: false,
        cell: row => kindCell(row, trans)
      },
      {
        key: 'ignored',
        header: trans.__('Requests let pass'),
        title: trans.__(
          'Switch intervals that went by before the holder dropped the GIL'
        ),
        numeric: true,
        cell: row => ({ value: row.ignored, text: formatCount(row.ignored) })
      }
    ]
  };
}

function threadCell(
  document: ReportDocument,
  tid: number,
  badgeOf: TidBadge,
  trans: ITranslation
): CellValue {
  const name = nameOfTid(document, tid, trans);
  return { value: name, text: name, before: badgeOf(tid) };
}

function kindCell({ kind }: WaitRow, trans: ITranslation): CellValue {
  const words = {
    contended: [
      trans.__('got the GIL'),
      trans.__('Another thread held the GIL and dropped it')
    ],
    handoff: [
      trans.__('handed over'),
      trans.__('The GIL was being handed over when the thread asked for it')
    ],
    forced: [
      trans.__('forced switch'),
      trans.__(
        'The thread dropped the GIL on request and waited until another one had taken it'
      )
    ],
    unfinished: [
      trans.__('did not end'),
      trans.__('Still waiting when the thread or the run ended')
    ]
  }[kind];
  return { value: words[0], text: words[0], title: words[1] };
}
