/** What a run would have taken, in words. */
import type { Change, WhatIf } from '../../core/findings/what-if';
import { placeWords } from '../../core/export/source-words';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';

/** The change, as the begin of a sentence. */
export function changeWords(change: Change, trans: ITranslation): string {
  switch (change.kind) {
    case 'release':
      return trans.__(
        'If %1 released the GIL',
        placeWords(change.line) ?? trans.__('this line')
      );
    case 'switch-interval':
      return trans.__(
        'If the switch interval were %1',
        formatDuration(change.switch_interval_ns)
      );
    case 'threads':
      return trans._n(
        'If one thread did the work',
        'If %1 threads did the work',
        change.threads
      );
    case 'no-gil':
      return trans.__('If there were no GIL');
  }
}

/** How long it would have taken: from, to. Without a GIL nothing is known of memory and shared objects. */
export function predictionWords(
  { change, low_ns: low, high_ns: high }: WhatIf,
  trans: ITranslation
): string {
  const from = formatDuration(low);
  const to = formatDuration(high);
  const words = from === to ? from : trans.__('%1 to %2', from, to);
  return change.kind === 'no-gil' ? trans.__('%1 at best', words) : words;
}

/** Change and time: a line of its own. */
export function whatIfWords(prediction: WhatIf, trans: ITranslation): string {
  return `${changeWords(prediction.change, trans)}: ${predictionWords(prediction, trans)}`;
}
