/** Requests that a holder ignored, and waits for locks. */
import type {
  IgnoredRow,
  LockRow,
  ReportDocument
} from '../../core/trace/document';
import type { ITranslation } from '../translation';
import type { TidBadge } from './cells';
import {
  FIRST_ROWS,
  absentCell,
  countCell,
  countOrAbsent,
  durationCell,
  placeCell,
  threadCell
} from './cells';
import type { TableOptions } from './table-model';

/** Who kept the GIL for a switch interval or more though another thread had asked for it. */
export function ignoredTable(
  document: ReportDocument,
  badgeOf: TidBadge,
  trans: ITranslation
): TableOptions<IgnoredRow> {
  const unknown = absentCell(
    trans.__('No native function was seen there'),
    trans
  );
  return {
    caption: trans.__('Who kept the GIL when asked for it'),
    rows: document.ignored,
    order: { key: 'time', descending: true },
    first: FIRST_ROWS,
    columns: [
      {
        key: 'thread',
        header: trans.__('Thread'),
        numeric: false,
        cell: row => threadCell(document, row.tid, badgeOf, trans)
      },
      {
        key: 'line',
        header: trans.__('Line'),
        numeric: false,
        cell: row => placeCell(row, trans)
      },
      {
        key: 'function',
        header: trans.__('In'),
        title: trans.__('The native function that did not let go of the GIL'),
        numeric: false,
        cell: ({ native_function: name }) =>
          name === undefined ? unknown : { value: name, text: name }
      },
      {
        key: 'library',
        header: trans.__('Of'),
        numeric: false,
        cell: ({ library }) =>
          library === undefined ? unknown : { value: library, text: library }
      },
      {
        key: 'time',
        header: trans.__('Others waited'),
        title: trans.__('Time of these holds in which another thread waited'),
        numeric: true,
        unit: 'ns',
        cell: row => durationCell(row.wanted_ns)
      },
      {
        key: 'requests',
        header: trans.__('Switch intervals'),
        title: trans.__('That passed before the GIL was dropped'),
        numeric: true,
        cell: row => countCell(row.requests)
      },
      {
        key: 'holds',
        header: trans.__('Holds'),
        numeric: true,
        cell: row => countCell(row.holds)
      }
    ]
  };
}

/** Waits for `threading` locks. */
export function locksTable(
  document: ReportDocument,
  badgeOf: TidBadge,
  trans: ITranslation
): TableOptions<LockRow> {
  return {
    caption: trans.__('Who waited for a lock'),
    rows: document.locks,
    order: { key: 'time', descending: true },
    first: FIRST_ROWS,
    columns: [
      {
        key: 'thread',
        header: trans.__('Had to wait'),
        numeric: false,
        cell: row => threadCell(document, row.tid, badgeOf, trans)
      },
      {
        key: 'line',
        header: trans.__('On line'),
        numeric: false,
        cell: row => placeCell(row, trans)
      },
      {
        key: 'holder',
        header: trans.__('Released by'),
        numeric: false,
        cell: row =>
          row.holder_tid === undefined
            ? absentCell(trans.__('Nobody is known to have released it'), trans)
            : threadCell(document, row.holder_tid, badgeOf, trans)
      },
      {
        key: 'time',
        header: trans.__('Time'),
        numeric: true,
        unit: 'ns',
        cell: row => durationCell(row.wait_ns, row.wait_error_ns)
      },
      {
        key: 'count',
        header: trans.__('Waits'),
        numeric: true,
        cell: row => countOrAbsent(row.count, trans)
      }
    ]
  };
}
