/** The header of a result with what the run says, where that is known. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ReportDocument } from '../../core/trace/document';
import { runHeader } from '../header';
import { leaveView } from '../own-keys';
import type { Picks } from '../picks';
import type { ITranslation } from '../translation';
import type { EvidencePlaces } from './evidence-guide';
import { showEvidence } from './evidence-guide';
import { pickOnly } from './evidence-picks';
import { verdict, type VerdictContext } from './verdict';
import type { OwnChanges } from './what-if-own';

export interface VerdictHeaderOptions {
  readonly view: BundleView;
  readonly document: ReportDocument;
  readonly picks: Picks;
  /** What the reader has tried. */
  readonly own: OwnChanges;
  readonly trans: ITranslation;
  /** Where evidence can be seen when the reader asks for it. */
  readonly places: () => EvidencePlaces;
}

/** @param root of the view: Escape lets go of what is picked, then leaves it */
export function verdictHeader(
  root: HTMLElement,
  { view, document, picks, own, trans, places }: VerdictHeaderOptions
): HTMLElement {
  const { findings = [] } = document;
  const context: VerdictContext = {
    document,
    picks,
    own,
    trans,
    onEvidence: (evidence, from) =>
      showEvidence(evidence, from, document, picks, places())
  };
  const words = findings.length === 0 ? undefined : verdict(findings, context);
  const header = runHeader(view, document, trans, words);
  header.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (!pickOnly(picks, {})) {
        leaveView(root);
      }
    }
  });
  return header;
}
