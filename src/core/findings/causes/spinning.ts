/** Native threads are busy, but perhaps only wait. */
import { formatDuration } from '../../quantities';
import type { ThreadRow } from '../../trace/document';
import type { Nanoseconds } from '../../units';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { nativePools, type NativePool } from '../facts/work';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { poolName } from './oversubscription';
import { threadCount } from './words';
import { ownLineOfMost } from './work-line';

/** A thread that was on a CPU for so much of its life may wait in a loop. */
const ALWAYS_ON_CPU = 0.9;

/** While Python threads worked for so little of the run. */
const HARDLY = 0.1;

/** So much of a pool's time on CPUs must have been without any call to work for. */
const MOSTLY = 0.5;

/** Ways to let a pool's threads sleep while they wait: OpenBLAS's driver/others/blas_server.c, the OpenMP standard. */
const PASSIVE: readonly (readonly [RegExp, string])[] = [
  [
    /openblas/i,
    'Let OpenBLAS’s threads sleep soon: set OPENBLAS_THREAD_TIMEOUT=4 before numpy is imported'
  ],
  [
    /iomp|libomp|gomp/i,
    'Let OpenMP’s threads sleep while they wait: set OMP_WAIT_POLICY=passive before the library is imported'
  ]
];

/** Native threads that are busy while nobody gives them work. Its gain is the run's time for which they were so. */
export function spinning(facts: RunFacts): Candidate | undefined {
  return withoutCalls(facts) ?? withoutPython(facts);
}

/** While Python threads had the GIL or wanted it. */
function withoutCalls(facts: RunFacts): Candidate | undefined {
  const { document, columns, demand } = facts;
  const spun = new Map<ThreadRow, Nanoseconds>();
  for (const [thread, time] of demand.spun) {
    spun.set(document.threads[columns.rowOf[thread]], time);
  }
  const timeOf = (row: ThreadRow): Nanoseconds => spun.get(row) ?? 0;
  const pool = nativePools(document).find(({ threads }) => {
    const ran = threads.reduce((sum, row) => sum + runTime(row), 0);
    const time = threads.reduce((sum, row) => sum + timeOf(row), 0);
    return time > 0 && time >= MOSTLY * ran;
  });
  if (pool === undefined) {
    return undefined;
  }
  const busy = pool.threads.filter(row => timeOf(row) > 0);
  const longest = Math.max(...busy.map(timeOf));
  const line = ownLineOfMost(facts, ({ held_ns: held = 0 }) => held);
  const sentence = new Sentence()
    .say('Native threads may be spinning, that is waiting in a loop: ')
    .cite(poolWords(pool, busy), { table: 'threads', tid: busy[0].tid })
    .say(' had a CPU for ')
    .cite(formatDuration(busy.reduce((sum, row) => sum + timeOf(row), 0)), {
      table: 'threads',
      tid: busy[0].tid
    })
    .say(' while threads of Python ran with the GIL');
  if (line !== undefined) {
    sentence.say(', mostly at ').at(line);
  }
  sentence.say(', and none was in a call that lets go of it.');
  return {
    kind: 'spinning',
    gain: longest,
    sentence,
    remedy: remedyOf(pool, facts)
  };
}

/** While no Python thread worked at all. */
function withoutPython(facts: RunFacts): Candidate | undefined {
  const { document, duration } = facts;
  const python = document.threads
    .filter(row => !row.native)
    .reduce(
      (sum, row) => sum + (row.states_ns['running-gil'] ?? 0) + runTime(row),
      0
    );
  const [pool] = nativePools(document)
    .map(pool => ({
      ...pool,
      threads: pool.threads.filter(
        row =>
          row.duration_ns > 0 && runTime(row) >= ALWAYS_ON_CPU * row.duration_ns
      )
    }))
    .filter(({ threads }) => threads.length > 0);
  if (pool === undefined || python > HARDLY * duration) {
    return undefined;
  }
  const sentence = new Sentence()
    .cite(poolWords(pool, pool.threads), {
      table: 'threads',
      tid: pool.threads[0].tid
    })
    .say(
      ' had a CPU nearly all the time though no Python thread worked: they may be spinning, that is waiting in a loop.'
    );
  return { kind: 'spinning', gain: 0, sentence };
}

function poolWords({ library }: NativePool, threads: unknown[]): string {
  const name = poolName(library) ?? 'a native library';
  return `${threadCount(threads.length)} of ${name}`;
}

function runTime({ states_ns: states }: ThreadRow): Nanoseconds {
  return states.running ?? 0;
}

function remedyOf({ library }: NativePool, { document }: RunFacts): string {
  const one = new Available(document.capture).oneNativeThread(library);
  const sleep = PASSIVE.find(([pattern]) => pattern.test(library ?? ''))?.[1];
  return sleep === undefined
    ? `If the calls are small, do without its other threads: ${one}`
    : `${sleep}. If the calls are small, do without its other threads: ${one}`;
}
