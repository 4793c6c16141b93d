/** Filter, copy, keyboard, and many rows. */
import { SortableTable } from '../sortable-table';
import type { Column, TableOptions } from '../table-model';
import { sortRows } from '../table-model';
import { tableText } from '../table-text';

interface Row {
  name: string;
  file: string;
  time?: number;
  error?: number;
}

const columns: Column<Row>[] = [
  {
    key: 'name',
    header: 'Name',
    numeric: false,
    cell: ({ name, file }) => ({ value: name, text: name, title: file })
  },
  {
    key: 'time',
    header: 'Time',
    numeric: true,
    unit: 'ns',
    cell: ({ time, error }) => ({
      value: time,
      text: time === undefined ? 'n/a' : `${Math.round(time / 1e6)} ms`,
      error
    })
  }
];

const rows: Row[] = [
  { name: 'loop', file: 'jobs.py', time: 5_123_456 },
  { name: 'reader', file: 'Files.py', time: 900_000 },
  { name: 'idle', file: 'jobs.py' }
];

let said: string[];

function make(options: Partial<TableOptions<Row>> = {}): SortableTable<Row> {
  said = [];
  const table = new SortableTable<Row>(
    { caption: 'Times', columns, rows, ...options },
    {},
    {
      trans: {
        __: (text, ...args) =>
          text.replace(/%(\d)/g, (_, n: string) => String(args[Number(n) - 1])),
        _n: (one, many, count) =>
          (count === 1 ? one : many).replace('%1', String(count))
      },
      announce: text => said.push(text)
    }
  );
  document.body.append(table.node);
  return table;
}

function names(table: SortableTable<Row>): (string | null)[] {
  return Array.from(
    table.node.querySelectorAll('tbody th'),
    cell => cell.textContent
  );
}

function press(key: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    cancelable: true,
    ...init
  });
  document.activeElement?.dispatchEvent(event);
  return event;
}

afterEach(() => document.body.replaceChildren());

describe('a filter', () => {
  it.each([
    ['', ['loop', 'reader', 'idle']],
    ['LOOP', ['loop']],
    ['jobs', ['loop', 'idle']],
    ['jobs loop', ['loop']],
    ['files.py', ['reader']],
    ['>1ms', ['loop']],
    ['<1ms', ['reader']],
    ['jobs >1us', ['loop']],
    ['none', []]
  ])('%j leaves %j', (text, left) => {
    const table = make();
    table.filterBy(text);
    expect(names(table)).toEqual(left);
  });

  it('finds hidden rows, stays when the table is sorted, and is announced', () => {
    const table = make({ first: 1 });
    expect(names(table)).toEqual(['loop']);
    table.filterBy('jobs');
    expect(names(table)).toEqual(['loop', 'idle']);
    expect(said).toEqual(['2 of 3 rows']);
    table.sortBy('name');
    expect(names(table)).toEqual(['idle', 'loop']);
    expect(said[1]).toBe('Sorted by Name, ascending');
  });
});

describe('a copy', () => {
  it('has numbers in full, errors, and no cell that breaks out', () => {
    const evil = { name: '=1+1\tx\ny', file: '', time: 1, error: 2 };
    expect(tableText(columns, [...rows, evil])).toBe(
      [
        'Name\tTime (ns)\tTime (ns) ±',
        'loop\t5123456\t',
        'reader\t900000\t',
        'idle\t\t',
        "'=1+1 x y\t1\t2"
      ].join('\n')
    );
  });

  it('is made by Ctrl+C, of what the filter left', async () => {
    const written: string[] = [];
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: {
        writeText: (text: string) => {
          written.push(text);
          return Promise.resolve();
        }
      }
    });
    const table = make();
    table.filterBy('loop');
    table.node.querySelector<HTMLElement>('tbody tr')?.focus();
    expect(press('c', { ctrlKey: true }).defaultPrevented).toBe(true);
    await Promise.resolve();
    expect(written).toEqual(['Name\tTime (ns)\nloop\t5123456']);
    Reflect.deleteProperty(navigator, 'clipboard');
  });

  it('leaves Ctrl+C alone where the reader has selected text', () => {
    const table = make();
    table.node.querySelector<HTMLElement>('tbody tr')?.focus();
    document.getSelection()?.selectAllChildren(table.node);
    expect(press('c', { ctrlKey: true }).defaultPrevented).toBe(false);
    document.getSelection()?.removeAllRanges();
  });

  it('works without navigator.clipboard, and says so where nothing works', async () => {
    const copied: string[] = [];
    const allow = jest.fn(() => {
      const field = document.querySelector('textarea');
      copied.push(field?.value ?? '');
      return true;
    });
    Object.assign(document, { execCommand: allow });
    const table = make();
    await table.copy();
    expect(copied[0]).toContain('loop\t5123456');
    expect(said).toEqual(['3 rows copied']);
    expect(document.querySelector('textarea')).toBeNull();
    allow.mockReturnValue(false);
    await table.copy();
    expect(said[1]).toBe('The browser does not allow to copy.');
    Reflect.deleteProperty(document, 'execCommand');
  });
});

describe('the keyboard', () => {
  it('goes from row to row and to the headers, with one stop of Tab', () => {
    const table = make();
    const lines = table.node.querySelectorAll<HTMLElement>('tbody tr');
    const stops = (): number =>
      table.node.querySelectorAll('[tabindex="0"]').length;
    expect(lines[0].tabIndex).toBe(0);
    expect(stops()).toBe(1);
    lines[0].focus();
    press('ArrowDown');
    expect(document.activeElement).toBe(lines[1]);
    press('End');
    expect(document.activeElement).toBe(lines[2]);
    press('PageUp');
    expect(document.activeElement?.textContent).toBe('Name');
    press('ArrowRight');
    expect(document.activeElement?.textContent).toBe('Time');
    press('ArrowDown');
    expect(document.activeElement).toBe(lines[0]);
    expect(stops()).toBe(1);
  });

  it('picks a row with Enter or the space bar', () => {
    const picked: string[] = [];
    const table = make({
      rowAction: {
        label: ({ name }) => name,
        run: ({ name }) => picked.push(name)
      }
    });
    table.node.querySelectorAll<HTMLElement>('tbody tr')[1].focus();
    press('Enter');
    press('ArrowUp');
    press(' ');
    expect(picked).toEqual(['reader', 'loop']);
  });

  it('keeps keys that it uses, and leaves all others', () => {
    const table = make();
    table.node.querySelector<HTMLElement>('tbody tr')?.focus();
    expect(press('ArrowDown').defaultPrevented).toBe(true);
    expect(press('x').defaultPrevented).toBe(false);
    expect(press('ArrowDown', { shiftKey: true }).defaultPrevented).toBe(false);
  });
});

describe('10,000 rows', () => {
  const many = Array.from({ length: 10_000 }, (_, index): Row => ({
    name: `thread-${(index * 7919) % 10_000}`,
    file: 'a.py',
    time: (index * 104_729) % 10_007
  }));

  it('are made as the reader gets there', () => {
    const table = make({ rows: many });
    const lines = () => table.node.querySelectorAll<HTMLElement>('tbody tr');
    const first = lines().length;
    expect(first).toBeLessThan(500);
    lines()[first - 1].focus();
    press('ArrowDown');
    expect(lines().length).toBeGreaterThan(first);
    expect(document.activeElement).toBe(lines()[first]);
  });

  it.each(columns)('are sorted by $header in less than 50 ms', column => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      sortRows(many, column, true);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
