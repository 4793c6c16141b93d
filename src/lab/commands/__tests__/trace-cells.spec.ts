import { NotebookModel } from '@jupyterlab/notebook';
import type { ICellModel } from '@jupyterlab/cells';
import { areTraced, traceCells, untraceCells } from '../trace-cells';

// As JupyterLab has it by default: each cell has its own undo.
const model = new NotebookModel({ disableDocumentWideUndoRedo: true });
afterAll(() => model.dispose());

function cellsOf(...sources: string[]): ICellModel[] {
  model.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: {},
      source,
      outputs: [],
      execution_count: null
    }))
  });
  return [...model.cells];
}

const text = (cell: ICellModel): string => cell.sharedModel.getSource();

describe('cells', () => {
  it('are traced and no longer, each by one step of undo', () => {
    const cells = cellsOf('x = 1', '%%giltracer -q\ny = 2');
    const [first, second] = cells;
    first.sharedModel.updateSource(5, 5, '0');
    expect(areTraced(cells)).toBe(false);
    traceCells(cells, '%%giltracer');
    expect(cells.map(text)).toEqual([
      '%%giltracer\nx = 10',
      '%%giltracer -q\ny = 2'
    ]);
    expect(areTraced(cells)).toBe(true);
    first.sharedModel.undo();
    expect(text(first)).toBe('x = 10');
    first.sharedModel.redo();
    untraceCells(cells);
    expect(cells.map(text)).toEqual(['x = 10', 'y = 2']);
    second.sharedModel.undo();
    expect(text(second)).toBe('%%giltracer -q\ny = 2');
  });

  it('are not traced if there are none', () => {
    expect(areTraced([])).toBe(false);
  });
});
