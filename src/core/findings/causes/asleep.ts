/** Nobody had work: the threads slept. */
import type { SleepName } from '../../threads/sampled/sleep-kind';
import type { ThreadRow } from '../../trace/document';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Sentence } from '../sentence';
import { partOfRun } from './words';
import { lineWithoutGil } from './work-line';

/** Threads that begin and end leave moments in which nobody has work. */
const LEAST_PART = 0.1;

export function asleep(facts: RunFacts): Candidate | undefined {
  const { demand } = facts;
  const line = lineWithoutGil(facts);
  if (demand.idle < LEAST_PART * facts.duration || line === undefined) {
    return undefined;
  }
  const sleepers = ownThreads(facts);
  const sum = (kind: SleepName): number =>
    sleepers.reduce(
      (total, { asleep_ns: times }) => total + (times?.[kind] ?? 0),
      0
    );
  const pause = sum('pause');
  const io = sum('io') + sum('process');
  const known = pause + io > 0;
  const inPauses = known && pause > io;
  const sentence = new Sentence()
    .say(
      facts.gil === undefined
        ? 'Nobody had work for '
        : 'The GIL was not in the way: nobody had work for '
    )
    .cite(partOfRun(demand.idle, facts), { table: 'threads' })
    .say(
      !known
        ? facts.document.capture.lock_waits === false
          ? '; threads slept, or waited for input, output or a lock, longest at '
          : '; threads slept or waited for input or output, longest at '
        : inPauses
          ? '; threads slept in pauses, longest at '
          : '; threads waited for input or output, longest at '
    )
    .at(line)
    .say('.');
  return {
    kind: inPauses ? 'sleep' : 'input-output',
    gain: demand.idle,
    sentence,
    remedy: inPauses
      ? 'Wait for what is to happen (threading.Event, queue.Queue) instead of looking again and again after a pause.'
      : 'More threads, or asyncio, let more of these waits overlap; else speed up what is waited for.'
  };
}

/**
 * Without those that were there before and hardly did anything: a notebook's kernel has some that wait for messages all the
 * time.
 */
function ownThreads({
  document: { threads, capture },
  columns,
  workers
}: RunFacts): ThreadRow[] {
  const working = new Set([...workers].map(thread => columns.rowOf[thread]));
  return threads.filter(
    ({ main, duration_ns: duration }, row) =>
      main || duration < capture.duration_ns || working.has(row)
  );
}
