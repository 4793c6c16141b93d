/** Which range of time the tables are about, and the way back to the whole run. */
import { button, element } from '../dom';
import { formatDuration, formatTime } from '../format';
import type { TimeRange } from '../lanes/time-scale';
import { spanOf } from '../lanes/time-scale';
import type { ITranslation } from '../translation';

/** @param remarks what the figures of the range are worth */
export function rangeCaption(
  range: TimeRange,
  remarks: readonly string[],
  onWhole: () => void,
  trans: ITranslation
): HTMLElement {
  const node = element('div', 'giltracer-RangeCaption');
  const span = spanOf(range);
  const words = trans.__(
    'Tables show %1 from %2.',
    formatDuration(span),
    formatTime(range.start, span)
  );
  const line = element('p', 'giltracer-RangeCaption-words');
  line.setAttribute('role', 'status');
  line.append(
    element('span', '', words),
    button('giltracer-Button', trans.__('Whole run'), '', onWhole)
  );
  node.append(
    line,
    ...remarks.map(text => element('p', 'giltracer-Table-absent', text))
  );
  return node;
}
