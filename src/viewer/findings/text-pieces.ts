/** A finding's text in the pieces that it is shown in: those that were read from somewhere, and what stands between. */
import type { Evidence, Finding } from '../../core/findings/finding';
import { plain } from '../../core/export/plain-text';

export interface TextPiece {
  readonly text: string;
  /** What these characters were read from. */
  readonly evidence?: Evidence;
}

/**
 * All of the text, in order; evidence that points outside of it, or into what other evidence has, is left out. What
 * reorders or hides text is replaced, character by character, so that places stay.
 */
export function textPieces({ text, evidence }: Finding): TextPiece[] {
  const shown = plain(text);
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const each of evidence) {
    const { from, to } = each;
    if (from >= at && to > from && to <= shown.length) {
      if (from > at) {
        pieces.push({ text: shown.slice(at, from) });
      }
      pieces.push({ text: shown.slice(from, to), evidence: each });
      at = to;
    }
  }
  if (at < shown.length) {
    pieces.push({ text: shown.slice(at) });
  }
  return pieces;
}
