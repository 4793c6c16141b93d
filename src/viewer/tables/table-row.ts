/** The elements of a row. */
import { button, element } from '../dom';
import type { CellValue, Column, TableOptions } from './table-model';

/** A row that the keyboard can get to; the first cell is its heading. */
export function tableRow<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  { rowAction, isPicked }: TableOptions<Row>
): HTMLElement {
  const line = element('tr');
  line.tabIndex = -1;
  columns.forEach((column, index) => {
    const cell = element(index === 0 ? 'th' : 'td');
    if (index === 0) {
      cell.scope = 'row';
    }
    cell.classList.toggle('giltracer-mod-number', column.numeric);
    const action = index === 0 ? rowAction?.label(row) : undefined;
    fillCell(cell, column.cell(row), action);
    line.append(cell);
  });
  if (rowAction !== undefined) {
    line.classList.add('giltracer-mod-action');
    line.addEventListener('click', () => rowAction.run(row));
  }
  markPicked(line, isPicked?.(row) === true);
  return line;
}

/** Show whether the reader has picked a row. */
export function markPicked(line: HTMLElement, picked: boolean): void {
  line.classList.toggle('giltracer-mod-picked', picked);
  if (picked) {
    line.setAttribute('aria-current', 'true');
  } else {
    line.removeAttribute('aria-current');
  }
}

/** @param action what a press does; undefined: nothing */
function fillCell(
  cell: HTMLElement,
  value: CellValue,
  action: string | undefined
): void {
  const before = value.before?.();
  if (before !== undefined) {
    cell.append(before);
  }
  if (action === undefined) {
    cell.append(value.text);
  } else {
    // The click goes on to the row. The keyboard gets to the row itself; the button says what a press does.
    const press = button('giltracer-Table-action', value.text, action);
    press.tabIndex = -1;
    cell.append(press);
  }
  if (value.title !== undefined) {
    cell.title = value.title;
  }
  cell.classList.toggle('giltracer-mod-absent', value.value === undefined);
  cell.classList.toggle('giltracer-mod-long', value.long === true);
  if (value.bar !== undefined) {
    const scale = element('div', 'giltracer-Table-scale');
    const bar = element('div', 'giltracer-Table-bar');
    const part = Math.min(1, Math.max(0, value.bar.part));
    bar.style.width = `${part * 100}%`;
    bar.style.background = value.bar.style;
    scale.append(bar);
    cell.append(scale);
  }
}

/**
 * Scroll a box to show a row of it. The page stays: what led here was done elsewhere in it.
 *
 * @param headHeight of the headers that stay at the top of the box, in pixels
 */
export function scrollWithin(
  box: HTMLElement,
  line: HTMLElement,
  headHeight: number
): void {
  const top = line.offsetTop - headHeight;
  const bottom = line.offsetTop + line.offsetHeight;
  if (top < box.scrollTop) {
    box.scrollTop = top;
  } else if (bottom > box.scrollTop + box.clientHeight) {
    box.scrollTop = bottom - box.clientHeight;
  }
}
