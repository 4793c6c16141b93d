import { sampleBundle, samplePlaceholder } from '../../__tests__/sample-bundle';
import { readRunFigures } from '../run-figures';
import { bundleOf, lineRow } from './made-figures';

describe('readRunFigures', () => {
  it('reads the lines of cells, one row a line', () => {
    const figures = readRunFigures(
      bundleOf([
        lineRow('b', 7, 4),
        lineRow('a', 2, 3),
        lineRow('a', 1, 2),
        lineRow('a', 2, 1, { function: '<lambda>' }),
        { ...lineRow('', 1, 9), cell: undefined, file: 'pkg/mod.py' }
      ])
    );
    expect([...(figures?.cells.keys() ?? [])]).toEqual(['b', 'a']);
    const [version] = figures?.cells.get('a')?.versions ?? [];
    expect(version.rows.map(row => [row.line, row.made_wait_ns])).toEqual([
      [1, 2e6],
      [2, 4e6]
    ]);
    expect(figures?.run).toMatchObject({ mode: 'full', longestNs: 4e6 });
    expect(figures?.startedAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'bundle'],
    ['a run that goes on', samplePlaceholder()],
    ['a newer format', { ...sampleBundle(), version: 99 }],
    ['a line that is no number', bundleOf([lineRow('c', NaN, 1)])],
    ['a negative time', bundleOf([lineRow('c', 1, -1)])],
    ['lines without end', { ...sampleBundle(), lines: { length: 1e9 } }]
  ])('makes nothing of %s', (_, json) => {
    expect(readRunFigures(json)).toBeUndefined();
  });

  it('takes names that objects have by birth as any others', () => {
    const cells = ['__proto__', 'constructor', 'toString'];
    const figures = readRunFigures(
      bundleOf(cells.map(cell => lineRow(cell, 1, 1)))
    );
    expect([...(figures?.cells.keys() ?? [])]).toEqual(cells);
  });

  it('counts a run of no known time as the oldest', () => {
    const bundle = bundleOf([lineRow('c', 1, 1)], {}, { started_at: 'once' });
    expect(readRunFigures(bundle)?.startedAt).toBe(-Infinity);
  });
});
