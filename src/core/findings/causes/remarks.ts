/** What is worth knowing whatever the verdict is: how far the threads scaled, what runs side by side. */
import { formatDuration, formatPercent } from '../../quantities';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { awakeTime, releasedLines } from '../facts/work';
import { Sentence } from '../sentence';
import { sayPossible, sayScaling, threadCount } from './words';

/** How far the threads scaled, and what part of their time they waited for the GIL. */
export function scaling(facts: RunFacts): Candidate | undefined {
  const { document, width, gil } = facts;
  if (width < 2) {
    return undefined;
  }
  const sentence = new Sentence().say('In all, ');
  sayPossible(sayScaling(sentence, facts), facts);
  if (gil !== undefined) {
    let waited = 0;
    let awake = 0;
    for (const row of document.threads) {
      waited += row.states_ns['waiting-gil'] ?? 0;
      awake += awakeTime(row);
    }
    const percent = (100 * waited) / Math.max(1, awake);
    const error = percent * (1 - facts.surePart('waiting-gil'));
    sentence
      .say('; of the time that threads were awake, they waited for the GIL ')
      .cite(
        facts.sampled
          ? `${formatPercent(percent)} ± ${formatPercent(error)}`
          : formatPercent(percent),
        { table: 'threads' }
      );
  }
  return { kind: 'scaling', gain: 0, sentence: sentence.say('.') };
}

/** So much of the run must two threads or more have worked without the GIL. */
const LEAST_PARALLEL = 0.1;

/** Of the time without the GIL so much must have been work: what sleeps needs no praise. */
const MOSTLY_WORK = 0.8;

/** The line whose calls run side by side. */
export function parallel(facts: RunFacts): Candidate | undefined {
  const { document, duration, gil, columns } = facts;
  const working = document.threads.filter(
    row => (row.states_ns.running ?? 0) >= LEAST_PARALLEL * duration
  );
  const sum = (state: 'running' | 'off-cpu'): number =>
    working.reduce((total, row) => total + (row.states_ns[state] ?? 0), 0);
  const worked = sum('running');
  const line = releasedLines(columns)[0]?.row;
  if (
    gil === undefined ||
    working.filter(row => !row.native).length < 2 ||
    line === undefined ||
    worked < MOSTLY_WORK * (worked + sum('off-cpu'))
  ) {
    return undefined;
  }
  const sentence = new Sentence()
    .at(line)
    .say(' runs side by side well: ')
    .cite(threadCount(working.length), { table: 'threads' })
    .say(' worked ')
    .cite(formatDuration(worked), { table: 'threads' })
    .say(' without the GIL.');
  return { kind: 'parallel', gain: 0, sentence };
}
