/** The longest waits. */
import type {
  ReportDocument,
  SourceLine,
  WaitRow
} from '../../core/trace/document';
import { formatDuration, formatTime } from '../format';
import type { ITranslation } from '../translation';
import type { TidBadge } from './cells';
import {
  FIRST_ROWS,
  absentCell,
  countOrAbsent,
  durationCell,
  placeCell,
  threadCell
} from './cells';
import type { CellValue, Column, TableOptions } from './table-model';

/** A part of the waits, and what it is called. */
export interface WaitFilter {
  readonly label: string;
  readonly matches: (wait: WaitRow) => boolean;
}

/** The longest waits; picking one shows it in the lanes. */
export function waitsTable(
  document: ReportDocument,
  badgeOf: TidBadge,
  show: (wait: WaitRow) => void,
  trans: ITranslation,
  filter?: WaitFilter
): TableOptions<WaitRow> {
  const { waits } = document;
  const rows = filter === undefined ? waits : waits.filter(filter.matches);
  const lines = waits.some(
    ({ line, holder_line: holder }) =>
      line !== undefined || holder !== undefined
  );
  return {
    caption: trans.__('Longest waits for the GIL'),
    rows,
    first: FIRST_ROWS,
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
        unit: 'ns',
        cell: row => durationCell(row.duration_ns)
      },
      {
        key: 'thread',
        header: trans.__('Thread'),
        numeric: false,
        cell: row => threadCell(document, row.tid, badgeOf, trans)
      },
      ...(lines ? [lineColumn('line', row => row.line, trans)] : []),
      {
        key: 'holder',
        header: trans.__('Held the GIL'),
        title: trans.__('Who held the GIL longest while the thread waited'),
        numeric: false,
        cell: ({
          holder_tid: asked,
          longest_holder_tid: holder = asked
        }): CellValue =>
          holder === undefined
            ? absentCell(
                trans.__('Nobody is known to have held the GIL then'),
                trans
              )
            : threadCell(document, holder, badgeOf, trans)
      },
      ...(lines
        ? [lineColumn('holder-line', row => row.holder_line, trans)]
        : []),
      {
        key: 'start',
        header: trans.__('At'),
        title: trans.__('Time since the start of the run'),
        numeric: true,
        unit: 'ns',
        cell: row => ({
          value: row.start_ns,
          text: formatTime(row.start_ns, document.capture.duration_ns)
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
        cell: row => countOrAbsent(row.ignored, trans)
      }
    ]
  };
}

function lineColumn(
  key: 'line' | 'holder-line',
  read: (row: WaitRow) => SourceLine | undefined,
  trans: ITranslation
): Column<WaitRow> {
  return {
    key,
    header:
      key === 'line' ? trans.__('Waited on line') : trans.__('Held on line'),
    title:
      key === 'line'
        ? trans.__('Where the thread waited')
        : trans.__('Where the thread was that made it wait longest'),
    numeric: false,
    cell: row => placeCell(read(row), trans)
  };
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
    ],
    sampled: [
      trans.__('sampled'),
      trans.__(
        'Seen to wait at each look: how it ended is not known, and several waits in a row may look like one'
      )
    ]
  }[kind];
  return { value: words[0], text: words[0], title: words[1] };
}
