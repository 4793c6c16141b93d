/** Nothing to mend. */
import { formatPercent } from '../../quantities';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { sayScaling } from './words';
import { workLine } from './work-line';

export function fine(facts: RunFacts): Candidate {
  const { document, duration, demand } = facts;
  const sentence = new Sentence().say('Nothing to fix here: ');
  if (document.capture.gil_enabled) {
    const busy = document.threads.reduce(
      (sum, { states_ns: states }) =>
        sum + (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0),
      0
    );
    sentence
      .say('the GIL was ')
      .cite(`${formatPercent((100 * busy) / Math.max(1, duration))} busy`, {
        table: 'threads'
      });
  } else {
    sentence.say('the threads ran without the GIL');
  }
  if (demand.contested > 0) {
    sayScaling(sentence.say(', and '), facts);
    const line = workLine(facts);
    if (line !== undefined) {
      sentence.say(', most of it at ').at(line);
    }
  }
  sentence.say('.');
  return { kind: 'fine', gain: 0, sentence };
}
