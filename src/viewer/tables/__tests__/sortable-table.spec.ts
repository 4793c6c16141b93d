import { SortableTable } from '../sortable-table';
import type { Column, TableState } from '../table-model';
import { sortRows } from '../table-model';

interface Row {
  name: string;
  size?: number;
}

const nameColumn: Column<Row> = {
  key: 'name',
  header: 'Name',
  numeric: false,
  cell: ({ name }) => ({ value: name, text: name })
};

const sizeColumn: Column<Row> = {
  key: 'size',
  header: 'Size',
  numeric: true,
  cell: ({ size }) => ({
    value: size,
    text: size === undefined ? 'n/a' : String(size),
    title: size === undefined ? 'why' : undefined,
    bar: size === undefined ? undefined : { part: size / 10, style: 'red' }
  })
};

const rows: Row[] = [
  { name: 'b2', size: 3 },
  { name: 'a', size: undefined },
  { name: 'b10', size: 9 },
  { name: 'c', size: 3 }
];

function names(table: SortableTable<Row>): string[] {
  return Array.from(
    table.node.querySelectorAll('tbody th'),
    cell => cell.textContent ?? ''
  );
}

function sorted(descending: boolean): string[] {
  return sortRows(rows, sizeColumn, descending).map(({ name }) => name);
}

it('sorts stably, with unknown values last in either order', () => {
  expect(sorted(true)).toEqual(['b10', 'b2', 'c', 'a']);
  expect(sorted(false)).toEqual(['b2', 'c', 'b10', 'a']);
});

it('sorts names as people do', () => {
  const byName = sortRows(rows, nameColumn, false);
  expect(byName.map(({ name }) => name)).toEqual(['a', 'b2', 'b10', 'c']);
});

describe('SortableTable', () => {
  const make = (state?: TableState) =>
    new SortableTable<Row>(
      {
        caption: 'Sizes',
        columns: [nameColumn, sizeColumn],
        rows
      },
      state
    );

  it('keeps the given order until a header is pressed', () => {
    const table = make();
    expect(names(table)).toEqual(['b2', 'a', 'b10', 'c']);
    expect(table.node.querySelector('[aria-sort]')).toBeNull();
  });

  it('sorts numbers from the largest first, and turns around', () => {
    const state: TableState = {};
    const table = make(state);
    const [, size] = table.node.querySelectorAll<HTMLElement>('thead button');
    const header = size.parentElement;
    size.click();
    expect(names(table)).toEqual(['b10', 'b2', 'c', 'a']);
    expect(header?.getAttribute('aria-sort')).toBe('descending');
    size.click();
    expect(names(table)).toEqual(['b2', 'c', 'b10', 'a']);
    expect(header?.getAttribute('aria-sort')).toBe('ascending');
    expect(state.order).toEqual({ key: 'size', descending: false });
    expect(names(make(state))).toEqual(['b2', 'c', 'b10', 'a']);
  });

  it('has one sorted column at a time', () => {
    const table = make();
    const [name, size] =
      table.node.querySelectorAll<HTMLElement>('thead button');
    size.click();
    name.click();
    const marked = table.node.querySelectorAll('[aria-sort]');
    expect(Array.from(marked, cell => cell.textContent)).toEqual(['Name']);
  });

  it('says why a value is not there', () => {
    const cell = make().node.querySelectorAll('tbody td')[1];
    expect(cell.textContent).toBe('n/a');
    expect(cell.getAttribute('title')).toBe('why');
    expect(cell.classList.contains('giltracer-mod-absent')).toBe(true);
  });

  it('draws bars to scale', () => {
    const bars = make().node.querySelectorAll<HTMLElement>(
      '.giltracer-Table-bar'
    );
    expect(Array.from(bars, bar => bar.style.width)).toEqual([
      '30%',
      '90%',
      '30%'
    ]);
  });

  it('acts once on a row, by mouse or by its button', () => {
    const seen: string[] = [];
    const table = new SortableTable<Row>({
      caption: 'Sizes',
      columns: [nameColumn, sizeColumn],
      rows,
      rowAction: {
        label: ({ name }) => `show ${name}`,
        run: ({ name }) => seen.push(name)
      }
    });
    const action = table.node.querySelector<HTMLElement>('tbody button');
    expect(action?.title).toBe('show b2');
    action?.click();
    table.node.querySelectorAll<HTMLElement>('tbody td')[2].click();
    expect(seen).toEqual(['b2', 'b10']);
  });
});

it('hides rows until they are asked for, in any order', () => {
  const table = new SortableTable<Row>({
    caption: 'Sizes',
    columns: [nameColumn, sizeColumn],
    rows,
    fold: {
      hides: ({ size }) => size === 3,
      label: count => `${count} more`
    }
  });
  expect(names(table)).toEqual(['a', 'b10']);
  const fold = (): HTMLElement | null =>
    table.node.querySelector('.giltracer-fold');
  expect(fold()?.textContent).toBe('2 more');
  table.sortBy('name');
  expect(names(table)).toEqual(['a', 'b10']);
  fold()?.click();
  expect(fold()?.getAttribute('aria-expanded')).toBe('true');
  expect(names(table)).toEqual(['a', 'b2', 'b10', 'c']);
  fold()?.click();
  expect(names(table)).toEqual(['a', 'b10']);
});

it('shows the first rows of any order', () => {
  const options = {
    caption: 'Sizes',
    columns: [nameColumn, sizeColumn],
    rows,
    first: 2
  };
  const table = new SortableTable<Row>(options);
  expect(names(table)).toEqual(['b2', 'a']);
  table.sortBy('size');
  expect(names(table)).toEqual(['b10', 'b2']);
  expect(table.node.querySelector('.giltracer-fold')?.textContent).toBe(
    '2 more rows'
  );
});
