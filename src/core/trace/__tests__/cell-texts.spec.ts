import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 as zlibCrc32 } from 'node:zlib';

import Ajv from 'ajv';

import { buildBundle } from '../build-bundle';
import { buildDocument } from '../build-document';
import { boundCellTexts, cellTexts, lineSum, lineSums } from '../cell-texts';
import type { LineRow } from '../document';
import { BundleError, readBundle } from '../read-bundle';
import type { CellSource } from '../source-paths';
import { madeContext, randomResult } from './made-results';

const row = (file: string, cell?: string): LineRow => ({
  file,
  line: 1,
  ...(cell !== undefined && { cell }),
  waited_ns: 0,
  total_waited_ns: 0
});

const source = (
  cell: string,
  label: string | undefined,
  lineCrc32?: string
): CellSource => ({
  file: `/tmp/ipykernel_1/${cell}${label}.py`,
  cell,
  first_line: 0,
  ...(label !== undefined && { label }),
  ...(lineCrc32 !== undefined && { lineCrc32 })
});

const schema = JSON.parse(
  readFileSync(
    join(__dirname, '../../../../schema/formats/bundle.v1.schema.json'),
    'utf8'
  )
) as object;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

describe('the sum of a line', () => {
  it('is that of zlib over its UTF-8', () => {
    // The check value of CRC-32/ISO-HDLC in every catalogue.
    expect(lineSum('123456789')).toBe(0xcbf43926);
    expect(lineSum('')).toBe(0);
    expect(lineSum('größe = "日本 🧵"')).toBe(zlibCrc32('größe = "日本 🧵"'));
  });

  it('is read from eight digits each', () => {
    const text = { cell: 'a', file: 'In [1]', line_crc32: 'cbf4392600000000' };
    expect([...lineSums(text)]).toEqual([0xcbf43926, 0]);
  });
});

describe('cellTexts', () => {
  it('has each version of a cell that the lines name, and nothing else', () => {
    const cells = [
      source('one', 'In [1]', '00000001'),
      source('one', 'In [4]', '00000002'),
      source('two', undefined, '00000003'),
      source('idle', 'In [3]', '00000004'),
      source('unknown', 'In [2]'),
      source('odd', 'In [5]', 'ABC')
    ];
    const lines = [
      row('In [4]', 'one'),
      row('In [4]', 'one'),
      row('cell', 'two'),
      row('In [1]', 'one'),
      row('In [2]', 'unknown'),
      row('In [5]', 'odd'),
      row('In [3]'),
      row('pkg/mod.py')
    ];
    expect(cellTexts(cells, lines)).toEqual([
      { cell: 'one', file: 'In [4]', line_crc32: '00000002' },
      { cell: 'two', file: 'cell', line_crc32: '00000003' },
      { cell: 'one', file: 'In [1]', line_crc32: '00000001' }
    ]);
  });

  it('leaves out what does not fit, never a part of a cell', () => {
    const texts = [10, 1000, 10].map((lines, index) => ({
      cell: `cell-${index}`,
      file: `In [${index}]`,
      line_crc32: '0123abcd'.repeat(lines)
    }));
    expect(boundCellTexts(texts, 1e6)).toEqual(texts);
    expect(boundCellTexts(texts, 4000)).toEqual(texts.slice(0, 1));
  });
});

describe('a bundle', () => {
  const result = randomResult(5, 3, 300);
  const document = buildDocument(result, madeContext());
  const cells = [
    { cell: 'a-b', file: 'In [3]', line_crc32: '0123abcd'.repeat(40) }
  ];
  const made = (extra: object): Record<string, unknown> =>
    JSON.parse(
      JSON.stringify(buildBundle({ ...document, ...extra }, result))
    ) as Record<string, unknown>;

  it('carries the sums of its cells', () => {
    const bundle = made({ cells });
    expect(validate(bundle) ? [] : validate.errors).toEqual([]);
    expect(readBundle(bundle).document?.cells).toEqual(cells);
  });

  it('gives them a sixteenth of its budget', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      ...cells[0],
      cell: `cell-${index}`
    }));
    const kept = made({ cells: many }).cells as unknown[];
    const bytes = JSON.stringify(kept).length;
    expect(bytes).toBeLessThanOrEqual((256 << 10) / 16);
    expect(kept.length).toBeGreaterThan(20);
  });

  it.each([
    ['no list', { a: 1 }],
    ['a text', 'x'],
    ['no cell', [{ ...cells[0], cell: undefined }]],
    ['no file', [{ ...cells[0], file: 7 }]],
    ['no sums', [{ ...cells[0], line_crc32: '' }]],
    ['half a sum', [{ ...cells[0], line_crc32: '0123' }]],
    ['other digits', [{ ...cells[0], line_crc32: '0123ABCD' }]],
    ['a line break', [{ ...cells[0], line_crc32: '0123abcd\n' }]],
    ['endless sums', [{ ...cells[0], line_crc32: '0'.repeat(8 << 20) }]],
    ['an endless id', [{ ...cells[0], cell: 'x'.repeat(1e6) }]]
  ])('is refused with %s', (_, bad) => {
    expect(() => readBundle({ ...made({}), cells: bad })).toThrow(BundleError);
  });
});
