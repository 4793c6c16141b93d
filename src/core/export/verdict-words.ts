/** The verdict in the static forms of a report. */
import { shorten } from '../trace/bound-texts';
import type { ReportDocument } from '../trace/document';
import { plain } from './plain-text';

/** Static forms are bounded, whoever wrote the document. */
const SENTENCES_LENGTH = 800;

/** What the run says. */
export interface Verdict {
  /** The most important finding, and what to do about it if that is known. */
  readonly first: string;
  readonly remedy?: string;
  /** The other findings, each with its remedy. */
  readonly others: readonly string[];
}

/** Undefined for a document without findings. */
export function verdictOf({
  findings = []
}: ReportDocument): Verdict | undefined {
  const [first, ...others] = findings;
  return first === undefined
    ? undefined
    : {
        first: words(first.text),
        ...(first.remedy !== undefined && { remedy: words(first.remedy) }),
        others: others.map(({ text, remedy }) =>
          words(remedy === undefined ? text : `${text} ${remedy}`)
        )
      };
}

function words(text: string): string {
  return shorten(plain(text), SENTENCES_LENGTH);
}
