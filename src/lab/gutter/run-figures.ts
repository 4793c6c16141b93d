/** What a result says of the lines of cells. */
import { append } from '../../core/grouping';
import { lineSums, versionKey } from '../../core/trace/cell-texts';
import type { LineRow, RunInfo } from '../../core/trace/document';
import { readBundle } from '../../core/trace/read-bundle';
import { headline, mergedRow } from './line-figures';

/** The run that figures come from. */
export interface RunFacts {
  readonly info: RunInfo;
  /** Rung of the ladder. */
  readonly mode: string;
  readonly durationNs: number;
  /** The longest time that one of its marks tells, at least 1. */
  readonly longestNs: number;
}

/** One version of a cell: code of an earlier one may run beside the newest. */
export interface CellVersion {
  /** A sum of each line of its text; undefined if not known. */
  readonly sums: Uint32Array | undefined;
  /** One for each line of which something is known, by line. */
  readonly rows: readonly LineRow[];
}

/** What one run knows of one cell. */
export interface CellFigures {
  readonly run: RunFacts;
  /** At least one, the newest first. */
  readonly versions: readonly CellVersion[];
}

export interface RunFigures {
  readonly run: RunFacts;
  /** Milliseconds since 1970; -Infinity if it is not known. */
  readonly startedAt: number;
  /** By cell id. */
  readonly cells: ReadonlyMap<string, CellFigures>;
}

/**
 * Read a result's figures. A notebook that is not trusted has figures, too: they are checked numbers and texts.
 *
 * @param json of `application/vnd.giltracer.v1+json`: anybody's
 * @returns undefined if there are none, or if the bundle can't be read: its output says why
 */
export function readRunFigures(json: unknown): RunFigures | undefined {
  try {
    const { run, document } = readBundle(json);
    if (document === undefined) {
      return undefined;
    }
    const { mode, duration_ns: durationNs } = document.capture;
    const versions = new Map<string, LineRow[]>();
    for (const row of document.lines) {
      if (row.cell !== undefined && row.line > 0) {
        append(versions, versionKey(row), row);
      }
    }
    const sums = new Map(
      (document.cells ?? []).map(text => [versionKey(text), lineSums(text)])
    );
    const found = new Map<string, { label: string; version: CellVersion }[]>();
    let longestNs = 1;
    for (const [key, rows] of versions) {
      const merged = byLine(rows);
      for (const row of merged) {
        longestNs = Math.max(longestNs, headline(row, durationNs)?.ns ?? 0);
      }
      const [{ cell = '', file }] = rows;
      append(found, cell, {
        label: file,
        version: { sums: sums.get(key), rows: merged }
      });
    }
    const facts = { info: run, mode, durationNs, longestNs };
    return {
      run: facts,
      startedAt: startOf(run),
      cells: new Map(
        Array.from(found, ([cell, entries]) => [
          cell,
          {
            run: facts,
            versions: entries
              .sort((a, b) => executionCount(b.label) - executionCount(a.label))
              .map(({ version }) => version)
          }
        ])
      )
    };
  } catch {
    return undefined;
  }
}

function byLine(rows: readonly LineRow[]): LineRow[] {
  const lines = new Map<number, LineRow[]>();
  for (const row of rows) {
    append(lines, row.line, row);
  }
  return Array.from(lines.values(), mergedRow).sort((a, b) => a.line - b.line);
}

function startOf({ started_at: text }: RunInfo): number {
  const time = Date.parse(text);
  return Number.isNaN(time) ? -Infinity : time;
}

/** Of `In [3]`: 3. */
function executionCount(label: string): number {
  return Number(/\d+/.exec(label)?.[0] ?? -1);
}
