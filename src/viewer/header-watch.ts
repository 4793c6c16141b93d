/** What a reader must know of a run that was recorded by watchpoints. */
import type { FutexInfo, WatchInfo } from '../core/trace/document';
import type { Fact } from './capture-facts';
import { formatPercent } from './format';
import type { ITranslation } from './translation';

/** The rung. */
export function watchFact(trans: ITranslation): Fact {
  return {
    text: trans.__('watch: watchpoint, no root'),
    title: trans.__(
      'A hardware watchpoint saw each take and drop of the GIL. When a thread asked for a GIL that it got at once, and who woke it, is not known'
    ),
    warning: false
  };
}

/** What is known of waits. */
export function watchFacts(
  watch: WatchInfo | undefined,
  trans: ITranslation
): Fact[] {
  if (watch === undefined) {
    return [];
  }
  return [
    ...readWaitsFacts(watch, trans),
    ...(watch.other_gils
      ? [
          {
            text: trans.__('GILs of sub-interpreters not watched'),
            title: trans.__('What their threads did is unknown'),
            warning: true
          }
        ]
      : []),
    ...(watch.wait_starts
      ? []
      : [
          {
            text: trans.__('starts of waits from context switches'),
            title: trans.__(
              'A wait may have begun earlier, and sleeps that ended by chance when the GIL was dropped may count as waits'
            ),
            warning: false
          }
        ]),
    ...(watch.forced_switches
      ? []
      : [
          {
            text: trans.__('no forced switches'),
            title: trans.__('Waits for a forced switch were not recorded'),
            warning: false
          }
        ])
  ];
}

/** Of how many waits the line was read. */
export function readWaitsFacts(
  { waited_ns: waited, waited_on_lines_ns: onLines }: FutexInfo,
  trans: ITranslation
): Fact[] {
  return waited > 0
    ? [
        {
          text: trans.__(
            'lines of %1 of the waits',
            formatPercent((100 * onLines) / waited)
          ),
          title: trans.__(
            'Share of the time of all waits for which it was read from memory where the thread stood'
          ),
          warning: false
        }
      ]
    : [];
}
