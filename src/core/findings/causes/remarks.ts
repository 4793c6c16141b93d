/** What is worth knowing whatever the verdict is: how far the threads scaled, what runs side by side, who may be spinning. */
import { formatDuration, formatPercent } from '../../quantities';
import type { ThreadRow } from '../../trace/document';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { awakeTime, nativePools, releasedLines } from '../facts/work';
import { Sentence } from '../sentence';
import { poolName } from './oversubscription';
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

/** A thread that was on a CPU for so much of its life may wait in a loop. */
const ALWAYS_ON_CPU = 0.9;

/** While Python threads worked for so little of the run. */
const HARDLY = 0.1;

/** Native threads that are busy while nobody gives them work. */
export function spinning(facts: RunFacts): Candidate | undefined {
  const { document, duration } = facts;
  const worked = (row: ThreadRow): number =>
    (row.states_ns['running-gil'] ?? 0) + (row.states_ns.running ?? 0);
  const python = document.threads
    .filter(row => !row.native)
    .reduce((sum, row) => sum + worked(row), 0);
  const [pool] = nativePools(document)
    .map(({ threads, library }) => ({
      library,
      busy: threads.filter(
        row =>
          row.duration_ns > 0 &&
          (row.states_ns.running ?? 0) >= ALWAYS_ON_CPU * row.duration_ns
      )
    }))
    .filter(({ busy }) => busy.length > 0);
  if (pool === undefined || python > HARDLY * duration) {
    return undefined;
  }
  const name = poolName(pool.library);
  const sentence = new Sentence()
    .cite(threadCount(pool.busy.length), {
      table: 'threads',
      tid: pool.busy[0].tid
    })
    .say(name === undefined ? ' of a native library' : ` of ${name}`)
    .say(
      ' had a CPU nearly all the time though no Python thread worked: they may be spinning, that is waiting in a loop.'
    );
  return { kind: 'spinning', gain: 0, sentence };
}
