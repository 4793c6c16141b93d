import { sampleView } from '../../__tests__/sample-view';
import type { ReportDocument } from '../../../core/trace/document';
import { ENGLISH } from '../../translation';
import { SortableTable } from '../sortable-table';
import { threadsTable } from '../threads-table';
import { FIRST_ROWS } from '../cells';
import { blameTable } from '../blame-table';
import { waitsTable } from '../waits-table';

const noBadge = (): undefined => undefined;

function sampleDocument(): ReportDocument {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  return document;
}

/** Texts of the body, row by row. */
function texts<Row>(table: SortableTable<Row>): string[][] {
  return Array.from(table.node.querySelectorAll('tbody tr'), row =>
    Array.from(row.children, cell => cell.textContent ?? '')
  );
}

function threads(document: ReportDocument) {
  return new SortableTable(
    threadsTable(document, noBadge, () => 'red', ENGLISH)
  );
}

it('shows each thread with its split of "no GIL", the idle ones on demand', () => {
  const table = threads(sampleDocument());
  expect(texts(table).map(([name]) => name)).toEqual([
    'worker',
    'MainThread *'
  ]);
  table.node.querySelector<HTMLElement>('.giltracer-fold')?.click();
  expect(texts(table)).toEqual([
    ['worker', '50 %', '50 %', '0 %', '0 %', '0 %', '2', '1', '102', '20 ms'],
    [
      'MainThread *',
      '50 %',
      '0 %',
      '50 %',
      '0 %',
      '50 %',
      '0',
      '0',
      '100',
      '20 ms'
    ],
    [
      'idler',
      '0 %',
      '0 %',
      '100 %',
      '0 %',
      '100 %',
      'n/a',
      'n/a',
      '103',
      '20 ms'
    ]
  ]);
});

it('gives the reason why the split is not known', () => {
  const document = sampleDocument();
  document.capture.scheduler_states = false;
  for (const thread of document.threads) {
    delete thread.no_gil_working_percent;
    delete thread.no_gil_asleep_percent;
  }
  const { node } = threads(document);
  expect(node.querySelector('thead')?.textContent).not.toContain('asleep');
  expect(node.querySelector('.giltracer-Table-absent')?.textContent).toBe(
    '…\u00a0working, …\u00a0asleep: Not known: scheduler states were not recorded'
  );
});

it('says since when a cheaper capture no longer knows it', () => {
  const document = sampleDocument();
  document.capture.shed = {
    at_ns: 5e6,
    resumed_ns: 6e6,
    max_overhead_percent: 1
  };
  for (const thread of document.threads) {
    delete thread.has_gil_percent;
  }
  expect(
    threads(document).node.querySelector('.giltracer-Table-absent')?.textContent
  ).toBe('Has GIL: Not known: only waits were recorded from 5 ms on');
});

it('calls the columns of the GIL not applicable where there is none', () => {
  const document = sampleDocument();
  document.capture.gil_enabled = false;
  delete document.threads[0].has_gil_percent;
  const cell = threads(document).node.querySelector('tbody td');
  expect(cell?.textContent).toBe('n/a');
  expect(cell?.getAttribute('title')).toBe(
    'Not applicable: this Python runs without a GIL'
  );
});

it('shows who made whom wait, the longest time first', () => {
  const document = sampleDocument();
  document.blame.push(
    { waiter: { tid: 100 }, wait_ns: 40e6, count: 1 },
    { waiter: { tid: 999 }, holder: { tid: 102 }, wait_ns: 20e6, count: 3000 }
  );
  const table = new SortableTable(blameTable(document, noBadge, ENGLISH));
  expect(texts(table)).toEqual([
    ['nobody known', 'MainThread *', '40 ms', '1'],
    ['worker', 'thread 999', '20 ms', '3,000'],
    ['MainThread *', 'worker', '10 ms', '2']
  ]);
});

it('shows the longest waits and gives the chosen one', () => {
  const document = sampleDocument();
  const [first] = document.waits;
  document.waits.push(
    ...Array.from({ length: 20 }, () => ({ ...first, duration_ns: 1e6 }))
  );
  const show = jest.fn();
  const table = new SortableTable(waitsTable(document, noBadge, show, ENGLISH));
  const rows = texts(table);
  expect(rows).toHaveLength(FIRST_ROWS);
  expect(rows.slice(0, 2)).toEqual([
    ['5 ms', 'worker', 'MainThread *', '0 ms', 'got the GIL', '1'],
    ['5 ms', 'worker', 'n/a', '10 ms', 'handed over', '0']
  ]);
  table.node.querySelector<HTMLElement>('tbody tr:nth-child(2)')?.click();
  expect(show).toHaveBeenCalledWith(document.waits[1]);
});
