/** Threads of Python code take turns. */
import { isTask } from '../../trace/source-paths';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { sayMadeWait, sayPossible, sayScaling, timeIn } from './words';

export function gilBound(facts: RunFacts): Candidate | undefined {
  const { gil, document } = facts;
  if (gil === undefined) {
    return undefined;
  }
  const part = gil.shared;
  const total =
    part.total + gil.kept.total + gil.convoy.total + gil.starved.total;
  // Where most waits are of this kind, the table tells more: it splits each wait among all who held the GIL meanwhile.
  const line =
    part.total > total / 2
      ? document.lines.find(row => !isTask(row) && (row.made_wait_ns ?? 0) > 0)
      : facts.holderLine(part);
  const sentence = new Sentence().say('Threads fight for the GIL: ');
  if (line === undefined) {
    sentence
      .say('they waited ')
      .cite(timeIn('waiting-gil', part.total, facts), { table: 'blame' })
      .say(' for it, and ');
  } else {
    sayMadeWait(sentence.at(line).say(' made others wait '), facts, line).say(
      ', and '
    );
  }
  sayPossible(sayScaling(sentence, facts), facts).say('.');
  const { withoutSharedGil } = new Available(document.capture);
  return {
    kind: 'gil-bound',
    gain: facts.gilLoss(part),
    sure: facts.surePart('waiting-gil'),
    sentence,
    remedy: `Python code of one process runs on one CPU at a time: run it in ${withoutSharedGil}, or in a library that lets go of the GIL while it works.`
  };
}
