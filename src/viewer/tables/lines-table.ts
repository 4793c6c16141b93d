/** The table of lines: which made others wait, which held the GIL, which waited, which ran without it. */
import type { LineRow, ReportDocument } from '../../core/trace/document';
import { isCellLine } from '../../core/trace/source-paths';
import type { ITranslation } from '../translation';
import {
  FIRST_ROWS,
  absentCell,
  countCell,
  durationCell,
  placeCell
} from './cells';
import type { CellValue, Column, TableOptions } from './table-model';

/**
 * Lines of cells first, then as the document has them: those that made others wait most.
 *
 * @param waitColour CSS colour of the bars
 */
export function linesTable(
  document: ReportDocument,
  waitColour: string,
  trans: ITranslation
): TableOptions<LineRow> {
  const { lines } = document;
  const rows = [
    ...lines.filter(isCellLine),
    ...lines.filter(row => !isCellLine(row))
  ];
  const most = rows.reduce(
    (max, row) => Math.max(max, row.made_wait_ns ?? 0),
    0
  );
  return {
    caption: trans.__('Lines that made others wait'),
    rows,
    first: FIRST_ROWS,
    columns: [
      {
        key: 'line',
        header: trans.__('Line'),
        numeric: false,
        cell: row => placeCell(row, trans)
      },
      {
        key: 'made',
        header: trans.__('Made others wait'),
        title: trans.__(
          'How long other threads waited while this line, or what it called, held the GIL'
        ),
        numeric: true,
        cell: row => madeWaitCell(row, most, waitColour, trans)
      },
      ...figureColumns(document, trans)
    ]
  };
}

function figureColumns(
  { capture }: ReportDocument,
  trans: ITranslation
): Column<LineRow>[] {
  const absent = absentCell(
    trans.__('Not known: this kind of capture (%1) can’t tell', capture.mode),
    trans
  );
  const time = (
    key: string,
    header: string,
    title: string,
    read: (row: LineRow) => number | undefined,
    error: (row: LineRow) => number | undefined
  ): Column<LineRow> => ({
    key,
    header,
    title,
    numeric: true,
    cell: row => {
      const value = read(row);
      return value === undefined ? absent : durationCell(value, error(row));
    }
  });
  return [
    time(
      'held',
      trans.__('Held the GIL'),
      trans.__('The line and what it called'),
      row => row.total_held_ns,
      row => row.total_held_error_ns
    ),
    {
      key: 'held-self',
      header: trans.__('…\u00a0held itself'),
      title: trans.__(
        'The line alone: how a hold is split by line is sampled, ± is the 95 % interval'
      ),
      numeric: true,
      cell: row => heldCell(row, absent)
    },
    time(
      'waited',
      trans.__('Waited'),
      trans.__('For the GIL: the line and what it called'),
      row => row.total_waited_ns,
      row => row.total_waited_error_ns
    ),
    time(
      'waited-self',
      trans.__('…\u00a0waited itself'),
      trans.__('The line alone'),
      row => row.waited_ns,
      row => row.waited_error_ns
    ),
    time(
      'released',
      trans.__('Released'),
      trans.__(
        'Without the GIL, from a drop on this line, or in what it called, to the thread’s next request: this time runs in parallel'
      ),
      row => row.total_released_ns,
      row => row.total_released_error_ns
    ),
    {
      key: 'samples',
      header: trans.__('Samples'),
      title: trans.__('How often a thread was seen on this line with the GIL'),
      numeric: true,
      cell: row => (row.samples === undefined ? absent : countCell(row.samples))
    }
  ];
}

function madeWaitCell(
  row: LineRow,
  most: number,
  colour: string,
  trans: ITranslation
): CellValue {
  const value = row.made_wait_ns;
  if (value === undefined) {
    return absentCell(trans.__('Not known'), trans);
  }
  const part = most > 0 ? value / most : 0;
  return {
    ...durationCell(value, row.made_wait_error_ns),
    bar: { part, style: colour }
  };
}

function heldCell(row: LineRow, absent: CellValue): CellValue {
  const { held_ns: held, held_error_ns: error } = row;
  return held === undefined ? absent : durationCell(held, error);
}
