/** The marks of a cell: what a run knows of its lines, laid on the lines that it has now. */
import { lineSum } from '../../core/trace/cell-texts';
import type { LineRow } from '../../core/trace/document';
import { alignLines } from './align-lines';
import type { Figure } from './line-figures';
import { headline } from './line-figures';
import type { CellFigures, CellVersion, RunFacts } from './run-figures';

/**
 * `same`: the cell is what it was in the run. `elsewhere`: only other lines of it were changed since. `line`: this line was
 * changed since. `unknown`: the result does not say what the cell was.
 */
export type LineChange = 'same' | 'elsewhere' | 'line' | 'unknown';

/** What is known of a line. */
export interface Mark {
  readonly row: LineRow;
  readonly run: RunFacts;
  readonly change: LineChange;
  /** What the mark shows; undefined: too short for a mark. */
  readonly figure: Figure | undefined;
}

/** A mark, and its line in the cell as it is now, from 1. */
export interface PlacedMark {
  readonly line: number;
  readonly mark: Mark;
}

/** By line; a line has one at most. */
export function marksOf(
  figures: CellFigures,
  lines: readonly string[]
): PlacedMark[] {
  const now = Uint32Array.from(lines, lineSum);
  const placed = new Map<number, Mark>();
  // The newest version first, but what a changed line was tells less than what an unchanged one is.
  const marks = figures.versions.flatMap(version =>
    marksOfVersion(figures.run, version, now)
  );
  for (const { line, mark } of marks) {
    const other = placed.get(line);
    if (
      other === undefined ||
      (other.change === 'line' && mark.change !== 'line')
    ) {
      placed.set(line, mark);
    }
  }
  return Array.from(placed, ([line, mark]) => ({ line, mark })).sort(
    (a, b) => a.line - b.line
  );
}

function marksOfVersion(
  run: RunFacts,
  { sums, rows }: CellVersion,
  now: Uint32Array
): PlacedMark[] {
  const mark = (row: LineRow, change: LineChange): Mark => ({
    row,
    run,
    change,
    figure: headline(row, run.durationNs)
  });
  if (sums === undefined) {
    return rows
      .filter(({ line }) => line <= now.length)
      .map(row => ({ line: row.line, mark: mark(row, 'unknown') }));
  }
  const found = alignLines(sums, now);
  const same =
    sums.length === now.length && found.every(line => line?.changed === false);
  return rows.flatMap(row => {
    const line = found[row.line - 1];
    if (line === undefined) {
      return [];
    }
    const change = line.changed ? 'line' : same ? 'same' : 'elsewhere';
    return [{ line: line.at + 1, mark: mark(row, change) }];
  });
}
