/**
 * What the lines of traced cells were when they ran: a notebook's cells change, and figures of a line must not be shown
 * beside another one. Sums tell that without repeating the text.
 */
import type { LineRow } from './document';
import type { CellSource } from './source-paths';
import { UNNUMBERED_CELL } from './source-paths';
import { storedBytes } from './stored-size';
import { crc32 } from './zip-format';

/** One version of a cell: code of an earlier one may still run when the cell has been changed and run again. */
export interface CellText {
  /** The cell's id in the notebook. */
  cell: string;
  /** As the lines of this version call their file: `In [3]`. */
  file: string;
  /** CRC-32 (IEEE 802.3) of the UTF-8 of each line without its end, eight lower-case hexadecimal digits each. */
  line_crc32: string;
}

export const CELL_TEXT_PATTERN = /^(?:[0-9a-f]{8})+$/;

const DIGITS = 8;

/** What is known of the cells that `lines` names, those of the first lines first. */
export function cellTexts(
  cells: readonly CellSource[],
  lines: readonly LineRow[]
): CellText[] {
  const known = new Map<string, CellText>();
  for (const { cell, label, lineCrc32: sums } of cells) {
    if (
      cell !== undefined &&
      sums !== undefined &&
      CELL_TEXT_PATTERN.test(sums)
    ) {
      const text = { cell, file: label ?? UNNUMBERED_CELL, line_crc32: sums };
      known.set(versionKey(text), text);
    }
  }
  const named = new Set(
    lines.flatMap(({ cell, file }) =>
      cell === undefined ? [] : [versionKey({ cell, file })]
    )
  );
  return [...named].flatMap(key => known.get(key) ?? []);
}

/** Those at the begin of the list that fit into `maxBytes` as stored. */
export function boundCellTexts(
  texts: readonly CellText[],
  maxBytes: number
): CellText[] {
  let bytes = 0;
  return texts.filter(text => {
    bytes += storedBytes(text);
    return bytes <= maxBytes;
  });
}

/** One string for each version of a cell. */
export function versionKey({
  cell,
  file
}: {
  readonly cell?: string;
  readonly file?: string;
}): string {
  return `${cell}\0${file}`;
}

/** The sums of a version's lines, as numbers. */
export function lineSums({ line_crc32: sums }: CellText): Uint32Array {
  return Uint32Array.from({ length: sums.length / DIGITS }, (_, index) =>
    parseInt(sums.slice(index * DIGITS, (index + 1) * DIGITS), 16)
  );
}

/** The sum of one line of text, without its end. */
export function lineSum(line: string): number {
  return crc32(encoder.encode(line));
}

const encoder = new TextEncoder();
