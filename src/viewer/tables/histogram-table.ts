/** How many waits were how long: bars on a log scale, as a table. */
import type { ReportDocument } from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';
import { countCell, durationCell } from './cells';
import type { TableOptions } from './table-model';

/** Shorter waits may be caused by tracing, where a capture names no other limit. */
const SHORT_WAIT_NS: Nanoseconds = 20_000;

export interface HistogramBin {
  /** From `from` up to, but not, `to`. */
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
  readonly count: number;
  readonly waitedNs: Nanoseconds;
  /** All of them are so short that tracing may have caused them. */
  readonly short: boolean;
}

/** Bins from the shortest wait to the longest, empty ones between included; none where waits are not all known. */
export function histogramBins({
  wait_histogram: histogram,
  capture
}: ReportDocument): HistogramBin[] {
  if (histogram === undefined) {
    return [];
  }
  const { edges_ns: edges, counts, waited_ns: waited } = histogram;
  const { short_waits: short } = capture;
  const limit = short === undefined ? 0 : (short.below_ns ?? SHORT_WAIT_NS);
  const bins = counts.map((count, bin): HistogramBin => {
    const to = edges[bin] ?? Infinity;
    return {
      from: edges[bin - 1] ?? 0,
      to,
      count,
      waitedNs: waited[bin],
      short: to <= limit
    };
  });
  const first = bins.findIndex(({ count }) => count > 0);
  const last = bins.length - [...bins].reverse().findIndex(b => b.count > 0);
  return first < 0 ? [] : bins.slice(first, last);
}

/** @param colour CSS colour of the bars */
export function histogramTable(
  document: ReportDocument,
  colour: string,
  trans: ITranslation
): TableOptions<HistogramBin> {
  const rows = histogramBins(document);
  const mostCount = rows.reduce((max, row) => Math.max(max, row.count), 1);
  const mostTime = rows.reduce((max, row) => Math.max(max, row.waitedNs), 1);
  return {
    caption: trans.__('How long waits for the GIL were'),
    className: 'giltracer-Histogram',
    rows,
    remarks: rows.some(({ short }) => short)
      ? [trans.__('† may be caused by tracing')]
      : [],
    columns: [
      {
        key: 'length',
        header: trans.__('Length'),
        numeric: true,
        unit: 'ns',
        cell: row => ({
          value: row.from,
          text: row.short
            ? trans.__('%1 †', rangeWords(row, trans))
            : rangeWords(row, trans),
          ...(row.short && { title: trans.__('May be caused by tracing') })
        })
      },
      {
        key: 'count',
        header: trans.__('Waits'),
        numeric: true,
        cell: row => ({
          ...countCell(row.count),
          bar: { part: row.count / mostCount, style: colour }
        })
      },
      {
        key: 'waited',
        header: trans.__('Time'),
        title: trans.__('How long these waits took together'),
        numeric: true,
        unit: 'ns',
        cell: row => ({
          ...durationCell(row.waitedNs),
          bar: { part: row.waitedNs / mostTime, style: colour }
        })
      }
    ]
  };
}

function rangeWords({ from, to }: HistogramBin, trans: ITranslation): string {
  if (from === 0) {
    return trans.__('below %1', formatDuration(to));
  }
  return to === Infinity
    ? trans.__('%1 or more', formatDuration(from))
    : trans.__('%1 to %2', formatDuration(from), formatDuration(to));
}
