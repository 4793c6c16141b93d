/** Cells that several tables share. */
import { placeWords } from '../../core/export/source-words';
import type { ReportDocument, SourceLine } from '../../core/trace/document';
import { isTask } from '../../core/trace/source-paths';
import { formatCount, sampledDuration } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';
import type { CellValue } from './table-model';

/** The badge of the thread with a tid, if it has a number. */
export type TidBadge = (tid: number) => HTMLElement | undefined;

/** Rows that a table shows before the reader asks for all. */
export const FIRST_ROWS = 10;

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
  return { value: name, text: name, before: () => badgeOf(tid) };
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
  const { file = '', line = 0, function: name, task } = place;
  const parts = isTask(place)
    ? [trans.__('asyncio task'), name ?? '']
    : [
        file,
        trans.__('line %1', line),
        ...(name === undefined ? [] : [name]),
        ...(task === undefined ? [] : [trans.__('asyncio task %1', task)])
      ];
  return { value: words, text: words, title: parts.join('\n'), long: true };
}

/** @param error half width of the 95 % interval of a sampled time */
export function durationCell(value: number, error = 0): CellValue {
  return {
    value,
    text: sampledDuration(value, error),
    ...(error > 0 && { error })
  };
}

export function countCell(value: number): CellValue {
  return { value, text: formatCount(value) };
}

/** A count that sampled runs don't have. */
export function countOrAbsent(
  value: number | undefined,
  trans: ITranslation
): CellValue {
  return value === undefined
    ? absentCell(trans.__('Not known: times were sampled'), trans)
    : countCell(value);
}
