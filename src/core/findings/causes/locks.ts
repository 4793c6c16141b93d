/** Threads wait for a lock of the program, or for a queue. */
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Available } from '../remedies';
import { LockKind } from '../facts/lock-kinds';
import { lockLine } from '../facts/work';
import { Sentence } from '../sentence';
import { sayPossible, sayScaling, threadCount, timeIn } from './words';

export function lock(facts: RunFacts): Candidate | undefined {
  const { line, total, threads } = lockLine(facts.columns, [LockKind.Lock]);
  const { losses, lockedByPython } = facts.demand;
  const place = facts.place(line);
  if (place === undefined) {
    return undefined;
  }
  const sentence = new Sentence()
    .say('Threads wait for a lock: ')
    .cite(threadCount(threads), { table: 'locks' })
    .say(' waited ')
    .cite(timeIn('waiting-lock', total, facts), { table: 'locks', line: place })
    .say(' for it, longest at ')
    .at(place)
    .say('; ');
  sayPossible(sayScaling(sentence, facts), facts).say('.');
  return {
    kind: 'lock',
    gain: losses.lock,
    sure: facts.surePart('waiting-lock'),
    sentence,
    remedy:
      lockedByPython > losses.lock / 2
        ? `Python code runs meanwhile, so without the lock they would wait for the GIL instead: do less of it while the lock is held, or run it in ${new Available(facts.document.capture).withoutSharedGil}.`
        : 'Do less while the lock is held: prepare the value first and take the lock only to store it, or use one lock for each part of the data.'
  };
}

export function queue(facts: RunFacts): Candidate | undefined {
  const { line, kind, total, threads } = lockLine(facts.columns, [
    LockKind.QueueGet,
    LockKind.QueuePut
  ]);
  const place = facts.place(line);
  if (place === undefined) {
    return undefined;
  }
  const getting = kind === LockKind.QueueGet;
  const sentence = new Sentence()
    .say(getting ? 'A queue is empty: ' : 'A queue is full: ')
    .cite(threadCount(threads), { table: 'locks' })
    .say(' waited ')
    .cite(timeIn('waiting-lock', total, facts), { table: 'locks', line: place })
    .say(' at ')
    .at(place)
    .say(
      getting
        ? ' for something to take out, since what fills it is slower.'
        : ' for room in it, since what empties it is slower.'
    );
  return {
    kind: 'queue',
    gain: facts.demand.losses.queue,
    sure: facts.surePart('waiting-lock'),
    sentence,
    remedy: getting
      ? 'Speed up what fills the queue, or let more threads or processes fill it; more threads that empty it can’t help.'
      : 'Speed up what empties the queue, or let more threads or processes empty it; a longer queue only puts the wait off.'
  };
}
