/** The way from a number of the verdict, or from a line of code, to what is known of it, and back. */
import type { Evidence } from '../../core/findings/finding';
import type { ReportDocument, SourceLine } from '../../core/trace/document';
import { placeKey } from '../../core/trace/source-paths';
import type { LanesView } from '../lanes/lanes-view';
import type { Picks } from '../picks';
import type { RunTables, WayBack } from '../tables/run-tables';
import type { ITranslation } from '../translation';
import { pickOnly, pickedBy, placeOf } from './evidence-picks';

/** Where evidence can be seen; what a run does not have is absent. */
export interface EvidencePlaces {
  readonly lanes: LanesView | undefined;
  readonly tables: RunTables | undefined;
  /** How the run was captured. */
  readonly facts: HTMLElement | null;
  readonly trans: ITranslation;
}

/**
 * Pick what the evidence is about, and give the focus to where its figure stands.
 *
 * @param from has the focus again when the reader comes back
 */
export function showEvidence(
  evidence: Evidence,
  from: HTMLElement,
  document: ReportDocument,
  picks: Picks,
  { lanes, tables, facts, trans }: EvidencePlaces
): void {
  const picked = pickedBy(evidence, document);
  pickOnly(picks, picked);
  lanes?.bringIntoView(picked.range, picked.thread);
  const goBack = (): void => {
    from.scrollIntoView({ block: 'center' });
    from.focus({ preventScroll: true });
  };
  if (evidence.table === 'capture') {
    focusFacts(facts, goBack);
  } else {
    tables?.showRow(evidence.table, placeOf(evidence), {
      label: trans.__('Back to the verdict'),
      go: goBack
    });
  }
}

/**
 * Pick a line, and give the focus to its row.
 *
 * @returns whether the run has figures of it
 */
export function showLine(
  place: SourceLine,
  document: ReportDocument | undefined,
  picks: Picks,
  tables: RunTables | undefined,
  back: WayBack
): boolean {
  const key = placeKey(place);
  const line = document?.lines.find(row => placeKey(row) === key);
  if (line === undefined || tables === undefined) {
    return false;
  }
  pickOnly(picks, { line });
  tables.showRow('lines', { line }, back);
  return true;
}

/** The facts are no stop of the Tab key; Escape leads back. */
function focusFacts(facts: HTMLElement | null, goBack: () => void): void {
  if (facts !== null) {
    facts.tabIndex = -1;
    facts.onkeydown = event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        goBack();
      }
    };
    facts.focus();
  }
}
