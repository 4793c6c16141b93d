import type { LineRow } from '../../../core/trace/document';
import { headline, mergedRow } from '../line-figures';
import type { PlacedMark } from '../marks';
import { marksOf } from '../marks';
import { readRunFigures } from '../run-figures';
import { bundleOf, lineRow, sumsOf } from './made-figures';

const TEXT = 'def f():\n    work()\n    more()\nf()';

function placed(
  now: string,
  lines: LineRow[],
  text: string | undefined = TEXT
): string[] {
  const bundle = bundleOf(lines, text === '' ? {} : { c: text });
  const figures = readRunFigures(bundle)?.cells.get('c');
  return figures === undefined
    ? []
    : marksOf(figures, now.split('\n')).map(words);
}

function words({ line, mark }: PlacedMark): string {
  return `${line}: ${(mark.row.made_wait_ns ?? 0) / 1e6} ms, ${mark.change}`;
}

describe('marksOf', () => {
  const lines = [lineRow('c', 2, 5), lineRow('c', 4, 1)];

  it.each([
    ['as it was', TEXT, ['2: 5 ms, same', '4: 1 ms, same']],
    [
      'with a line above',
      `%%giltracer\n${TEXT}`,
      ['3: 5 ms, elsewhere', '5: 1 ms, elsewhere']
    ],
    [
      'with the marked line changed',
      TEXT.replace('work', 'play'),
      ['2: 5 ms, line', '4: 1 ms, elsewhere']
    ],
    [
      'without the marked line',
      TEXT.replace('    work()\n', ''),
      ['3: 1 ms, elsewhere']
    ],
    [
      'with a line more',
      `${TEXT}\n`,
      ['2: 5 ms, elsewhere', '4: 1 ms, elsewhere']
    ],
    ['with nothing left', '', []]
  ])('lays them on the cell %s', (_, now, expected) => {
    expect(placed(now, lines)).toEqual(expected);
  });

  it('goes by the number where the result does not tell what the cell was', () => {
    expect(placed('a\nb', lines, '')).toEqual(['2: 5 ms, unknown']);
  });

  it('takes no line that neither the text nor the result can have', () => {
    const odd = [lineRow('c', 0, 5), lineRow('c', 400, 5)];
    expect(placed(TEXT, odd)).toEqual([]);
    expect(placed(TEXT, odd, '')).toEqual([]);
  });

  it('tells of the newest version of a cell, and of older ones what is left of them', () => {
    const old = 'a = 1\nold()\nb = 2';
    const bundle = bundleOf([
      lineRow('c', 2, 1, { file: 'In [2]' }),
      lineRow('c', 3, 2, { file: 'In [2]' }),
      lineRow('c', 1, 9, { file: 'In [10]' })
    ]);
    const cells = [
      { cell: 'c', file: 'In [2]', line_crc32: sumsOf(old) },
      { cell: 'c', file: 'In [10]', line_crc32: sumsOf('b = 2') }
    ];
    const figures = readRunFigures({ ...bundle, cells })?.cells.get('c');
    expect(figures && marksOf(figures, ['b = 2']).map(words)).toEqual([
      '1: 9 ms, same'
    ]);
    expect(figures && marksOf(figures, old.split('\n')).map(words)).toEqual([
      '2: 1 ms, same',
      '3: 9 ms, elsewhere'
    ]);
  });
});

describe('the figure of a mark', () => {
  const row = lineRow('c', 1, 0, { held_ns: 0, total_held_ns: 0 });
  const kind = (more: Partial<LineRow>): string | undefined =>
    headline({ ...row, ...more }, 1e9)?.kind;

  it('is the wait of others where there is one, however small beside the rest', () => {
    expect(
      kind({ made_wait_ns: 1e6, total_held_ns: 9e8, total_waited_ns: 8e8 })
    ).toBe('made-wait');
  });

  it('is else the longer one of hold and wait', () => {
    expect(kind({ total_held_ns: 5e6, total_waited_ns: 4e6 })).toBe('held');
    expect(kind({ total_held_ns: 4e6, total_waited_ns: 5e6 })).toBe('waited');
    expect(kind({ held_ns: undefined, total_held_ns: undefined })).toBe(
      undefined
    );
  });

  it('is absent where all is below a thousandth of the run', () => {
    expect(kind({ made_wait_ns: 999_999 })).toBeUndefined();
    expect(kind({ made_wait_ns: 1_000_000 })).toBe('made-wait');
    expect(headline(row, 0)).toBeUndefined();
  });
});

describe('several functions on one line', () => {
  it('add up what they did themselves, and no total twice', () => {
    const outer = lineRow('c', 1, 3, {
      held_error_ns: 3e5,
      total_held_ns: 9e6,
      total_held_error_ns: 5,
      waits: 1
    });
    const inner = lineRow('c', 1, 2, {
      function: '<lambda>',
      held_error_ns: 4e5,
      total_held_ns: 4e6,
      total_held_error_ns: 7,
      waits: 2
    });
    expect(mergedRow([outer, inner])).toEqual({
      ...outer,
      made_wait_ns: 5e6,
      held_ns: 5e6,
      held_error_ns: 5e5,
      waits: 3
    });
    expect(mergedRow([inner, outer])).toMatchObject({
      total_held_ns: 9e6,
      total_held_error_ns: 5
    });
  });

  it('leave unknown what none of them knows', () => {
    const row: LineRow = {
      file: 'In [2]',
      line: 1,
      waited_ns: 1,
      total_waited_ns: 1
    };
    expect(mergedRow([row, row])).toEqual({ ...row, waited_ns: 2 });
  });
});
