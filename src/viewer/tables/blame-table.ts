/** Who made whom wait. */
import type {
  BlameRow,
  BlameSide,
  ReportDocument
} from '../../core/trace/document';
import type { ITranslation } from '../translation';
import type { TidBadge } from './cells';
import {
  FIRST_ROWS,
  countOrAbsent,
  durationCell,
  placeCell,
  threadCell
} from './cells';
import type { CellValue, Column, TableOptions } from './table-model';

/** Pairs of threads and lines, the pair with the longest time first. */
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
  // Bundles of the first version know threads only.
  const lines = document.blame.some(
    ({ waiter, holder }) =>
      waiter.file !== undefined || holder?.file !== undefined
  );
  const line = (
    key: string,
    header: string,
    read: (row: BlameRow) => BlameSide | undefined
  ): Column<BlameRow>[] =>
    lines
      ? [
          {
            key,
            header,
            numeric: false,
            cell: row => placeCell(read(row), trans)
          }
        ]
      : [];
  return {
    caption: trans.__('Who made whom wait'),
    rows: document.blame,
    order: { key: 'time', descending: true },
    first: FIRST_ROWS,
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
      ...line('holder-line', trans.__('Held on line'), row => row.holder),
      {
        key: 'waiter',
        header: trans.__('Had to wait'),
        numeric: false,
        cell: ({ waiter }) => threadCell(document, waiter.tid, badgeOf, trans)
      },
      ...line('waiter-line', trans.__('Waited on line'), row => row.waiter),
      {
        key: 'time',
        header: trans.__('Time'),
        title: trans.__('How long the one waited while the other held the GIL'),
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
