import { sampleView } from '../../__tests__/sample-view';
import type { ReportDocument } from '../../../core/trace/document';
import { Picks } from '../../picks';
import { ENGLISH } from '../../translation';
import { FIRST_ROWS } from '../cells';
import { linesTable } from '../lines-table';
import { ignoredTable, locksTable } from '../other-tables';
import { SortableTable } from '../sortable-table';
import { threadsTable } from '../threads-table';
import { WaitPanel } from '../wait-panel';
import { blameTable } from '../blame-table';
import { waitsTable } from '../waits-table';

const MS = 1e6;
const noBadge = (): undefined => undefined;

/** The worker waits on line 4 of a cell, in a library; the main thread holds on line 9 of the cell. */
function linedDocument(): ReportDocument {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  const cell = { file: 'In [3]', cell: 'c0ffee' };
  const held = { ...cell, line: 9, function: '<module>' };
  const waited = { ...cell, line: 4, function: 'work' };
  const library = { file: 'json/encoder.py', line: 200, function: 'dump' };
  const [first, second] = document.waits;
  return {
    ...document,
    blame: [
      {
        waiter: { tid: 102, ...waited },
        holder: { tid: 100, ...held },
        wait_ns: 10 * MS,
        count: 2
      }
    ],
    waits: [
      {
        ...first,
        line: waited,
        holder_line: held,
        stack: [library, waited],
        holder_stack: [held],
        waker_tid: 100,
        chain: [{ tid: 100, from_ns: 0, duration_ns: 5 * MS }]
      },
      second
    ],
    lines: [
      {
        ...library,
        made_wait_ns: 0,
        held_ns: 8 * MS,
        held_error_ns: 1 * MS,
        samples: 12,
        held_while_wanted_ns: 0,
        waited_ns: 10 * MS,
        waits: 2,
        released_ns: 0,
        total_held_ns: 8 * MS,
        total_held_while_wanted_ns: 0,
        total_waited_ns: 10 * MS,
        total_released_ns: 0
      },
      {
        ...held,
        made_wait_ns: 10 * MS,
        held_ns: 9 * MS,
        held_error_ns: 5e5,
        samples: 1234,
        held_while_wanted_ns: 9 * MS,
        waited_ns: 0,
        waits: 0,
        released_ns: 3 * MS,
        total_held_ns: 10 * MS,
        total_held_while_wanted_ns: 10 * MS,
        total_waited_ns: 0,
        total_released_ns: 4 * MS
      }
    ],
    ignored: [
      {
        tid: 100,
        ...held,
        native_function: 'long_mul',
        library: 'libpython3.11.so.1.0',
        wanted_ns: 10 * MS,
        holds: 1,
        requests: 2
      }
    ],
    locks: [{ tid: 102, ...waited, wait_ns: 2 * MS, count: 3 }]
  };
}

function texts<Row>(table: SortableTable<Row>): string[][] {
  return Array.from(table.node.querySelectorAll('tbody tr'), row =>
    Array.from(row.children, cell => cell.textContent ?? '')
  );
}

describe('the table of lines', () => {
  it('has the lines of cells first', () => {
    const table = new SortableTable(
      linesTable(linedDocument(), 'red', ENGLISH)
    );
    expect(texts(table)).toEqual([
      ['In [3]:9', '10 ms', '10 ms', '0 ns', '4 ms', '1,234'],
      ['json/encoder.py:200 in dump', '0 ns', '8 ms', '10 ms', '0 ns', '12']
    ]);
    table.sortBy('waited');
    expect(texts(table)[0][0]).toBe('json/encoder.py:200 in dump');
  });

  it('has the figures of the lines alone, too', () => {
    const options = linesTable(linedDocument(), 'red', ENGLISH, 'self');
    expect(texts(new SortableTable(options))).toEqual([
      ['In [3]:9', '10 ms', '9 ms ± 500 µs', '0 ns', '3 ms', '1,234'],
      [
        'json/encoder.py:200 in dump',
        '0 ns',
        '8 ms ± 1 ms',
        '10 ms',
        '0 ns',
        '12'
      ]
    ]);
  });

  it('gives the reason why a figure is not known', () => {
    const document = linedDocument();
    document.capture.mode = 'waits';
    for (const row of document.lines) {
      delete row.total_held_ns;
      delete row.held_ns;
      delete row.total_released_ns;
    }
    const table = new SortableTable(linesTable(document, 'red', ENGLISH));
    const cells = table.node.querySelectorAll('tbody tr:first-child td');
    expect(Array.from(cells, cell => cell.textContent)).toEqual([
      '10 ms',
      '0 ns',
      '1,234'
    ]);
    const { textContent } =
      table.node.querySelector('.giltracer-Table-absent') ?? {};
    expect(textContent).toBe(
      'Held the GIL, Released: Not known: this kind of capture (waits) can’t tell'
    );
  });

  it('folds what comes after the first lines', () => {
    const document = linedDocument();
    const [line] = document.lines;
    document.lines = Array.from({ length: 40 }, (_, index) => ({
      ...line,
      line: index + 1
    }));
    const table = new SortableTable(linesTable(document, 'red', ENGLISH));
    expect(texts(table)).toHaveLength(FIRST_ROWS);
    const fold = table.node.querySelector<HTMLElement>('.giltracer-fold');
    expect(fold?.textContent).toBe('30 more rows');
    fold?.click();
    expect(texts(table)).toHaveLength(40);
  });
});

it('shows who made whom wait by line', () => {
  const table = new SortableTable(
    blameTable(linedDocument(), noBadge, ENGLISH)
  );
  expect(texts(table)).toEqual([
    ['MainThread *', 'In [3]:9', 'worker', 'In [3]:4 in work', '10 ms', '2']
  ]);
});

