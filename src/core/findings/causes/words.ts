/** Phrases that several findings share. */
import { timeWords } from '../../export/source-words';
import { formatCount, formatDuration, formatPercent } from '../../quantities';
import type { SourceLine } from '../../trace/document';
import { lineOf } from '../facts/own-places';
import type { RunFacts } from '../facts/run-facts';
import type { Sentence } from '../sentence';

/** A number of threads that worked at a time: `1.02`. */
function amount(threads: number): string {
  return threads.toFixed(threads < 9.95 ? 2 : 1);
}

/** ` 2 threads did the work of 1.02, where 2 could have worked at a time` */
export function sayScaling(sentence: Sentence, facts: RunFacts): Sentence {
  const { threads, error } = facts.scaled;
  const words =
    error === undefined
      ? amount(threads)
      : `${amount(threads)} ± ${amount(error)}`;
  return sentence
    .cite(threadCount(facts.width), { table: 'threads' })
    .say(' did the work of ')
    .cite(words, { table: 'threads' });
}

/** How many could have worked: `2 CPUs would allow 2`. */
export function sayPossible(sentence: Sentence, facts: RunFacts): Sentence {
  const { usable } = facts.cpus;
  return Number.isFinite(usable)
    ? sentence
        .say(', where ')
        .cite(cpuCount(facts.possible), { table: 'capture' })
        .say(' could have worked')
    : sentence;
}

export function threadCount(count: number): string {
  return `${formatCount(count)} thread${count === 1 ? '' : 's'}`;
}

export function cpuCount(count: number): string {
  const words = Number.isInteger(count) ? formatCount(count) : String(count);
  return `${words} CPU${count === 1 ? '' : 's'}`;
}

/** What a line made others wait, from its row in the document. */
export function sayMadeWait(
  sentence: Sentence,
  facts: RunFacts,
  line: SourceLine
): Sentence {
  const row = facts.rowOf(line);
  return sentence.cite(
    timeWords(row?.made_wait_ns ?? 0, row?.made_wait_error_ns),
    { table: 'lines', line: lineOf(line) }
  );
}

/** A time, and its part of the run. */
export function partOfRun(time: number, facts: RunFacts): string {
  return `${formatDuration(time)}, ${formatPercent((100 * time) / Math.max(1, facts.duration))} of the run`;
}

/** A part of the time that threads spent in a state; where that is sampled, with as large a part of its error. */
export function timeIn(
  state: 'waiting-gil' | 'waiting-lock' | 'preempted' | 'holding-off-cpu',
  time: number,
  facts: RunFacts
): string {
  return timeWords(
    time,
    facts.sampled ? time * (1 - facts.surePart(state)) : undefined
  );
}
