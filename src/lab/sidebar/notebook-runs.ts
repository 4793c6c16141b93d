/** Tells of traced cells of all notebooks of the page, also of those that nobody looks at. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import { BUNDLE_MIME_TYPE } from '../../core/trace/bundle';
import { isTraced } from '../commands/trace-cells';

export interface INotebookRunsListener {
  /** A cell with the magic is about to run. */
  starts(): void;
  /** A cell that has a result has ended. */
  ended(): void;
}

export function followNotebookRuns(listener: INotebookRunsListener): void {
  // Emitted before the cell's request is sent, and when the last output is in (@jupyterlab/notebook 4.6: cellexecutor.js).
  NotebookActions.executionScheduled.connect((_, { cell: { model } }) => {
    if (isCode(model) && isTraced(model)) {
      listener.starts();
    }
  });
  NotebookActions.executed.connect((_, { cell: { model } }) => {
    if (isCode(model) && hasResult(model)) {
      listener.ended();
    }
  });
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}

function hasResult({ outputs }: ICodeCellModel): boolean {
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    // What a program prints may be long, and is copied when it is asked for.
    if (
      output.type !== 'stream' &&
      output.type !== 'error' &&
      output.data[BUNDLE_MIME_TYPE] !== undefined
    ) {
      return true;
    }
  }
  return false;
}
