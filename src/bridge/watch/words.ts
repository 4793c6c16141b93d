/** Which words of a GIL are watched, and as which events of perf. */
import type { GilLocation } from '../../core/cpython/gil';
import type { WatchedWords } from '../../core/threads/site';
import type { Address } from '../../core/units';

/** Sizes of glibc's and musl's pthread_cond_t and pthread_mutex_t on x86-64 (bits/pthreadtypes-arch.h). */
const CONDITION_SIZE = 48;
const MUTEX_SIZE = 40;

/** The word of a condition variable that each wait adds to: its place in it. */
export interface WaitWords {
  /** Of gil->cond; absent if there is none, or no watchpoint for it. */
  readonly wait?: number;
  /** Of gil->switch_cond. */
  readonly yield?: number;
}

/**
 * What may be watched beside gil->locked, the best first. In glibc the word is __wseq at 0 (from 2.25 on,
 * bits/thread-shared-types.h), before that __total_seq at 8. A processor has four watchpoints, of which a
 * debugger may have some.
 */
export const WAIT_WORD_CHOICES: readonly WaitWords[] = [
  { wait: 0, yield: 0 },
  { wait: 0 },
  { wait: 8, yield: 8 },
  {}
];

/** The choice itself, and what is left of it where a process has fewer watchpoints; the best first. */
export function lesserChoices({ wait, yield: yields }: WaitWords): WaitWords[] {
  return [
    ...(yields === undefined ? [] : [{ wait, yield: yields }]),
    ...(wait === undefined ? [] : [{ wait }]),
    {}
  ];
}

/** Their addresses in a process. */
export function watchedWords(
  { locked, switchNumber }: GilLocation,
  { wait, yield: yields }: WaitWords
): WatchedWords {
  // struct _gil_runtime_state: switch_number, cond, mutex, switch_cond (Include/internal/pycore_gil.h, 3.8 to 3.15).
  const condition = switchNumber + 8;
  const switchCondition = condition + CONDITION_SIZE + MUTEX_SIZE;
  return {
    locked,
    ...(wait !== undefined && { wait: condition + wait }),
    ...(yields !== undefined && { yield: switchCondition + yields })
  };
}

/** The events, as perf-record(1) takes them after -e: writes from user space. */
export function watchEvents(words: WatchedWords): string[] {
  return [words.locked, words.wait, words.yield]
    .filter((address): address is Address => address !== undefined)
    .map(address => `mem:0x${address.toString(16)}/4:w:u`);
}
