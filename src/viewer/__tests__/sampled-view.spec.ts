/** How a sampled run looks. */
import type { ReportDocument } from '../../core/trace/document';
import { captureFacts } from '../capture-facts';
import { runHeader, summaryOf } from '../header';
import { linesTable } from '../tables/lines-table';
import { threadsTable } from '../tables/threads-table';
import { blameTable } from '../tables/blame-table';
import { waitsTable } from '../tables/waits-table';
import { ENGLISH } from '../translation';
import { sampleView } from './sample-view';

const MS = 1e6;

function sampled(): {
  view: ReturnType<typeof sampleView>;
  document: ReportDocument;
} {
  const view = sampleView();
  const made = view.document;
  if (made === undefined) {
    throw new Error('the view has no document');
  }
  const document: ReportDocument = {
    ...made,
    capture: {
      ...made.capture,
      mode: 'sample',
      sampling: {
        rounds: 1000,
        period_ns: MS,
        readings: 3000,
        thread_period_ns: MS,
        dropped: 40,
        cpu_percent: 5
      },
      instead_of: { mode: 'full', reason: 'perf was not found' }
    },
    threads: [
      {
        tid: 1,
        pid: 1,
        name: 'MainThread',
        main: true,
        native: false,
        duration_ns: 20 * MS,
        states_ns: { 'running-gil': 10 * MS, 'off-cpu': 10 * MS },
        states_error_ns: { 'running-gil': MS, 'off-cpu': MS },
        has_gil_percent: 50,
        has_gil_error_percent: 3.2,
        gil_wait_percent: 0,
        gil_wait_error_percent: 1.1,
        no_gil_percent: 50,
        no_gil_error_percent: 3.2
      }
    ],
    blame: [
      {
        waiter: { tid: 1 },
        holder: { tid: 2 },
        wait_ns: 5 * MS,
        wait_error_ns: MS
      }
    ],
    waits: [{ tid: 1, start_ns: 0, duration_ns: 5 * MS, kind: 'sampled' }],
    lines: [
      {
        file: 'a.py',
        line: 3,
        made_wait_ns: 5 * MS,
        made_wait_error_ns: 2 * MS,
        waited_ns: 0,
        waited_error_ns: 2 * MS,
        total_waited_ns: 0,
        total_waited_error_ns: 2 * MS
      }
    ]
  };
  return { view, document };
}

const noBadge = (): undefined => undefined;

/** The texts of a table's only row, by column. */
function cells<Row>(table: {
  rows: readonly Row[];
  columns: readonly {
    key: string;
    cell: (row: Row) => { text: string };
  }[];
}): Record<string, string> {
  return Object.fromEntries(
    table.columns.map(({ key, cell }) => [key, cell(table.rows[0]).text])
  );
}

it('the header names the rung, why, and how it was read', () => {
  const { view, document } = sampled();
  const text = runHeader(view, document, ENGLISH).textContent;
  expect(text).toContain('sample: read from outside');
  expect(text).toContain('1,000 rounds, every 1 ms');
  expect(text).toContain('40 of 3,040 readings dropped');
  expect(text).toContain('reading took 5 % of a CPU');
  expect(text).toContain('perf was not found');
  const facts = captureFacts(document, ENGLISH);
  expect(facts.map(fact => fact.title ?? '').join(' ')).toContain('95 %');
  expect(text).not.toContain('lost');
});

it('it never says that nobody waited', () => {
  const { document } = sampled();
  const words = summaryOf({ ...document, waits: [], lines: [] }, ENGLISH);
  expect(words).toContain('No thread was seen to wait for it.');
});

it('figures carry their errors', () => {
  const { document } = sampled();
  const threads = cells(threadsTable(document, noBadge, () => 'red', ENGLISH));
  expect(threads.has).toBe('50 % ± 3.2 %');
  expect(threads.wait).toBe('0 % ± 1.1 %');
  expect(threads.waits).toBe('n/a');
  expect(threads.forced).toBe('n/a');
  const lines = cells(linesTable(document, 'red', ENGLISH));
  expect(lines.made).toBe('5 ms ± 2 ms');
  expect(lines.waited).toBe('< 2 ms');
  const blame = cells(blameTable(document, noBadge, ENGLISH));
  expect(blame.time).toBe('5 ms ± 1 ms');
  expect(blame.count).toBe('n/a');
  const waits = cells(waitsTable(document, noBadge, () => undefined, ENGLISH));
  expect(waits.kind).toBe('sampled');
  expect(waits.ignored).toBe('n/a');
});
