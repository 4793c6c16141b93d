import { sampleView } from '../../__tests__/sample-view';
import type { ReportDocument } from '../../../core/trace/document';
import { ENGLISH } from '../../translation';
import { histogramBins, histogramTable } from '../histogram-table';
import { SortableTable } from '../sortable-table';

function documentOf(capture: Partial<ReportDocument['capture']> = {}) {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  return {
    ...document,
    capture: { ...document.capture, ...capture },
    wait_histogram: {
      edges_ns: [1000, 20_000, 50_000, 1e6, 1e9],
      counts: [0, 30, 10, 0, 2, 1],
      waited_ns: [0, 3e5, 4e5, 0, 1e7, 3e9]
    }
  };
}

function rows(document: ReportDocument): (string | null)[][] {
  const table = new SortableTable(histogramTable(document, 'red', ENGLISH));
  return Array.from(table.node.querySelectorAll('tbody tr'), line =>
    Array.from(line.children, cell => cell.textContent)
  );
}

const short_waits = { count: 30, wait_ns: 3e5 };

it('shows each length between the shortest and the longest wait', () => {
  expect(rows(documentOf({ short_waits }))).toEqual([
    ['1 µs to 20 µs †', '30', '300 µs'],
    ['20 µs to 50 µs', '10', '400 µs'],
    ['50 µs to 1 ms', '0', '0 ns'],
    ['1 ms to 1 s', '2', '10 ms'],
    ['1 s or more', '1', '3 s']
  ]);
});

it('marks what tracing may have caused, by the capture’s own limit', () => {
  const short = (document: ReportDocument): boolean[] =>
    histogramBins(document).map(bin => bin.short);
  expect(short(documentOf({ short_waits }))).toEqual([
    true,
    false,
    false,
    false,
    false
  ]);
  const wider = { ...short_waits, below_ns: 60_000 };
  expect(short(documentOf({ short_waits: wider }))).toEqual([
    true,
    true,
    false,
    false,
    false
  ]);
  expect(short(documentOf())).not.toContain(true);
  expect(
    new SortableTable(
      histogramTable(documentOf({ short_waits }), 'red', ENGLISH)
    ).node.textContent
  ).toContain('† may be caused by tracing');
});

it('has no rows without waits, or where they are not all known', () => {
  const document = documentOf();
  expect(histogramBins({ ...document, wait_histogram: undefined })).toEqual([]);
  document.wait_histogram.counts.fill(0);
  expect(histogramBins(document)).toEqual([]);
});
