/** What a reader must know of a run that was recorded by futex calls. */
import type { FutexInfo } from '../core/trace/document';
import type { Fact } from './capture-facts';
import { readWaitsFacts } from './header-watch';
import type { ITranslation } from './translation';

/** The rung. */
export function futexFact(trans: ITranslation): Fact {
  return {
    text: trans.__('futex: contended waits'),
    title: trans.__(
      'Only threads that wait and threads that then drop the GIL were recorded: how long the GIL was held otherwise, and what threads did without it, is not known'
    ),
    warning: false
  };
}

/** What is known of waits. */
export function futexFacts(
  futex: FutexInfo | undefined,
  trans: ITranslation
): Fact[] {
  if (futex === undefined) {
    return [];
  }
  return [
    ...readWaitsFacts(futex, trans),
    ...(futex.other_gils
      ? [
          {
            text: trans.__('GILs of sub-interpreters not recorded'),
            title: trans.__('What their threads did is unknown'),
            warning: true
          }
        ]
      : [])
  ];
}
