/** One thread alone had work (Amdahl). */
import { formatDuration } from '../../quantities';
import type { SourceLine } from '../../trace/document';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { timeInCall } from '../facts/kept-holds';
import type { SerialSpan } from '../facts/serial-spans';
import { lineWithin } from '../facts/work';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { ownLineOfMost } from './work-line';
import { partOfRun } from './words';

export function serial(facts: RunFacts): Candidate | undefined {
  const { demand, columns, possible } = facts;
  const time = demand.serial.reduce(
    (sum, { start, end }) => sum + end - start,
    0
  );
  if (time === 0 || possible <= 1) {
    return undefined;
  }
  const [longest] = [...demand.serial].sort(
    (a, b) => b.end - b.start - (a.end - a.start)
  );
  const line =
    facts.place(lineWithin(columns, demand.serial)) ?? heldAlone(facts);
  const sentence = new Sentence()
    .say('One thread alone had work for ')
    .cite(partOfRun(time, facts), {
      table: 'threads',
      tid: facts.document.threads[columns.rowOf[longest.thread]].tid,
      range_ns: {
        from: Math.round(longest.start - columns.begin),
        to: Math.round(longest.end - columns.begin)
      }
    });
  if (line !== undefined) {
    sentence.say(', most of it at ').at(line);
  }
  sentence
    .say(': however many threads do the rest, the run takes at least ')
    .cite(formatDuration(time), { table: 'threads' })
    .say(' (Amdahl’s law).');
  return {
    kind: 'serial',
    gain: time * (1 - 1 / possible),
    sentence,
    remedy: heldGil(longest, facts)
      ? `Threads can’t share it, since it runs Python code: split this part among ${new Available(facts.document.capture).withoutSharedGil}, or overlap it with the rest: hand over each piece as soon as it is ready.`
      : 'Split this part among the threads as well, or overlap it with the rest: hand over each piece as soon as it is ready.'
  };
}

/** Whether the thread had the GIL for most of the span, as far as is known. */
function heldGil(
  { thread, start, end }: SerialSpan,
  { columns, holdsKnown, gil }: RunFacts
): boolean {
  return (
    gil !== undefined &&
    holdsKnown &&
    timeInCall(columns.tracks[thread], start, end, false) > (end - start) / 2
  );
}

/** Where a rung knows no times of sightings: the line that held the GIL longest while nobody wanted it. */
function heldAlone(facts: RunFacts): SourceLine | undefined {
  return ownLineOfMost(
    facts,
    ({ held_ns: held = 0, held_while_wanted_ns: wanted = 0 }) => held - wanted
  );
}
