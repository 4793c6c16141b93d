/** The garbage collector. */
import { formatCount } from '../../quantities';
import type { Candidate } from '../candidate';
import { collectionLine } from '../facts/work';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { partOfRun } from './words';

export function collector(facts: RunFacts): Candidate | undefined {
  const { collections } = facts.document;
  if (collections === undefined || collections.count === 0) {
    return undefined;
  }
  const line = facts.place(collectionLine(facts.columns));
  const sentence = new Sentence()
    .say('The garbage collector takes the time: it ran ')
    .cite(formatCount(collections.count), { table: 'collections' })
    .say(collections.count === 1 ? ' time and took ' : ' times and took ')
    .cite(partOfRun(collections.total_ns, facts), { table: 'collections' });
  if (line !== undefined) {
    sentence.say(', most of it at ').at(line);
  }
  sentence.say('; no other thread runs Python meanwhile.');
  return {
    kind: 'collector',
    gain: collections.total_ns,
    sentence,
    remedy:
      'Collect less often: leave out gc.collect(), call gc.freeze() once the long-lived objects are made, or raise gc.set_threshold().'
  };
}
