/** The GIL's holder has no CPU, and others wait for it. */
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { mostOf } from '../facts/gil-waits';
import { Sentence } from '../sentence';
import { cpuCount, timeIn } from './words';

export function priorityInversion(facts: RunFacts): Candidate | undefined {
  const { gil, demand, document, cpus } = facts;
  if (gil === undefined) {
    return undefined;
  }
  const held = document.threads.map(
    ({ states_ns: states }) => states['holding-off-cpu'] ?? 0
  );
  const row = document.threads[held.indexOf(Math.max(...held))];
  const lines = [gil.shared, gil.convoy, gil.kept, gil.starved].flatMap(
    ({ holderLines }) => [...holderLines]
  );
  const sums = new Map<number, number>();
  for (const [line, time] of lines) {
    sums.set(line, (sums.get(line) ?? 0) + time);
  }
  const line = facts.place(mostOf(sums));
  if (row === undefined || line === undefined) {
    return undefined;
  }
  const sentence = new Sentence()
    .say('The GIL’s holder had no CPU: ')
    .cite(row.name, { table: 'threads', tid: row.tid })
    .say(' at ')
    .at(line)
    .say(' held the GIL for ')
    .cite(
      timeIn('holding-off-cpu', row.states_ns['holding-off-cpu'] ?? 0, facts),
      { table: 'threads', tid: row.tid }
    )
    .say(' while other threads of the program had all ')
    .cite(cpuCount(cpus.usable), { table: 'capture' })
    .say(', and who wanted the GIL waited for it.');
  return {
    kind: 'priority-inversion',
    gain: demand.losses.inversion,
    sure: facts.surePart('waiting-gil') * facts.surePart('holding-off-cpu'),
    sentence,
    remedy: `Run no more than ${cpuCount(cpus.usable)} worth of threads that work without the GIL, and give no thread that holds it a lower priority than those.`
  };
}
