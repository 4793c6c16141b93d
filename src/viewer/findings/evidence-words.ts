/** Says where a number of a finding was read from. */
import type { Evidence, EvidenceTable } from '../../core/findings/finding';
import { placeWords } from '../../core/export/source-words';
import type { ReportDocument } from '../../core/trace/document';
import { formatDuration, formatTime } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';

/** What a press on the number shows: `shows In [2]:5 in count in the table of lines`. */
export function evidenceWords(
  evidence: Evidence,
  document: ReportDocument,
  trans: ITranslation
): string {
  const table = tableWords(evidence.table, trans);
  const row = rowWords(evidence, document, trans);
  return row === undefined
    ? trans.__('shows %1', table)
    : trans.__('shows %1 in %2', row, table);
}

/** The row's line, else its thread, else its time. */
function rowWords(
  { line, tid, range_ns: span }: Evidence,
  document: ReportDocument,
  trans: ITranslation
): string | undefined {
  const place = line && placeWords(line);
  if (place !== undefined) {
    return place;
  }
  if (tid !== undefined) {
    return nameOfTid(document, tid, trans);
  }
  return span === undefined
    ? undefined
    : trans.__(
        '%1 from %2',
        formatDuration(span.to - span.from),
        formatTime(span.from, document.capture.duration_ns)
      );
}

function tableWords(table: string, trans: ITranslation): string {
  const words: Record<EvidenceTable, string> = {
    threads: trans.__('the table of threads'),
    lines: trans.__('the table of lines'),
    blame: trans.__('the table of who made whom wait'),
    waits: trans.__('the table of the longest waits'),
    ignored: trans.__('the table of who kept the GIL when asked for it'),
    locks: trans.__('the table of waits for locks'),
    collections: trans.__('what the garbage collector took'),
    capture: trans.__('how the run was captured')
  };
  return new Map(Object.entries(words)).get(table) ?? trans.__('its table');
}
