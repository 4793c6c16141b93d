/** The section of lines, with its switch between self and total. */
import { placeWords } from '../../core/export/source-words';
import type { LineRow } from '../../core/trace/document';
import { placeKey } from '../../core/trace/source-paths';
import { ThreadState } from '../../core/threads/states';
import { element } from '../dom';
import { choiceSwitch } from './choice';
import type { LineFigures } from './lines-table';
import { linesTable } from './lines-table';
import { lineFit } from './row-place';
import type { TableOptions } from './table-model';
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
      const options = {
        ...linesTable(document, colour, trans, figures),
        ...linePick(context),
        fit: lineFit
      };
      more.replaceChildren(...fillTable(context, 'lines', body, options));
    };
    const more = element('div', 'giltracer-Section-tools');
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
      choiceSwitch(trans.__('Figures of lines'), choices, current, show),
      more
    );
    show(current);
  };
  return new TableSection({ title, open: true, fill }, state).node;
}

function linePick({
  picks,
  trans
}: TablesContext): Pick<TableOptions<LineRow>, 'rowAction' | 'isPicked'> {
  const isPicked = (row: LineRow): boolean =>
    picks.current.line !== undefined &&
    placeKey(picks.current.line) === placeKey(row);
  return {
    rowAction: {
      label: row => trans.__('Light up %1', placeWords(row) ?? ''),
      run: row => picks.pick('line', isPicked(row) ? undefined : row)
    },
    isPicked
  };
}
