/** The shares of several threads in their time together, in words. */
import type { ThreadRow } from '../../core/trace/document';
import type { StateName } from '../../core/threads/states';
import { formatPercent } from '../format';
import type { ITranslation } from '../translation';

/** As far as they are known and not zero: `wait for the GIL 41 %`. */
export function sharesOfThreads(
  threads: readonly ThreadRow[],
  trans: ITranslation
): string[] {
  const known = sumOf(
    threads,
    ({ duration_ns: all, states_ns: states }) => all - (states.unknown ?? 0)
  );
  if (!(known > 0)) {
    return [];
  }
  const share = (...states: StateName[]): number =>
    (100 *
      sumOf(threads, ({ states_ns: times }) =>
        states.reduce((sum, state) => sum + (times[state] ?? 0), 0)
      )) /
    known;
  const parts: readonly (readonly [string, number])[] = [
    [trans.__('wait for the GIL'), share('waiting-gil')],
    [trans.__('have the GIL'), share('running-gil', 'holding-off-cpu')],
    [trans.__('run without it'), share('running')],
    [trans.__('run'), share('on-cpu')],
    [trans.__('asleep'), share('off-cpu')]
  ];
  return parts
    .filter(([, percent]) => percent > 0)
    .map(([words, percent]) => `${words} ${formatPercent(percent)}`);
}

function sumOf(
  threads: readonly ThreadRow[],
  read: (thread: ThreadRow) => number
): number {
  return threads.reduce((sum, thread) => sum + read(thread), 0);
}
