import type { LineRow } from '../../../core/trace/document';
import { ENGLISH } from '../../../viewer/translation';
import type { Mark } from '../marks';
import { markWords, shortFigure, spokenMark } from '../mark-words';
import { lineRow } from './made-figures';

function mark(row: LineRow, more: Partial<Mark> = {}, name = 'loops'): Mark {
  return {
    row,
    run: {
      info: { id: 'r', name, state: 'done', started_at: 'no time' },
      mode: 'full',
      durationNs: 1e9,
      longestNs: 1e9
    },
    change: 'same',
    figure: undefined,
    ...more
  };
}

describe('the words of a mark', () => {
  it('name each figure, the run and its rung', () => {
    const row = lineRow('c', 3, 300, {
      total_held_ns: 5e8,
      total_held_error_ns: 2e7,
      held_ns: 4e8,
      held_error_ns: 1e7,
      waited_ns: 2e6,
      total_waited_ns: 2e6,
      waits: 1,
      total_released_ns: 7e6,
      samples: 1234
    });
    expect(markWords(mark(row), ENGLISH)).toEqual({
      facts: [
        { label: 'Made others wait', value: '300 ms' },
        {
          label: 'Held the GIL',
          value: '500 ms ± 20 ms, the line itself 400 ms ± 10 ms'
        },
        { label: 'Waited for the GIL', value: '2 ms (1 wait)' },
        { label: 'Released the GIL', value: '7 ms' },
        { label: 'Seen here with the GIL', value: '1,234 times' }
      ],
      remarks: [
        '± is the 95 % interval of what was sampled.',
        'From the run “loops” of an unknown time, full: uprobes.'
      ]
    });
  });

  it('say what the rung can’t know, and never 0', () => {
    const row: LineRow = {
      file: 'In [2]',
      line: 1,
      made_wait_ns: 1e6,
      waited_ns: 3e6,
      total_waited_ns: 4e6
    };
    const waits = mark(row);
    const words = markWords(
      { ...waits, run: { ...waits.run, mode: 'waits' } },
      ENGLISH
    );
    expect(words.facts.map(({ value }) => value)).toEqual([
      '1 ms',
      'not known: mode waits can’t tell',
      '4 ms, the line itself 3 ms',
      'not known: mode waits can’t tell'
    ]);
    expect(words.remarks).toEqual([
      'From the run “loops” of an unknown time, waits: uprobes.'
    ]);
  });

  it('bound what others have named', () => {
    const [remark] = markWords(
      mark(lineRow('c', 1, 1), {}, 'x'.repeat(1000)),
      ENGLISH
    ).remarks;
    expect(remark.length).toBeLessThan(150);
  });

  it.each([
    ['line', 'This line was changed since'],
    ['elsewhere', 'The cell was changed since, but not this line.'],
    ['unknown', 'does not tell whether the cell was changed']
  ] as const)('tell of a change (%s)', (change, words) => {
    const { remarks } = markWords(
      mark(lineRow('c', 1, 1), { change }),
      ENGLISH
    );
    expect(remarks[remarks.length - 1]).toContain(words);
  });

  it('are sentences for the ear', () => {
    expect(spokenMark(7, mark(lineRow('c', 3, 300), {}, ''), ENGLISH)).toBe(
      'Line 7. Made others wait: 300 ms. Held the GIL: 300 ms. Waited for the GIL: 0 ns. ' +
        'Released the GIL: not known: mode full can’t tell. From the run of an unknown time, full: uprobes.'
    );
  });

  it('are a short figure in the gutter, marked where it is sampled', () => {
    expect(shortFigure({ kind: 'held', ns: 1.234e9, errorNs: 0 })).toBe(
      '1.23 s'
    );
    expect(shortFigure({ kind: 'held', ns: 1.234e9, errorNs: 1 })).toBe(
      '~1.23 s'
    );
  });
});
