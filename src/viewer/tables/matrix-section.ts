/** The section of the matrix, with its switch between threads and lines. */
import { ThreadState } from '../../core/threads/states';
import type { MatrixBy } from './blame-matrix';
import { choiceSwitch } from './choice';
import { matrixTable, matrixTitle } from './matrix-table';
import { TableSection } from './table-section';
import type { TablesContext } from './tables-context';
import { badgeOfTid, sentence, stateColour, stateOf } from './tables-context';
import type { WaitFilter } from './waits-table';

/** @param onPick shows the waits of a cell; undefined: no single waits are known */
export function matrixSection(
  context: TablesContext,
  onPick: ((filter: WaitFilter) => void) | undefined
): HTMLElement {
  const { document, omitted, trans } = context;
  const state = stateOf(context, 'matrix');
  const fill = (body: HTMLElement, tools: HTMLElement): void => {
    const show = (by: MatrixBy): void => {
      state.choice = by;
      const table = matrixTable({
        document,
        by,
        colour: stateColour(context, ThreadState.WaitingGil),
        badgeOf: tid => badgeOfTid(context, tid),
        trans,
        onPick
      });
      body.replaceChildren(table);
      if (omitted.blame !== undefined && omitted.blame > 0) {
        const text = trans._n(
          '%1 more pair is not stored: sums are lower bounds.',
          '%1 more pairs are not stored: sums are lower bounds.',
          omitted.blame
        );
        body.append(sentence(text));
      }
    };
    // Bundles of the first version know threads only.
    if (!document.blame.some(({ waiter }) => waiter.file !== undefined)) {
      show('threads');
      return;
    }
    const current = state.choice === 'lines' ? 'lines' : 'threads';
    const choices = [
      { key: 'threads' as const, label: trans.__('Threads'), title: '' },
      { key: 'lines' as const, label: trans.__('Lines'), title: '' }
    ];
    tools.append(
      choiceSwitch(trans.__('Rows and columns'), choices, current, show)
    );
    show(current);
  };
  const title = matrixTitle(trans);
  return new TableSection({ title, open: true, fill }, state).node;
}