describe('the longest waits', () => {
  function waits(show: jest.Mock): SortableTable<never> {
    return new SortableTable(
      waitsTable(linedDocument(), noBadge, show, ENGLISH)
    ) as unknown as SortableTable<never>;
  }

  it('have the lines of both sides', () => {
    expect(texts(waits(jest.fn()))[0]).toEqual([
      '5 ms',
      'worker',
      'In [3]:4 in work',
      'MainThread *',
      'In [3]:9',
      '0 ms',
      'got the GIL',
      '1'
    ]);
  });
});

describe('the panel of a wait', () => {
  function panel(document = linedDocument()): {
    picks: Picks;
    node: HTMLElement;
    parts: () => (string | null)[][];
  } {
    const picks = new Picks();
    const { node } = new WaitPanel(document, picks, ENGLISH);
    const parts = (): (string | null)[][] =>
      Array.from(node.querySelectorAll('.giltracer-Details-part'), part =>
        Array.from(
          part.querySelectorAll('.giltracer-Details-title, li'),
          each => each.textContent
        )
      );
    return { picks, node, parts };
  }

  it('shows both sides, who held the GIL meanwhile, and what to look at', () => {
    const document = linedDocument();
    const { picks, node, parts } = panel(document);
    expect(node.hidden).toBe(true);
    picks.pick('wait', document.waits[0]);
    expect(node.hidden).toBe(false);
    expect(node.querySelector('p')?.textContent).toBe(
      'worker at In [3]:4 in work waited 5 ms from 0 ms. MainThread * at In [3]:9 made it wait longest.'
    );
    expect(parts()).toEqual([
      ['Waited at', 'json/encoder.py:200 in dump', 'In [3]:4 in work'],
      ['Made it wait longest at', 'In [3]:9'],
      ['Held the GIL meanwhile', 'MainThread * for 5 ms'],
      ['Woken by', 'MainThread *'],
      [
        'What to look at',
        'In [3]:9 runs long_mul, which does not let go of the GIL.'
      ]
    ]);
  });

  it.each([
    [{ ignored: 3 }, 'kept the GIL for 3 switch intervals'],
    [{ ignored: 1 }, 'kept the GIL until it was asked for it'],
    [{ ignored: 0 }, 'In [3]:9 held the GIL meanwhile.'],
    [
      {
        ignored: 0,
        chain: [
          { tid: 100, from_ns: 0, duration_ns: 1 },
          { tid: 103, from_ns: 1, duration_ns: 1 }
        ]
      },
      'The GIL was held 2 times meanwhile'
    ]
  ])('names what to look at: %j', (wait, advice) => {
    const document = { ...linedDocument(), ignored: [] };
    const { picks, parts } = panel(document);
    picks.pick('wait', { ...document.waits[0], ...wait });
    expect(parts().at(-1)?.[1]).toContain(advice);
  });

  it('says so if no more is stored, and is closed by Escape', () => {
    const document = linedDocument();
    const { picks, node, parts } = panel(document);
    picks.pick('wait', document.waits[1]);
    expect(parts()).toEqual([]);
    expect(node.textContent).toContain('No more is stored of this wait.');
    node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(picks.current.wait).toBeUndefined();
    expect(node.hidden).toBe(true);
  });
});

it('shows what a holder ran that ignored requests', () => {
  const table = new SortableTable(
    ignoredTable(linedDocument(), noBadge, ENGLISH)
  );
  expect(texts(table)).toEqual([
    [
      'MainThread *',
      'In [3]:9',
      'long_mul',
      'libpython3.11.so.1.0',
      '10 ms',
      '2',
      '1'
    ]
  ]);
});

it('shows waits for locks, and that nobody is known to have released one', () => {
  const table = new SortableTable(
    locksTable(linedDocument(), noBadge, ENGLISH)
  );
  expect(texts(table)).toEqual([['worker', 'In [3]:4 in work', '2 ms', '3']]);
  expect(table.node.querySelector('.giltracer-Table-absent')?.textContent).toBe(
    'Released by: Nobody is known to have released it'
  );
});

it('takes names of files and functions as text', () => {
  const evil = '<img src=x onerror="window.hacked=1">';
  const document = linedDocument();
  Object.assign(document.lines[0], { file: evil, function: evil });
  Object.assign(document.ignored[0], { native_function: evil, library: evil });
  const lines = new SortableTable(linesTable(document, 'red', ENGLISH));
  const ignored = new SortableTable(ignoredTable(document, noBadge, ENGLISH));
  for (const { node } of [lines, ignored]) {
    expect(node.querySelector('img')).toBeNull();
  }
  expect(texts(ignored)[0][2]).toBe(evil);
});

it('splits holds, names libraries and processes where they are known', () => {
  const document = linedDocument();
  const [worker, main, idler] = document.threads;
  Object.assign(worker, { wanted_holds_ns: 0, harmless_holds_ns: 10 * MS });
  Object.assign(main, { wanted_holds_ns: 10 * MS, harmless_holds_ns: 0 });
  Object.assign(idler, { library: 'libblas.so', pid: 200, waits: 1 });
  const table = new SortableTable(
    threadsTable(document, noBadge, () => 'red', ENGLISH)
  );
  const cells = texts(table);
  expect(cells.map(row => row[0])).toEqual([
    'worker',
    'MainThread *',
    'idler (libblas.so)'
  ]);
  expect(cells.map(row => row.slice(8, 11))).toEqual([
    ['0 ns', '10 ms', '100'],
    ['10 ms', '0 ns', '100'],
    ['n/a', 'n/a', '200']
  ]);
});
