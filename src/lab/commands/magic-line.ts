/**
 * Finds, adds and removes the line `%%giltracer …` of a cell. Where it may stand is what
 * python_shim/giltracer/cell_lines.py says, behind the transformers of IPython that drop blank lines and
 * indentation from a cell's beginning (IPython/core/inputtransformer2.py).
 */

/** In messages it must be an argument: translators read `%%` as one `%`. */
export const MAGIC = '%%giltracer';

const OWN = /^%%giltracer(?=\s|$)/;
/** Help on a cell magic, `%%time?`: not a magic. */
const HELP = /^%%\w+\?/;

/** Replaces the characters from `start` to `end`, offsets in the text before any edit. */
export interface IEdit {
  start: number;
  end: number;
  text: string;
}

/** Whether the leading run of magic lines of a cell has `%%giltracer`. */
export function hasMagic(source: string): boolean {
  return ownLines(source.split('\n')).length > 0;
}

/**
 * Put the magic above everything else in a cell.
 * @param line `%%giltracer` with its options
 */
export function addMagic(source: string, line: string): IEdit {
  const lines = source.split('\n');
  // IPython takes the first line's indentation from all lines.
  const indent = indentOf(lines, firstLine(lines));
  return { start: 0, end: 0, text: `${indent}${line}\n` };
}

/** Take the magic out of a cell, however often it is there; last edit first. */
export function removeMagic(source: string): IEdit[] {
  const lines = source.split('\n');
  const starts = [0];
  for (const line of lines) {
    starts.push(starts[starts.length - 1] + line.length + 1);
  }
  return ownLines(lines)
    .reverse()
    .map(index => {
      const last = index === lines.length - 1;
      // The last line ends the cell: what goes with it is the line end before it.
      return {
        start: Math.max(0, starts[index] - (last ? 1 : 0)),
        end: last ? source.length : starts[index + 1],
        text: ''
      };
    });
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

/** Index of the first line that is not blank. */
function firstLine(lines: readonly string[]): number {
  const index = lines.findIndex(line => !isBlank(line));
  return index < 0 ? lines.length : index;
}

function indentOf(lines: readonly string[], index: number): string {
  return /^[ \t]*/.exec(lines[index] ?? '')?.[0] ?? '';
}

/** Indexes of the lines that are the magic. */
function ownLines(lines: readonly string[]): number[] {
  const first = firstLine(lines);
  const indent = indentOf(lines, first);
  const own = [];
  for (let index = first; index < lines.length; index++) {
    const line = lines[index].startsWith(indent)
      ? lines[index].slice(indent.length)
      : lines[index];
    if (isBlank(line)) {
      continue;
    }
    if (!line.startsWith('%%') || HELP.test(line)) {
      break;
    }
    if (OWN.test(line)) {
      own.push(index);
    }
  }
  return own;
}
