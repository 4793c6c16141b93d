/** Threads that need the GIL for moments wait a whole turn of another one each time. */
import { formatDuration } from '../../quantities';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { Available } from '../remedies';
import { threadCount, timeIn } from './words';

/** Shorter waits than this part of a switch interval are no turns of another thread. */
const TURN = 0.5;

export function convoy(facts: RunFacts): Candidate | undefined {
  const { gil, switchInterval, sampled, document } = facts;
  if (gil === undefined || gil.convoy.count === 0) {
    return undefined;
  }
  const { total, count, waiters } = gil.convoy;
  const mean = total / count;
  const line = facts.holderLine(gil.convoy);
  if (mean < TURN * switchInterval || line === undefined) {
    return undefined;
  }
  const sentence = new Sentence()
    .say('Short work waits for long turns: ')
    .at(line)
    .say(
      // Readings of memory can miss that it lets go of the GIL for a moment.
      sampled
        ? ' has the GIL for long, and '
        : ' gives the GIL away only when its turn ends, and '
    )
    .cite(threadCount(waiters.size), { table: 'threads' })
    .say(' that needed it for moments waited ')
    .cite(timeIn('waiting-gil', total, facts), { table: 'blame', line });
  if (!sampled) {
    sentence
      .say(', ')
      .cite(formatDuration(mean), { table: 'waits' })
      .say(' each time');
  }
  sentence
    .say(' (the switch interval is ')
    .cite(formatDuration(switchInterval), { table: 'capture' })
    .say(').');
  const { withoutSharedGil } = new Available(document.capture);
  return {
    kind: 'convoy',
    gain: facts.gilLoss(gil.convoy),
    sure: facts.surePart('waiting-gil'),
    sentence,
    remedy: `Run the long loop in ${withoutSharedGil}. A shorter turn, sys.setswitchinterval(0.0005), lets the others in sooner but costs more changes.`
  };
}
