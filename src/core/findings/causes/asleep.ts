/** Nobody had work: the threads slept. */
import type { SleepName } from '../../threads/sampled/sleep-kind';
import type { SourceLine, ThreadRow } from '../../trace/document';
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
  // An event loop sleeps in one call for input, output and timers.
  const inLoop = !inPauses && loopSleeps(line, facts);
  const sentence = new Sentence()
    .say(
      facts.gil === undefined
        ? 'Nobody had work for '
        : 'The GIL was not in the way: nobody had work for '
    )
    .cite(partOfRun(demand.idle, facts), { table: 'threads' })
    .say(
      inLoop
        ? '; the event loop waited for input, output or a timer, longest at '
        : !known
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
      : inLoop
        ? 'Let more tasks wait at a time (asyncio.gather, or asyncio.create_task before the first await); else speed up what is waited for.'
        : 'More threads, or asyncio, let more of these waits overlap; else speed up what is waited for.'
  };
}

/** Whether most of the time that a line spent without the GIL was that of the standard library's event loops. */
function loopSleeps(line: SourceLine, facts: RunFacts): boolean {
  const waits = facts.document.lines
    .filter(({ file }) => file === 'selectors.py')
    .reduce((sum, { released_ns: time = 0 }) => sum + time, 0);
  return waits > (facts.rowOf(line)?.total_released_ns ?? Infinity) / 2;
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
