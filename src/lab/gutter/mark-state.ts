/** The marks of one editor: they follow their lines through edits. */
import type { EditorState, Text, Transaction } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { LineChange, Mark, PlacedMark } from './marks';

/** A mark, and where its line begins. */
export interface MarkAt {
  readonly pos: number;
  readonly mark: Mark;
}

/** Show these marks instead of those before. */
export const setMarks = StateEffect.define<readonly PlacedMark[]>();

/** By position. */
export const markField = StateField.define<readonly MarkAt[]>({
  create: () => [],
  update: (marks, transaction) => {
    const moved =
      transaction.docChanged && marks.length > 0
        ? movedMarks(marks, transaction)
        : marks;
    return transaction.effects.reduce(
      (current, effect) =>
        effect.is(setMarks)
          ? placed(effect.value, transaction.newDoc)
          : current,
      moved
    );
  }
});

/** The mark of the line that begins at a position. */
export function markAt(state: EditorState, pos: number): Mark | undefined {
  return state.field(markField, false)?.find(mark => mark.pos === pos)?.mark;
}

function placed(marks: readonly PlacedMark[], doc: Text): MarkAt[] {
  return marks
    .filter(({ line }) => line <= doc.lines)
    .map(({ line, mark }) => ({ pos: doc.line(line).from, mark }));
}

/** A line that is gone takes its mark along; one that has another text keeps it as a mark of what it was. */
function movedMarks(
  marks: readonly MarkAt[],
  { changes, startState, newDoc }: Transaction
): MarkAt[] {
  const moved = new Map<number, MarkAt>();
  for (const { pos, mark } of marks) {
    const before = startState.doc.lineAt(pos);
    const begin = changes.mapPos(before.from, 1);
    const end = changes.mapPos(before.to, -1);
    if (end <= begin && before.length > 0) {
      continue;
    }
    const line = newDoc.lineAt(begin);
    // Two lines were joined: the first one's mark stands.
    if (!moved.has(line.from)) {
      const change: LineChange =
        mark.change === 'line' || line.text !== before.text
          ? 'line'
          : mark.change === 'unknown'
            ? 'unknown'
            : 'elsewhere';
      moved.set(line.from, {
        pos: line.from,
        mark: change === mark.change ? mark : { ...mark, change }
      });
    }
  }
  return [...moved.values()];
}
