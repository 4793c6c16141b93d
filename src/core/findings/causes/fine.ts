/** Nothing to mend. */
import { formatDuration, formatPercent } from '../../quantities';
import type { ThreadRow } from '../../trace/document';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { sayScaling } from './words';
import { workLine } from './work-line';

/** Where less than this part of the threads' time is known, nobody can say that all was well. */
const LEAST_KNOWN = 0.75;

/** Undefined if too little is known of the run. */
export function fine(facts: RunFacts): Candidate | undefined {
  const { document, duration, demand } = facts;
  const sum = (time: (row: ThreadRow) => number): number =>
    document.threads.reduce((total, row) => total + time(row), 0);
  const unknown = sum(row => row.states_ns.unknown ?? 0);
  const lived = sum(row => row.duration_ns);
  if (demand.worked === 0 || unknown > (1 - LEAST_KNOWN) * lived) {
    return undefined;
  }
  const locksUnknown = document.capture.lock_waits === false;
  const sentence = new Sentence().say(
    locksUnknown
      ? 'Nothing to fix as far as the GIL goes: '
      : 'Nothing to fix here: '
  );
  if (facts.gil === undefined) {
    sentence.say('the threads ran without the GIL');
  } else if (facts.holdsKnown) {
    const busy = sum(
      ({ states_ns: states }) =>
        (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0)
    );
    sentence
      .say('the GIL was ')
      .cite(`${formatPercent((100 * busy) / Math.max(1, duration))} busy`, {
        table: 'threads'
      });
  } else {
    const waited = sum(row => row.states_ns['waiting-gil'] ?? 0);
    sentence
      .say('threads waited ')
      .cite(formatDuration(waited), { table: 'threads' })
      .say(' for the GIL in all');
  }
  if (demand.contested > 0) {
    sayScaling(sentence.say(', and '), facts);
    const line = workLine(facts);
    if (line !== undefined) {
      sentence.say(', most of it at ').at(line);
    }
  }
  sentence.say(
    locksUnknown ? '. Waits for locks and queues were not recorded.' : '.'
  );
  return { kind: 'fine', gain: 0, sentence };
}
