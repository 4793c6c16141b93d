/** The verdict as text, for a message to a colleague. */
import { plain } from '../../core/export/plain-text';
import type { WhatIf } from '../../core/findings/what-if';
import type { ReportDocument } from '../../core/trace/document';
import { rungFact } from '../capture-facts';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';
import { whatIfWords } from './what-if-words';

/**
 * The run, each finding with what to do about it, and what would have been.
 *
 * @param own changes that the reader has tried
 */
export function verdictText(
  document: ReportDocument,
  own: readonly WhatIf[],
  trans: ITranslation
): string {
  const { run, capture, findings = [], what_if: changes = [] } = document;
  const name = run.name === '' ? trans.__('GIL trace') : plain(run.name);
  const facts = [
    trans.__('Python %1', plain(capture.python)),
    rungFact(plain(capture.mode), trans).text,
    formatDuration(capture.duration_ns),
    ...(run.state === 'partial' ? [trans.__('partial')] : [])
  ];
  return [
    `${name} (${facts.join(', ')})`,
    ...findings.flatMap(({ text, remedy }, index) => [
      `${index + 1}. ${plain(text)}`,
      ...(remedy === undefined || remedy === ''
        ? []
        : [`   ${trans.__('What to do:')} ${plain(remedy)}`])
    ]),
    ...[...changes, ...own].map(each => whatIfWords(each, trans))
  ].join('\n');
}
