/** What the run would have taken with one thing changed, beside what it took. */
import type { WhatIf } from '../../core/findings/what-if';
import { plain } from '../../core/export/plain-text';
import type { Nanoseconds } from '../../core/units';
import { element } from '../dom';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';
import { unfoldButton } from './unfold';
import { changeWords, predictionWords } from './what-if-words';

/** Changes that are shown before the reader asks for more. */
const FIRST_ROWS = 3;

/** @param recorded how long the run took */
export function whatIfTable(
  changes: readonly WhatIf[],
  recorded: Nanoseconds,
  trans: ITranslation
): HTMLElement {
  const node = element('div', 'giltracer-WhatIf');
  const title = trans.__('What if');
  const most = changes.reduce(
    (longest, { high_ns: high }) => Math.max(longest, high),
    recorded
  );
  const body = element('tbody');
  const rows = changes.map(each => whatIfRow(each, recorded, most, trans));
  body.append(...rows);
  const table = element('table', 'giltracer-WhatIf-table');
  table.append(
    element('caption', 'giltracer-mod-spoken', title),
    tableHead(recorded, trans),
    body
  );
  node.append(
    element('h4', 'giltracer-Verdict-subheading', title),
    table,
    ...moreRows(rows.slice(FIRST_ROWS), trans),
    ...assumptions(changes, trans)
  );
  return node;
}

function moreRows(
  rows: readonly HTMLElement[],
  trans: ITranslation
): HTMLElement[] {
  return rows.length === 0
    ? []
    : [
        unfoldButton(
          trans._n('%1 more change', '%1 more changes', rows.length),
          rows
        )
      ];
}

function tableHead(recorded: Nanoseconds, trans: ITranslation): HTMLElement {
  const head = element('thead');
  const line = element('tr');
  for (const text of [
    trans.__('Change'),
    trans.__(
      'This run would have taken, instead of %1',
      formatDuration(recorded)
    )
  ]) {
    const cell = element('th', '', text);
    cell.scope = 'col';
    line.append(cell);
  }
  head.append(line);
  return head;
}

function whatIfRow(
  prediction: WhatIf,
  recorded: Nanoseconds,
  most: Nanoseconds,
  trans: ITranslation
): HTMLElement {
  const line = element('tr');
  const change = element('th', '', changeWords(prediction.change, trans));
  change.scope = 'row';
  const time = element('td', '', predictionWords(prediction, trans));
  time.append(rangeBar(prediction, recorded, most));
  line.append(change, time);
  return line;
}

/** From 0 to the longest time: the range as a bar, the recorded time as a mark. The words beside say the same. */
function rangeBar(
  { low_ns: low, high_ns: high }: WhatIf,
  recorded: Nanoseconds,
  most: Nanoseconds
): HTMLElement {
  const scale = element('div', 'giltracer-WhatIf-scale');
  scale.setAttribute('aria-hidden', 'true');
  const percent = (time: Nanoseconds): number =>
    most > 0 ? Math.min(100, Math.max(0, (time / most) * 100)) : 0;
  const range = element('div', 'giltracer-WhatIf-range');
  range.style.left = `${percent(low)}%`;
  range.style.width = `${Math.max(0, percent(high) - percent(low))}%`;
  const mark = element('div', 'giltracer-WhatIf-recorded');
  mark.style.left = `${percent(recorded)}%`;
  scale.append(range, mark);
  return scale;
}

/** What the figures rest on: each sentence once, with the changes it is about if these are not all. */
function assumptions(
  changes: readonly WhatIf[],
  trans: ITranslation
): HTMLElement[] {
  const about = new Map<string, WhatIf[]>();
  for (const each of changes) {
    for (const text of each.assumptions) {
      about.set(text, [...(about.get(text) ?? []), each]);
    }
  }
  if (about.size === 0) {
    return [];
  }
  const list = element('ul', 'giltracer-WhatIf-assumptions');
  for (const [text, of] of about) {
    const whole = of.length === changes.length;
    const words = of.map(({ change }) => changeWords(change, trans));
    const item = element('li', '', plain(text));
    if (!whole) {
      item.prepend(`${words.join(', ')}: `);
    }
    list.append(item);
  }
  return [unfoldButton(trans.__('What this rests on'), [list]), list];
}
