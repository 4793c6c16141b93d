/** The head of a table: a button in each column's heading sorts by it. */
import { button, element } from '../dom';
import type { Column } from './table-model';

/** By the keys of columns. */
export type ColumnHeaders = ReadonlyMap<
  string,
  { readonly cell: HTMLElement; readonly sort: HTMLElement }
>;

/** @param onSort called with the key of a column */
export function columnHeaders<Row>(
  columns: readonly Column<Row>[],
  onSort: (key: string) => void
): ColumnHeaders {
  return new Map(
    columns.map(({ key, header, title = '', numeric }) => {
      const cell = element('th');
      cell.scope = 'col';
      const sort = button('giltracer-Table-sort', header, title, () =>
        onSort(key)
      );
      cell.classList.toggle('giltracer-mod-number', numeric);
      cell.append(sort);
      return [key, { cell, sort }];
    })
  );
}

export function tableHead(headers: ColumnHeaders): HTMLElement {
  const head = element('thead');
  const line = element('tr');
  line.append(...Array.from(headers.values(), ({ cell }) => cell));
  head.append(line);
  return head;
}
