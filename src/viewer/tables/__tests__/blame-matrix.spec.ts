import { sampleView } from '../../__tests__/sample-view';
import type { BlameRow, ReportDocument } from '../../../core/trace/document';
import { ENGLISH } from '../../translation';
import { MATRIX_SIZE, blameMatrix, isWaitOf } from '../blame-matrix';
import type { WaitFilter } from '../waits-table';
import { matrixTable } from '../matrix-table';

const MS = 1e6;

function documentOf(blame: BlameRow[]): ReportDocument {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  return { ...document, blame };
}

const held = { file: 'a.py', line: 9, function: 'hold' };
const waited = { file: 'a.py', line: 4, function: 'work' };

/** Two waiters on one line, for two threads and for nobody known. */
const pairs: BlameRow[] = [
  {
    waiter: { tid: 102, ...waited },
    holder: { tid: 100, ...held },
    wait_ns: 6 * MS,
    count: 1
  },
  {
    waiter: { tid: 102, ...waited },
    holder: { tid: 100, file: 'b.py', line: 1 },
    wait_ns: 2 * MS,
    count: 1
  },
  {
    waiter: { tid: 103, ...waited },
    holder: { tid: 102, ...held },
    wait_ns: 3 * MS,
    count: 1
  },
  { waiter: { tid: 103, ...waited }, wait_ns: MS, count: 1 }
];

function times(document: ReportDocument, by: 'threads' | 'lines'): number[][] {
  return blameMatrix(document, by).cells.map(row =>
    row.map(({ ns }) => ns / MS)
  );
}

function rows(node: HTMLElement): string[][] {
  return Array.from(node.querySelectorAll('tr'), line =>
    Array.from(line.children, cell => cell.textContent ?? '')
  );
}

function table(
  document: ReportDocument,
  by: 'threads' | 'lines' = 'threads',
  onPick?: (filter: WaitFilter) => void
): HTMLElement {
  return matrixTable({
    document,
    by,
    colour: 'red',
    badgeOf: () => undefined,
    trans: ENGLISH,
    onPick
  });
}

it('sums times by pair of threads, or of lines', () => {
  const document = documentOf(pairs);
  expect(times(document, 'threads')).toEqual([
    [8, 0, 0],
    [0, 3, 1]
  ]);
  // One line waits: 9 ms for `hold`, 2 ms for b.py, 1 ms for nobody known.
  expect(times(document, 'lines')).toEqual([[9, 2, 1]]);
});

it('shows times with sums of rows and columns', () => {
  expect(rows(table(documentOf(pairs)))).toEqual([
    [
      'Had to wait ↓, held the GIL →',
      'MainThread *',
      'worker',
      'nobody known',
      'Sum'
    ],
    ['worker', '8 ms', '0', '0', '8 ms'],
    ['idler', '0', '3 ms', '1 ms', '4 ms'],
    ['Sum', '8 ms', '3 ms', '1 ms', '12 ms']
  ]);
  expect(rows(table(documentOf(pairs), 'lines'))[1]).toEqual([
    'a.py:4 in work',
    '9 ms',
    '2 ms',
    '1 ms',
    '12 ms'
  ]);
});

it('keeps the largest sides and sums the others', () => {
  const many = Array.from({ length: 20 }, (_, index): BlameRow => ({
    waiter: { tid: 1 + index },
    holder: { tid: 100 },
    wait_ns: (20 - index) * MS,
    count: 1
  }));
  const { waiters, cells, sum } = blameMatrix(documentOf(many), 'threads');
  expect(waiters).toHaveLength(MATRIX_SIZE + 1);
  expect(waiters[0].tid).toBe(1);
  // 8 + 7 + … + 1
  expect(waiters[MATRIX_SIZE].kind).toBe('other');
  expect(cells[MATRIX_SIZE][0].ns).toBe(36 * MS);
  expect(sum.ns).toBe(210 * MS);
  const text = rows(table(documentOf(many)))[MATRIX_SIZE + 1];
  expect(text).toEqual(['other (8)', '36 ms', '36 ms']);
});

it('says how far a sampled time may be off', () => {
  const sampled = pairs.slice(0, 2).map(({ waiter, holder, wait_ns }) => ({
    waiter,
    holder,
    wait_ns,
    wait_error_ns: MS
  }));
  const node = table(documentOf(sampled));
  expect(rows(node)[1]).toEqual(['worker', '8 ms ± 2 ms', '8 ms ± 2 ms']);
  expect(node.querySelector('p')?.textContent).toContain('95 % interval');
});

it('shades cells by their part of the largest, and keeps the number', () => {
  const node = table(documentOf(pairs));
  const shades = Array.from(
    node.querySelectorAll<HTMLElement>('tbody td'),
    cell => [cell.textContent, cell.style.getPropertyValue('--giltracer-shade')]
  );
  expect(shades).toEqual([
    ['8 ms', '45.0%'],
    ['0', ''],
    ['0', ''],
    ['8 ms', ''],
    ['0', ''],
    ['3 ms', '16.9%'],
    ['1 ms', '5.6%'],
    ['4 ms', '']
  ]);
});

it('gives the waits of a cell', () => {
  const document = documentOf(pairs);
  const filters: WaitFilter[] = [];
  const node = table(document, 'threads', filter => filters.push(filter));
  const cells = node.querySelectorAll<HTMLElement>('.giltracer-Matrix-cell');
  expect(cells).toHaveLength(3);
  expect(cells[0].getAttribute('aria-label')).toBe(
    '8 ms: worker waited while MainThread * held the GIL'
  );
  cells[0].click();
  const [filter] = filters;
  expect(filter.label).toBe('worker waited while MainThread * held the GIL');
  // The first wait of the sample is for the main thread, the second for nobody known.
  expect(document.waits.map(filter.matches)).toEqual([true, false]);
});

it('takes a wait for its lines where the matrix is by line', () => {
  const document = documentOf(pairs);
  const { waiters, holders, by } = blameMatrix(document, 'lines');
  const wait = { ...document.waits[0], line: waited, holder_line: held };
  expect(isWaitOf(wait, waiters[0], holders[0], by)).toBe(true);
  expect(isWaitOf(wait, waiters[0], holders[1], by)).toBe(false);
});

it('is one stop of the Tab key, in which arrows lead from cell to cell', () => {
  const node = table(documentOf(pairs), 'threads', () => undefined);
  document.body.append(node);
  const cells = node.querySelectorAll<HTMLElement>('.giltracer-Matrix-cell');
  const stops = (): number[] => Array.from(cells, ({ tabIndex }) => tabIndex);
  expect(stops()).toEqual([0, -1, -1]);
  cells[0].focus();
  const press = (key: string): void => {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true })
    );
  };
  press('ArrowDown');
  expect(document.activeElement).toBe(cells[1]);
  press('ArrowRight');
  expect(document.activeElement).toBe(cells[2]);
  press('Home');
  press('ArrowUp');
  expect(document.activeElement).toBe(cells[0]);
  expect(stops()).toEqual([0, -1, -1]);
  node.remove();
});
