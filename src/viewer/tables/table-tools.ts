/** What stands beside the heading of a table: its filter and its copy button. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import type { SortableTable } from './sortable-table';

/** Tables with fewer rows need no filter. */
const FEW_ROWS = 5;

export function tableTools<Row>(
  table: SortableTable<Row>,
  trans: ITranslation
): HTMLElement[] {
  const copy = button(
    'giltracer-Button',
    trans.__('Copy'),
    trans.__('Copy the table with full numbers, for a spreadsheet (Ctrl+C)'),
    () => void table.copy()
  );
  return table.size > FEW_ROWS || table.filter !== ''
    ? [filterField(table, trans), copy]
    : [copy];
}

function filterField<Row>(
  table: SortableTable<Row>,
  trans: ITranslation
): HTMLElement {
  const field = element('input', 'giltracer-Table-filter');
  field.type = 'search';
  field.value = table.filter;
  field.placeholder = trans.__('Filter');
  field.setAttribute('aria-label', trans.__('Filter: %1', table.caption));
  field.title = trans.__(
    'Words of a thread, a file or a function; or a limit such as >1ms'
  );
  field.addEventListener('input', () => table.filterBy(field.value));
  field.addEventListener('keydown', event => {
    if (event.key === 'Escape' && field.value !== '') {
      event.preventDefault();
      event.stopPropagation();
      field.value = '';
      table.filterBy('');
    }
  });
  return field;
}
