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

/** Figures of a line alone, or also of what it called. */
export type LineFigures = 'self' | 'total';

/**
 * Lines of cells first, then as the document has them: those that made others wait most.
 *
 * @param waitColour CSS colour of the bars
 * @param figures of the lines alone, or with all that they called
 */
export function linesTable(
  document: ReportDocument,
  waitColour: string,
  trans: ITranslation,
  figures: LineFigures = 'total'
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
        unit: 'ns',
        cell: row => madeWaitCell(row, most, waitColour, trans)
      },
      ...figureColumns(document, figures, trans)
    ]
  };
}

function figureColumns(
  { capture }: ReportDocument,
  figures: LineFigures,
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
    unit: 'ns',
    cell: row => {
      const value = read(row);
      return value === undefined ? absent : durationCell(value, error(row));
    }
  });
  const self = figures === 'self';
  const alone = trans.__('The line alone, without what it called');
  const all = trans.__('The line and what it called');
  return [
    time(
      'held',
      trans.__('Held the GIL'),
      self
        ? trans.__(
            'The line alone: how a hold is split by line is sampled, ± is the 95 % interval'
          )
        : all,
      row => (self ? row.held_ns : row.total_held_ns),
      row => (self ? row.held_error_ns : row.total_held_error_ns)
    ),
    time(
      'waited',
      trans.__('Waited'),
      trans.__('For the GIL: %1', self ? alone : all),
      row => (self ? row.waited_ns : row.total_waited_ns),
      row => (self ? row.waited_error_ns : row.total_waited_error_ns)
    ),
    time(
      'released',
      trans.__('Released'),
      self
        ? trans.__(
            'Without the GIL, from a drop on this line to the thread’s next request: this time runs in parallel'
          )
        : trans.__(
            'Without the GIL, from a drop on this line, or in what it called, to the thread’s next request: this time runs in parallel'
          ),
      row => (self ? row.released_ns : row.total_released_ns),
      row => (self ? row.released_error_ns : row.total_released_error_ns)
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
