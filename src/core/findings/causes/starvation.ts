/** A thread hardly ever gets the GIL, though others let go of it. */
import { formatPercent } from '../../quantities';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { mostOf } from '../facts/gil-waits';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { timeIn } from './words';

export function starvation(facts: RunFacts): Candidate | undefined {
  const { gil, document, columns } = facts;
  if (gil === undefined) {
    return undefined;
  }
  const thread = mostOf(gil.starved.waiters);
  const line = facts.holderLine(gil.starved);
  if (thread < 0 || line === undefined) {
    return undefined;
  }
  const row = document.threads[columns.rowOf[thread]];
  const waited = gil.starved.waiters.get(thread) ?? 0;
  const sentence = new Sentence()
    .say('A thread is starved: ')
    .cite(row.name, { table: 'threads', tid: row.tid })
    .say(' waited ')
    .cite(timeIn('waiting-gil', waited, facts), {
      table: 'blame',
      tid: row.tid
    })
    .say(' (')
    .cite(formatPercent((100 * waited) / Math.max(1, row.duration_ns)), {
      table: 'threads',
      tid: row.tid
    })
    .say(' of its time) while ')
    .at(line)
    .say(
      ' let go of the GIL again and again, and had it back before the other was awake.'
    );
  const { withoutSharedGil } = new Available(document.capture);
  return {
    kind: 'starvation',
    gain: facts.gilLoss(gil.starved),
    sure: facts.surePart('waiting-gil'),
    sentence,
    remedy: `Let go of the GIL less often there, say by writing more at a time: who then waits for a whole switch interval gets its turn. Or make the switch interval shorter than the time between, sys.setswitchinterval(0.0002), or run one of the two in ${withoutSharedGil}.`
  };
}
