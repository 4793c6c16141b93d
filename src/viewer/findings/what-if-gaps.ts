/** Why a replay can't tell something, in one sentence for the reader. */
import { plain } from '../../core/export/plain-text';
import type { WhatIfGap } from '../../core/findings/what-if/gap';
import type { ITranslation } from '../translation';

/** @param mode rung of the capture */
export function gapWords(
  gap: WhatIfGap,
  mode: string,
  trans: ITranslation
): string {
  switch (gap) {
    case 'rung':
      return trans.__(
        'A replay needs each take and drop of the GIL: the rungs “full” and “watch” record them, “%1” does not.',
        plain(mode)
      );
    case 'no-gil':
      return trans.__('This Python runs without a GIL.');
    case 'scheduler-states':
      return trans.__(
        'A replay needs to know when threads were on a CPU: that was not recorded (--no-states).'
      );
    case 'shed':
      return trans.__(
        'A replay needs all takes and drops of the GIL: for a part of the run waits only were recorded (--max-overhead).'
      );
    case 'lost-records':
      return trans.__('A replay needs all records: some were lost.');
    case 'late-records':
      return trans.__(
        'A replay needs all records in their order: some came too late.'
      );
    case 'old-trace':
      return trans.__(
        'The trace was made by an older giltracer, which did not keep who held the GIL when.'
      );
    case 'several-gils':
      return trans.__(
        'There were several GILs (sub-interpreters): a replay knows one only.'
      );
    case 'one-holder':
      return trans.__('Only one thread held the GIL.');
    case 'main-thread':
      return trans.__(
        'The main thread was not recorded, with which the run ends.'
      );
    case 'machine':
      return trans.__(
        'How many CPUs the run had, or its switch interval, is not known.'
      );
    case 'misunderstood':
      return trans.__(
        'Not even the unchanged run takes its recorded time in the replay: what it says of a change can’t be trusted.'
      );
    case 'line':
      return trans.__('The replay knows no hold of the GIL on this line.');
    case 'workers':
      return trans.__(
        'No threads were found that did alike work: it can’t be split anew.'
      );
    case 'endless':
      return trans.__('The changed run does not end in the replay.');
    case 'wide':
      return trans.__(
        'The replay is too uncertain: the range would be wider than a factor of 1.5.'
      );
  }
}
