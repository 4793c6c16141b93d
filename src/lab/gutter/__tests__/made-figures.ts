/** Results with figures of cells, for the tests of marks. */
import { crc32 } from 'node:zlib';
import type { Bundle } from '../../../core/trace/bundle';
import type { LineRow } from '../../../core/trace/document';
import { sampleBundle } from '../../__tests__/sample-bundle';

/** As the shim sends it: the sums of the lines of a text, by zlib. */
export function sumsOf(text: string): string {
  return text
    .split('\n')
    .map(line => crc32(line).toString(16).padStart(8, '0'))
    .join('');
}

/** Milliseconds as nanoseconds. */
const ms = (value: number): number => value * 1e6;

/** A line that made others wait so long, in milliseconds. */
export function lineRow(
  cell: string,
  line: number,
  madeWaitMs: number,
  more: Partial<LineRow> = {}
): LineRow {
  return {
    file: 'In [2]',
    line,
    cell,
    made_wait_ns: ms(madeWaitMs),
    held_ns: ms(madeWaitMs),
    waited_ns: 0,
    total_held_ns: ms(madeWaitMs),
    total_waited_ns: 0,
    ...more
  };
}

/** A result of 20 ms. @param texts of the cells, by id: those of `In [2]` */
export function bundleOf(
  lines: LineRow[],
  texts: Record<string, string> = {},
  run: Partial<Bundle['run']> = {}
): Bundle {
  const bundle = sampleBundle();
  return {
    ...bundle,
    run: { ...bundle.run, ...run },
    lines,
    cells: Object.entries(texts).map(([cell, text]) => ({
      cell,
      file: 'In [2]',
      line_crc32: sumsOf(text)
    }))
  };
}
