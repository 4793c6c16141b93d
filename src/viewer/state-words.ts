/** The words for a state, translated where a translation knows them. */
import { appearanceOf } from '../core/threads/colors';
import type { ThreadState } from '../core/threads/states';
import type { ITranslation } from './translation';

// The words stand in the one table of states in the core, which knows no translation; so these two
// messages are the only ones that are not literals.
/* eslint-disable jupyter/no-dynamic-translation */

/** Short words, for legends and rectangles. */
export function stateLabel(trans: ITranslation, state: ThreadState): string {
  return trans.__(appearanceOf(state).label);
}

/** One sentence. */
export function stateExplanation(
  trans: ITranslation,
  state: ThreadState
): string {
  return trans.__(appearanceOf(state).explanation);
}
