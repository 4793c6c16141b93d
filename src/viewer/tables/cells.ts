/** Cells that several tables share. */
import { placeWords } from '../../core/export/source-words';
import type { ReportDocument, SourceLine } from '../../core/trace/document';
import { formatCount, formatDuration } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';
import type { CellValue } from './sortable-table';

/** The badge of the thread with a tid, if it has a number. */
export type TidBadge = (tid: number) => HTMLElement | undefined;

/** A cell for something that is not known, with the reason. */
export function absentCell(reason: string, trans: ITranslation): CellValue {
  return { value: undefined, text: trans.__('n/a'), title: reason };
}

export function threadCell(
  document: ReportDocument,
  tid: number,
  badgeOf: TidBadge,
  trans: ITranslation
): CellValue {
  const name = nameOfTid(document, tid, trans);
  return { value: name, text: name, before: badgeOf(tid) };
}

/** A line of code; the title has it in full. */
export function placeCell(
  place: Partial<SourceLine> | undefined,
  trans: ITranslation
): CellValue {
  const words = place && placeWords(place);
  if (place === undefined || words === undefined) {
    return absentCell(trans.__('This line is not known'), trans);
  }
  const { file = '', line = 0, function: name } = place;
  const parts = [
    file,
    trans.__('line %1', line),
    ...(name === undefined ? [] : [name])
  ];
  return { value: words, text: words, title: parts.join('\n') };
}

export function durationCell(value: number): CellValue {
  return { value, text: formatDuration(value) };
}

export function countCell(value: number): CellValue {
  return { value, text: formatCount(value) };
}
