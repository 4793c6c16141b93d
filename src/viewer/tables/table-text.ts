/** A table as text for a spreadsheet: tabs between cells, numbers in full. */
import type { CellValue, Column } from './table-model';

/** Headers and rows; a column with errors is followed by one that has them. Cells that are not known are empty. */
export function tableText<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[]
): string {
  const parts = columns.flatMap(column => {
    const cells = rows.map(row => column.cell(row));
    const unit = column.unit === undefined ? '' : ` (${column.unit})`;
    const header = column.header.replace('…\u00a0', '') + unit;
    const values = [header, ...cells.map(valueText)];
    return cells.some(({ error }) => error !== undefined)
      ? [
          values,
          [`${header} ±`, ...cells.map(({ error }) => String(error ?? ''))]
        ]
      : [values];
  });
  return ['', ...rows]
    .map((_, line) => parts.map(part => plainCell(part[line])).join('\t'))
    .join('\n');
}

function valueText({ value }: CellValue): string {
  if (typeof value === 'string') {
    // A spreadsheet would compute a name that looks like a formula.
    return /^[=+\-@]/.test(value) ? `'${value}` : value;
  }
  return value === undefined ? '' : String(value);
}

function plainCell(text: string): string {
  // Tabs and line ends would be taken for other cells.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ');
}
