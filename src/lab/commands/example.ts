/** A small program with a GIL problem, to try the tracer on. */
import { MarkdownCell } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import {
  NotebookActions,
  type INotebookModel,
  type Notebook
} from '@jupyterlab/notebook';
import type { ITranslation } from '../../viewer/translation';
import { endUndoStep } from './undo-step';

/** A cell that does not exist yet. */
export type NewCell = Parameters<
  INotebookModel['sharedModel']['insertCells']
>[1][number];

/**
 * Two threads that compute in Python: they take as long as one thread would. Half a second or so: long
 * enough to see, short enough to try again. Names of threads appear on the lanes.
 */
const PROGRAM = `import threading

def work():
    total = 0
    for i in range(3_000_000):
        total += i * i

threads = [threading.Thread(target=work, name=name) for name in ("first", "second")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

/** The cells of the example, from the top. */
export function exampleCells(line: string, trans: ITranslation): NewCell[] {
  const words = [
    trans.__('### Why do two threads take as long as one?'),
    trans.__(
      'Both threads below compute in Python, which only the thread that holds the GIL can do. Run both cells: the result shows who held it, who waited, and on which line.'
    )
  ];
  return [
    { cell_type: 'markdown', metadata: {}, source: words.join('\n\n') },
    code('%load_ext giltracer'),
    code(`${line}\n${PROGRAM}`)
  ];
}

/** Insert the example below the active cell; one step of undo. The cell to run first becomes the active one. */
export function insertExample(
  notebook: Notebook,
  cells: readonly NewCell[]
): void {
  const shared = notebook.model?.sharedModel;
  if (shared === undefined) {
    return;
  }
  endUndoStep(shared);
  const active = notebook.activeCell;
  // A new notebook has one empty cell: the example takes its place.
  const replaced =
    shared.cells.length === 1 && shared.cells[0].getSource().trim() === '';
  const index = replaced || active === null ? 0 : notebook.activeCellIndex + 1;
  shared.transact(() => {
    shared.insertCells(index, [...cells]);
    if (replaced) {
      shared.deleteCell(cells.length);
    }
  });
  endUndoStep(shared);
  notebook.deselectAll();
  notebook.activeCellIndex =
    index + cells.findIndex(cell => cell.cell_type === 'code');
  for (const cell of notebook.widgets.slice(index, index + cells.length)) {
    if (cell instanceof MarkdownCell) {
      cell.rendered = true;
    }
  }
  void notebook.scrollToItem(index);
  void NotebookActions.focusActiveCell(notebook, { preventScroll: true });
}

/** A notebook file with the example. */
export function exampleNotebook(
  cells: readonly NewCell[],
  kernel: nbformat.IKernelspecMetadata | undefined
): nbformat.INotebookContent {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: kernel === undefined ? {} : { kernelspec: kernel },
    cells: cells.map((cell, index) => ({
      ...cell,
      id: `giltracer-example-${index}`,
      source: cell.source ?? '',
      metadata: {}
    }))
  };
}

function code(source: string): NewCell {
  return {
    cell_type: 'code',
    // As cells that the user makes: it has no output of somebody else.
    metadata: { trusted: true },
    source,
    outputs: [],
    execution_count: null
  };
}
