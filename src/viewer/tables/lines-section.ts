/** The section of lines, with its switch between self and total. */
import { ThreadState } from '../../core/threads/states';
import { choiceSwitch } from './choice';
import type { LineFigures } from './lines-table';
import { linesTable } from './lines-table';
import { TableSection } from './table-section';
import type { TablesContext } from './tables-context';
import { fillTable, stateColour, stateOf } from './tables-context';

export function linesSection(context: TablesContext): HTMLElement {
  const { document, trans } = context;
  const state = stateOf(context, 'lines');
  const colour = stateColour(context, ThreadState.WaitingGil);
  const { caption: title } = linesTable(document, colour, trans);
  const fill = (body: HTMLElement, tools: HTMLElement): void => {
    const show = (figures: LineFigures): void => {
      state.choice = figures;
      const options = linesTable(document, colour, trans, figures);
      fillTable(context, 'lines', body, options);
    };
    const current = state.choice === 'self' ? 'self' : 'total';
    const choices = [
      {
        key: 'total' as const,
        label: trans.__('Total'),
        title: trans.__('The line and what it called')
      },
      {
        key: 'self' as const,
        label: trans.__('Self'),
        title: trans.__('The line alone')
      }
    ];
    tools.append(
      choiceSwitch(trans.__('Figures of lines'), choices, current, show)
    );
    show(current);
  };
  return new TableSection({ title, open: true, fill }, state).node;
}
