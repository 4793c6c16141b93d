import type { TransactionSpec } from '@codemirror/state';
import { EditorState } from '@codemirror/state';
import { markField, setMarks } from '../mark-state';
import type { LineChange, PlacedMark } from '../marks';
import { lineRow } from './made-figures';

const RUN = {
  info: { id: 'r', name: '', state: 'done', started_at: '' },
  mode: 'full',
  durationNs: 1e9,
  longestNs: 1e9
} as const;

function mark(line: number, change: LineChange = 'same'): PlacedMark {
  return {
    line,
    mark: { row: lineRow('c', line, line), run: RUN, change, figure: undefined }
  };
}

/** Marks on lines 2 and 3 of `ab`, `cd`, `ef`; what an edit leaves, as `text of the line: change`. */
function after(...specs: TransactionSpec[]): string[] {
  let state = EditorState.create({ doc: 'ab\ncd\nef', extensions: markField });
  state = state.update({ effects: setMarks.of([mark(2), mark(3)]) }).state;
  for (const spec of specs) {
    state = state.update(spec).state;
  }
  return state.field(markField).map(({ pos, mark: { change } }) => {
    const line = state.doc.lineAt(pos);
    expect(line.from).toBe(pos);
    return `${line.text}: ${change}`;
  });
}

const insert = (from: number, text: string): TransactionSpec => ({
  changes: { from, insert: text }
});
const erase = (from: number, to: number): TransactionSpec => ({
  changes: { from, to }
});

describe('marks', () => {
  it('stay as they are where only the cursor moves', () => {
    expect(after({ selection: { anchor: 4 } })).toEqual([
      'cd: same',
      'ef: same'
    ]);
  });

  it.each<[string, TransactionSpec, string[]]>([
    ['a line above', insert(0, 'x\n'), ['cd: elsewhere', 'ef: elsewhere']],
    [
      'a line at its begin',
      insert(3, '\n'),
      ['cd: elsewhere', 'ef: elsewhere']
    ],
    ['a line at its end', insert(5, '\n'), ['cd: elsewhere', 'ef: elsewhere']],
    ['text before it', insert(3, 'x'), ['xcd: line', 'ef: elsewhere']],
    ['text behind it', insert(5, 'x'), ['cdx: line', 'ef: elsewhere']],
    ['text within it', insert(4, 'x'), ['cxd: line', 'ef: elsewhere']],
    ['a line above gone', erase(0, 3), ['cd: elsewhere', 'ef: elsewhere']],
    ['itself gone', erase(3, 6), ['ef: elsewhere']],
    ['itself and the next gone', erase(2, 8), []],
    ['its text gone, not its line', erase(3, 5), ['ef: elsewhere']],
    ['joined with the next', erase(5, 6), ['cdef: line']],
    [
      'joined with the one before',
      erase(2, 3),
      ['abcd: line', 'ef: elsewhere']
    ],
    ['all replaced', { changes: { from: 0, to: 8, insert: 'q' } }, []]
  ])('follow their line through %s', (_, spec, expected) => {
    expect(after(spec)).toEqual(expected);
  });

  it('of a line that was changed stay so until they are laid out anew', () => {
    expect(after(insert(4, 'x'), erase(4, 5))).toEqual([
      'cd: line',
      'ef: elsewhere'
    ]);
    expect(after(insert(4, 'x'), { effects: setMarks.of([mark(1)]) })).toEqual([
      'ab: same'
    ]);
  });

  it('are placed in the text as it is after the same change', () => {
    expect(
      after({ ...insert(0, 'x\n'), effects: setMarks.of([mark(4), mark(9)]) })
    ).toEqual(['ef: same']);
  });
});
