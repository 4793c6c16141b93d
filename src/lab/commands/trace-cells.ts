/** Marks cells of a notebook as traced: puts the magic on their first line, or takes it away. */
import type { ICellModel } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';
import { addMagic, hasMagic, removeMagic, type IEdit } from './magic-line';
import { endUndoStep } from './undo-step';

/** The code cells that are selected, or the active one, as far as they may be edited. */
export function traceableCells(notebook: Notebook): ICellModel[] {
  if (notebook.model?.readOnly !== false) {
    return [];
  }
  return notebook.widgets
    .filter(cell => notebook.isSelectedOrActive(cell))
    .map(({ model }) => model)
    .filter(
      model => model.type === 'code' && model.getMetadata('editable') !== false
    );
}

/** Whether all of these cells are traced; false if there are none. */
export function areTraced(cells: readonly ICellModel[]): boolean {
  return cells.length > 0 && cells.every(isTraced);
}

/** Whether a cell's first lines have the magic. */
export function isTraced(cell: ICellModel): boolean {
  return hasMagic(cell.sharedModel.getSource());
}

/** Put the line on the cells that have none; one step of undo in each. */
export function traceCells(cells: readonly ICellModel[], line: string): void {
  for (const cell of cells.filter(each => !isTraced(each))) {
    edit(cell, [addMagic(cell.sharedModel.getSource(), line)]);
  }
}

/** Take the magic away; one step of undo in each cell. */
export function untraceCells(cells: readonly ICellModel[]): void {
  for (const cell of cells) {
    edit(cell, removeMagic(cell.sharedModel.getSource()));
  }
}

function edit(cell: ICellModel, edits: readonly IEdit[]): void {
  const shared = cell.sharedModel;
  endUndoStep(shared);
  shared.transact(() => {
    for (const { start, end, text } of edits) {
      shared.updateSource(start, end, text);
    }
  });
  endUndoStep(shared);
}
