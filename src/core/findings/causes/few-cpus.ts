/** Fewer CPUs than threads that could run. */
import { formatDuration } from '../../quantities';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { sayScaling, threadCount, cpuCount } from './words';
import { workLine } from './work-line';

/** A cgroup that uses so much of its quota is held back by it, at least now and then. */
const QUOTA_USED = 0.6;

/** Whether the cgroup's quota was what threads without a CPU waited for. */
export function quotaBinds({ cpus, demand, duration }: RunFacts): boolean {
  return (
    cpus.limit < cpus.usable &&
    demand.worked >= QUOTA_USED * cpus.limit * duration
  );
}

export function fewCpus(facts: RunFacts): Candidate | undefined {
  const { demand, cpus, width } = facts;
  const quota = quotaBinds(facts);
  const lost = demand.losses.cpus + (quota ? demand.losses.machine : 0);
  const line = workLine(facts);
  // Who had the CPUs is not known where it is not known how many there are.
  if (lost === 0 || width <= 1 || !Number.isFinite(cpus.limit)) {
    return undefined;
  }
  const sentence = new Sentence()
    .say(
      facts.gil === undefined
        ? 'The CPUs are the limit: '
        : 'The CPUs are the limit, not the GIL: '
    )
    .cite(threadCount(width), { table: 'threads' })
    .say(' had work');
  if (line !== undefined) {
    sentence.say(', most of it at ').at(line);
  }
  sentence
    .say(quota ? ', and the cgroup’s quota is ' : ', and the process may use ')
    .cite(cpuCount(quota ? cpus.limit : cpus.usable), { table: 'capture' })
    .say('. ');
  sayScaling(sentence, facts).say('.');
  return {
    kind: 'few-cpus',
    gain: lost,
    sure: facts.surePart('preempted'),
    sentence,
    remedy: quota
      ? `Raise the CPU quota of the container or service, or use ${threadCount(Math.max(1, Math.floor(cpus.limit)))}: more can’t help.`
      : `Give the process more CPUs (os.sched_setaffinity, taskset, the container’s CPU set), or use ${threadCount(cpus.usable)}: more can’t help.`
  };
}

/** Other programs, or the machine’s host, had the CPUs. */
export function busyMachine(facts: RunFacts): Candidate | undefined {
  const { demand, document, cpus } = facts;
  if (
    quotaBinds(facts) ||
    demand.losses.machine === 0 ||
    !Number.isFinite(cpus.usable)
  ) {
    return undefined;
  }
  const line = workLine(facts);
  const time = (state: 'preempted' | 'holding-off-cpu'): number =>
    document.threads.reduce(
      (sum, { states_ns: states }) => sum + (states[state] ?? 0),
      0
    );
  const sentence = new Sentence().say('Other programs had the CPUs: ');
  if (line !== undefined) {
    sentence.say('at ').at(line).say(' and elsewhere ');
  }
  sentence
    .say('threads that could run were without a CPU for ')
    .cite(formatDuration(time('preempted') + time('holding-off-cpu')), {
      table: 'threads'
    })
    .say(' of thread time, though the program may use ')
    .cite(cpuCount(cpus.usable), { table: 'capture' })
    .say(' and did not use them all.');
  return {
    kind: 'busy-machine',
    gain: demand.losses.machine,
    sure: facts.surePart('preempted'),
    sentence,
    remedy:
      'Stop what else runs on this machine (top shows it), or run there when it is idle; figures of such a run tell little.'
  };
}
