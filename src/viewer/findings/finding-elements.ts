/** The elements of a finding: its sign, its sentences with a button for each number that has evidence, its remedy. */
import type { Evidence, Finding } from '../../core/findings/finding';
import { plain } from '../../core/export/plain-text';
import type { ReportDocument } from '../../core/trace/document';
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import { evidenceWords } from './evidence-words';
import { kindSign } from './kind-sign';
import { textPieces } from './text-pieces';
import { unfoldButton } from './unfold';

/** What findings of one run are shown with. */
export interface FindingContext {
  readonly document: ReportDocument;
  readonly trans: ITranslation;
  /** Called with the evidence that the reader wants to see, and the button to come back to. */
  readonly onEvidence: (evidence: Evidence, from: HTMLElement) => void;
}

/** Sign and name of the kind; nothing for a kind of a later version. */
export function findingName(
  { kind }: Finding,
  trans: ITranslation
): HTMLElement[] {
  const known = kindSign(kind, trans);
  if (known === undefined) {
    return [];
  }
  const sign = element('span', 'giltracer-Finding-sign', known.sign);
  sign.setAttribute('aria-hidden', 'true');
  return [sign, element('span', 'giltracer-Finding-kind', known.name)];
}

/** Marks an element as one of a finding of this weight. */
export function markWeight(
  node: HTMLElement,
  { kind }: Finding,
  trans: ITranslation
): void {
  const weight = kindSign(kind, trans)?.weight ?? 'note';
  node.classList.add('giltracer-Finding', `giltracer-mod-${weight}`);
}

/** The sentences. */
export function findingText(
  finding: Finding,
  { document, trans, onEvidence }: FindingContext
): (Node | string)[] {
  return textPieces(finding).map(({ text, evidence }) => {
    if (evidence === undefined) {
      return text;
    }
    const words = evidenceWords(evidence, document, trans);
    const link = button('giltracer-Evidence', text, words, () =>
      onEvidence(evidence, link)
    );
    // What is seen comes first: who speaks to the computer says that.
    link.setAttribute('aria-label', `${text}, ${words}`);
    return link;
  });
}

/** What to do about it; undefined if the finding has no remedy. */
export function remedyOf(
  { remedy }: Finding,
  trans: ITranslation
): HTMLElement | undefined {
  if (remedy === undefined || remedy === '') {
    return undefined;
  }
  const node = element('p', 'giltracer-Finding-remedy');
  node.append(
    element('strong', '', trans.__('What to do:')),
    ` ${plain(remedy)}`
  );
  return node;
}

/** A finding of the list, with a remedy that unfolds. */
export function findingItem(
  finding: Finding,
  context: FindingContext
): HTMLLIElement {
  const { trans } = context;
  const item = element('li');
  markWeight(item, finding, trans);
  const text = element('p', 'giltracer-Finding-text');
  text.append(
    ...findingName(finding, trans),
    ' ',
    ...findingText(finding, context)
  );
  item.append(text);
  const remedy = remedyOf(finding, trans);
  if (remedy !== undefined) {
    const fold = unfoldButton(trans.__('What to do'), [remedy]);
    text.append(' ', fold);
    item.append(remedy);
  }
  return item;
}
