/** Native pools have more threads than there are CPUs. */
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { awakeTime, nativePools } from '../facts/work';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { cpuCount, threadCount } from './words';
import { workLine } from './work-line';

/** Part of all time on CPUs, or ready for one, that a pool's threads have for it to be part of the crowd. */
const LEAST_PART = 0.1;

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/openblas/i, 'OpenBLAS'],
  [/mkl/i, 'MKL'],
  [/blis/i, 'BLIS'],
  [/iomp|libomp/i, 'OpenMP'],
  [/gomp/i, 'OpenMP (libgomp)'],
  [/tbb/i, 'TBB'],
  [/arrow/i, 'Arrow'],
  [/torch|libc10/i, 'PyTorch'],
  [/polars/i, 'Polars']
];

export function poolName(library: string | undefined): string | undefined {
  return library === undefined
    ? undefined
    : (FAMILIES.find(([pattern]) => pattern.test(library))?.[1] ??
        library.slice(library.lastIndexOf('/') + 1));
}

export function oversubscription(facts: RunFacts): Candidate | undefined {
  const { document, cpus, demand } = facts;
  const [pool] = nativePools(document);
  const awake = document.threads.reduce((sum, row) => sum + awakeTime(row), 0);
  if (pool === undefined || pool.awake < LEAST_PART * awake) {
    return undefined;
  }
  const callers = document.threads.filter(
    row => !row.native && (row.states_ns.running ?? 0) > 0.01 * facts.duration
  );
  if (pool.threads.length + callers.length <= cpus.limit) {
    return undefined;
  }
  const line = workLine(facts);
  const name = poolName(pool.library);
  const sentence = new Sentence()
    .say('Native threads crowd the CPUs: ')
    .cite(threadCount(pool.threads.length), { table: 'threads' })
    .say(name === undefined ? ' of a native library' : ` of ${name}`)
    .say(' and ')
    .cite(threadCount(callers.length), { table: 'threads' })
    .say(' that call it');
  if (line !== undefined) {
    sentence.say(', at ').at(line).say(',');
  }
  sentence
    .say(' share ')
    .cite(cpuCount(cpus.limit), { table: 'capture' })
    .say('.');
  return {
    kind: 'oversubscription',
    // The pool is why there are more threads than CPUs; and why calls wait for each other within it.
    gain: demand.losses.cpus + demand.losses.lock,
    sure: facts.surePart('preempted'),
    sentence,
    remedy: `Let the library use one thread for each call: ${new Available(document.capture).oneNativeThread(pool.library)}`
  };
}
