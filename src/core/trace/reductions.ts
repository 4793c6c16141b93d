/** Sentences that tell a reader what a bundle left out to stay in its budget. */
import { formatDuration, formatPercent } from '../quantities';
import type { ReportDocument } from './document';
import type { BucketGrid } from './overview';
import { isTask } from './source-paths';
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
  /** Waits that no longer have a stack. */
  readonly stacksLeftOut: number;
}

/** One sentence for each reduction; none if the bundle holds everything. */
export function describeReductions(made: Reductions): string[] {
  return [
    windowsSentence(made),
    resolutionSentence(made),
    // One thread alone in the folded lane has that lane to itself.
    made.folded > 1
      ? `${count(made.folded, 'thread')} that waited least for the GIL share one lane.`
      : undefined,
    ...tableSentences(made),
    made.packagesLeftOut > 0
      ? `The list of installed packages leaves out ${made.packagesLeftOut}.`
      : undefined,
    stacksSentence(made)
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

/** Not said of waits that are left out themselves. */
function stacksSentence({
  document,
  cut,
  stacksLeftOut
}: Reductions): string | undefined {
  const kept = document.waits.length - stacksLeftOut;
  return kept < cut.waits
    ? `Stacks are kept for the ${count(kept, 'longest wait')}.`
    : undefined;
}

function tableSentences({ document, ranking, cut }: Reductions): string[] {
  const { threads, blame, waits, lines, ignored, locks } = document;
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
  if (cut.lines < lines.length) {
    const part = partOf(lines, cut.lines, row =>
      // What a task is charged with, its lines are charged with.
      isTask(row) ? 0 : (row.made_wait_ns ?? 0)
    );
    sentences.push(
      `Lines: ${more(lines.length - cut.lines)}, ${part} of the time that lines made others wait.`
    );
  }
  if (cut.ignored < ignored.length) {
    const part = partOf(ignored, cut.ignored, row => row.wanted_ns);
    sentences.push(
      `Requests that the holder ignored: ${more(ignored.length - cut.ignored)}, ${part} of their time.`
    );
  }
  if (cut.locks < locks.length) {
    const part = partOf(locks, cut.locks, row => row.wait_ns);
    sentences.push(
      `Waits for locks: ${more(locks.length - cut.locks)}, ${part} of the time waited for locks.`
    );
  }
  return sentences;
}

/** What the rows that were cut have of a sum. */
function partOf<Row>(
  rows: readonly Row[],
  kept: number,
  value: (row: Row) => number
): string {
  const rest = sum(rows.slice(kept).map(value));
  return formatPercent(percent(rest, sum(rows.map(value))));
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
