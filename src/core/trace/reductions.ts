/** Sentences that tell a reader what a bundle left out to stay in its budget. */
import { formatDuration, formatPercent } from '../quantities';
import type { ReportDocument } from './document';
import type { BucketGrid } from './overview';
import type { TableCut } from './table-cut';

/** What was reduced, and from what. */
export interface Reductions {
  /** The document before its tables were cut. */
  readonly document: ReportDocument;
  /** Threads in the order in which they matter. */
  readonly ranking: readonly number[];
  readonly cut: TableCut;
  readonly grid: BucketGrid;
  readonly fullGrid: BucketGrid;
  /** Threads that share a lane. */
  readonly folded: number;
  /** Undefined if every interval of the run is there. */
  readonly windows:
    { readonly waits: number; readonly duration: number } | undefined;
  readonly packagesLeftOut: number;
}

/** One sentence for each reduction; none if the bundle holds everything. */
export function describeReductions(made: Reductions): string[] {
  return [
    windowsSentence(made),
    resolutionSentence(made),
    made.folded > 0
      ? `${count(made.folded, 'thread')} that waited least for the GIL share one lane.`
      : undefined,
    ...tableSentences(made),
    made.packagesLeftOut > 0
      ? `The list of installed packages leaves out ${made.packagesLeftOut}.`
      : undefined
  ].filter(sentence => sentence !== undefined);
}

function windowsSentence({
  windows,
  document
}: Reductions): string | undefined {
  if (!windows) {
    return undefined;
  }
  const part = formatPercent(
    percent(windows.duration, document.capture.duration_ns)
  );
  return windows.waits === 0
    ? 'Single intervals are not kept, only the overview.'
    : `Single intervals are kept around the ${count(windows.waits, 'longest wait')} (${part} of the run); elsewhere there is the overview.`;
}

function resolutionSentence({
  grid,
  fullGrid
}: Reductions): string | undefined {
  return grid.bucketNs > fullGrid.bucketNs
    ? `The overview has ${count(grid.buckets, 'step')} of ${formatDuration(grid.bucketNs)} instead of ${fullGrid.buckets}.`
    : undefined;
}

function tableSentences({ document, ranking, cut }: Reductions): string[] {
  const { threads, blame, waits } = document;
  const sentences: string[] = [];
  if (cut.threads < threads.length) {
    const waited = (row: number): number =>
      threads[row].states_ns['waiting-gil'] ?? 0;
    const all = sum(ranking.map(waited));
    const rest = sum(ranking.slice(cut.threads).map(waited));
    sentences.push(
      `Threads: ${more(threads.length - cut.threads)}, ${formatPercent(percent(rest, all))} of the time waited for the GIL.`
    );
  }
  if (cut.blame < blame.length) {
    const all = sum(blame.map(row => row.wait_ns));
    const rest = sum(blame.slice(cut.blame).map(row => row.wait_ns));
    sentences.push(
      `Who made whom wait: ${more(blame.length - cut.blame)}, ${formatPercent(percent(rest, all))} of the time waited for the GIL.`
    );
  }
  if (cut.waits < waits.length) {
    sentences.push(`Longest waits: ${more(waits.length - cut.waits)}.`);
  }
  return sentences;
}

function more(rows: number): string {
  return `${rows} more ${rows === 1 ? 'row' : 'rows'}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
