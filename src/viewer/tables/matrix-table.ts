/** The matrix of waiters and holders: a number and a shade in each cell. */
import { placeWords } from '../../core/export/source-words';
import type { ReportDocument } from '../../core/trace/document';
import { button, element } from '../dom';
import { sampledDuration } from '../format';
import { nameOfTid } from '../thread-name';
import type { ITranslation } from '../translation';
import type {
  BlameMatrix,
  MatrixBy,
  MatrixSide,
  MatrixTime
} from './blame-matrix';
import { blameMatrix, isWaitOf } from './blame-matrix';
import type { TidBadge } from './cells';
import type { WaitFilter } from './waits-table';
import { RovingFocus } from './roving-focus';

/** Shade of the largest cell, in percent: its number must still be read on it. */
const MOST_SHADE = 45;

export interface MatrixOptions {
  readonly document: ReportDocument;
  readonly by: MatrixBy;
  /** CSS colour of a cell. */
  readonly colour: string;
  readonly badgeOf: TidBadge;
  readonly trans: ITranslation;
  /** Shows the waits of a cell; undefined: no single waits are known. */
  readonly onPick: ((filter: WaitFilter) => void) | undefined;
}

export function matrixTable(options: MatrixOptions): HTMLElement {
  const { document, by, trans } = options;
  const matrix = blameMatrix(document, by);
  const node = element('div', 'giltracer-Table');
  const box = element('div', 'giltracer-Table-box');
  const table = element('table', 'giltracer-Table-table giltracer-Matrix');
  table.style.setProperty('--giltracer-shade-colour', options.colour);
  table.append(
    element('caption', 'giltracer-mod-spoken', matrixTitle(trans)),
    headOf(matrix, options),
    bodyOf(matrix, options),
    footOf(matrix, trans)
  );
  box.append(table);
  node.append(box);
  for (const text of remarks(matrix, trans)) {
    node.append(element('p', 'giltracer-Table-absent', text));
  }
  reachByKeys(box, matrixTitle(trans));
  return node;
}

export function matrixTitle(trans: ITranslation): string {
  return trans.__('Who waited for whom');
}

function headOf(
  { holders }: BlameMatrix,
  { document, badgeOf, by, trans }: MatrixOptions
): HTMLElement {
  const head = element('thead');
  const line = element('tr');
  const corner = element(
    'td',
    'giltracer-Matrix-corner',
    trans.__('Had to wait ↓, held the GIL →')
  );
  line.append(
    corner,
    ...holders.map(side => {
      const cell = element('th', 'giltracer-mod-number');
      cell.scope = 'col';
      fillSide(cell, side, document, by === 'threads' ? badgeOf : none, trans);
      return cell;
    }),
    sumHeading('col', trans)
  );
  head.append(line);
  return head;
}

function bodyOf(matrix: BlameMatrix, options: MatrixOptions): HTMLElement {
  const { document, badgeOf, by, trans } = options;
  const body = element('tbody');
  const most = matrix.cells
    .flat()
    .reduce((max, { ns }) => Math.max(max, ns), 0);
  matrix.waiters.forEach((waiter, row) => {
    const line = element('tr');
    const name = element('th');
    name.scope = 'row';
    fillSide(name, waiter, document, by === 'threads' ? badgeOf : none, trans);
    line.append(
      name,
      ...matrix.holders.map((holder, column) => {
        const time = matrix.cells[row][column];
        const cell = cellOf(time, waiter, holder, options);
        if (time.ns > 0) {
          const shade = (time.ns / most) * MOST_SHADE;
          cell.style.setProperty('--giltracer-shade', `${shade.toFixed(1)}%`);
        }
        return cell;
      }),
      sumCell(matrix.waiterSums[row])
    );
    body.append(line);
  });
  return body;
}

function footOf(matrix: BlameMatrix, trans: ITranslation): HTMLElement {
  const foot = element('tfoot');
  const line = element('tr');
  line.append(
    sumHeading('row', trans),
    ...matrix.holderSums.map(sumCell),
    sumCell(matrix.sum)
  );
  foot.append(line);
  return foot;
}

function sumHeading(scope: 'row' | 'col', trans: ITranslation): HTMLElement {
  const cell = element('th', scope === 'col' ? 'giltracer-mod-number' : '');
  cell.scope = scope;
  cell.append(trans.__('Sum'));
  return cell;
}

function sumCell(time: MatrixTime): HTMLElement {
  return element(
    'td',
    'giltracer-mod-number giltracer-Matrix-sum',
    timeText(time)
  );
}

function timeText({ ns, errorNs }: MatrixTime): string {
  return ns === 0 && errorNs === 0 ? '0' : sampledDuration(ns, errorNs);
}

function cellOf(
  time: MatrixTime,
  waiter: MatrixSide,
  holder: MatrixSide,
  { document, by, onPick, trans }: MatrixOptions
): HTMLElement {
  const text = timeText(time);
  const cell = element('td', 'giltracer-mod-number');
  if (onPick === undefined || time.ns === 0) {
    cell.textContent = text;
    return cell;
  }
  const sides = [
    sideName(waiter, document, trans),
    sideName(holder, document, trans)
  ];
  const label = trans.__('%1 waited while %2 held the GIL', ...sides);
  const pick = button('giltracer-Matrix-cell', text, label, () =>
    onPick({ label, matches: wait => isWaitOf(wait, waiter, holder, by) })
  );
  pick.setAttribute('aria-label', `${text}: ${label}`);
  cell.append(pick);
  return cell;
}

function sideName(
  { kind, tid, place, keys }: MatrixSide,
  document: ReportDocument,
  trans: ITranslation
): string {
  if (kind === 'nobody') {
    return trans.__('nobody known');
  }
  if (kind === 'other') {
    return trans.__('other (%1)', keys.size);
  }
  const words = place && placeWords(place);
  if (words !== undefined) {
    return words;
  }
  // By line, a side without a place has no known line.
  return tid === undefined || [...keys][0].startsWith('line ')
    ? trans.__('line not known')
    : nameOfTid(document, tid, trans);
}

function fillSide(
  cell: HTMLElement,
  side: MatrixSide,
  document: ReportDocument,
  badgeOf: TidBadge,
  trans: ITranslation
): void {
  const badge = side.tid === undefined ? undefined : badgeOf(side.tid);
  const name = sideName(side, document, trans);
  const text = element('span', 'giltracer-Matrix-name', name);
  cell.title = name;
  cell.append(...(badge === undefined ? [] : [badge]), text);
}

function none(): undefined {
  return undefined;
}

function remarks(
  { cells, by }: BlameMatrix,
  trans: ITranslation
): readonly string[] {
  const sampled = cells.flat().some(({ errorNs }) => errorNs > 0);
  return [
    ...(sampled
      ? [
          trans.__(
            '± is the 95 % interval; that of a sum is at most so wide. 0: not seen.'
          )
        ]
      : []),
    ...(by === 'lines'
      ? [trans.__('Lines of cells stand for what they called.')]
      : [])
  ];
}

/** One stop of the Tab key, if there is anything to press; else the box itself, which may scroll. */
function reachByKeys(box: HTMLElement, label: string): void {
  const cells = Array.from(box.querySelectorAll('tr'), line =>
    Array.from(line.querySelectorAll<HTMLElement>('.giltracer-Matrix-cell'))
  ).filter(line => line.length > 0);
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', label);
  if (cells.length === 0) {
    box.tabIndex = 0;
  } else {
    new RovingFocus(box, () => cells).update();
  }
}
