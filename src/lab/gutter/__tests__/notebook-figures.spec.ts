import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';
import { BUNDLE_MIME_TYPE } from '../../../core/trace/bundle';
import { CellSlots } from '../cell-slots';
import { NotebookFigures, READ_AFTER_MS } from '../notebook-figures';
import { bundleOf, lineRow } from './made-figures';

function output(bundle: unknown): IOutput {
  return {
    output_type: 'display_data',
    data: { [BUNDLE_MIME_TYPE]: bundle, 'text/plain': 'a run' },
    metadata: {}
  } as IOutput;
}

/** Of a run at a second that knows line 1 of cells, with so many milliseconds. */
function run(second: number, madeWaitMs: number, ...cells: string[]): IOutput {
  return output(
    bundleOf(
      cells.map(cell => lineRow(cell, 1, madeWaitMs)),
      {},
      { started_at: `2026-01-02T03:04:0${second}Z` }
    )
  );
}

type NewCell = Parameters<NotebookModel['sharedModel']['insertCell']>[1];

function newCell(id: string, outputs: IOutput[] = []): NewCell {
  return { id, cell_type: 'code', source: id, metadata: {}, outputs };
}

describe('NotebookFigures', () => {
  let model: NotebookModel;
  let slots: CellSlots;
  let figures: NotebookFigures;

  beforeEach(() => {
    jest.useFakeTimers();
    // Jest gives the notebook a Yjs of its own beside that of its cells, which says so at each access.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    model = new NotebookModel();
    slots = new CellSlots();
    model.sharedModel.insertCells(
      0,
      ['work', 'first', 'second'].map(id => newCell(id))
    );
    figures = new NotebookFigures(model, slots);
  });

  afterEach(() => {
    figures.dispose();
    model.dispose();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  function cell(id: string): ICodeCellModel {
    const found = [...model.cells].find(each => each.id === id);
    if (found === undefined) {
      throw new Error(`no cell ${id}`);
    }
    return found as ICodeCellModel;
  }

  /** What the mark of line 1 of a cell tells, in milliseconds. */
  function shown(id: string): number | undefined {
    jest.advanceTimersByTime(READ_AFTER_MS * 20);
    const [version] = slots.of(cell(id)).figures?.versions ?? [];
    const made = version?.rows[0].made_wait_ns;
    return made === undefined ? undefined : made / 1e6;
  }

  it('reads results as they come and go', () => {
    expect(shown('work')).toBeUndefined();
    const { outputs } = cell('first');
    outputs.add(output({ format: 'giltracer-bundle', version: 1 }));
    expect(shown('work')).toBeUndefined();
    // update_display_data puts another output in its place.
    outputs.set(0, run(1, 7, 'work', 'first'));
    expect(shown('work')).toBe(7);
    expect(shown('first')).toBe(7);
    expect(shown('second')).toBeUndefined();
    outputs.clear();
    expect(shown('work')).toBeUndefined();
  });

  it('keeps what is known of a cell that runs again until there is more', () => {
    const first = cell('first');
    first.outputs.add(run(1, 10, 'work', 'first'));
    expect(shown('work')).toBe(10);
    // As CodeCell.execute does it (@jupyterlab/cells 4.6: widget.js).
    const begin = (): void => {
      first.clearExecution();
      first.executionState = 'running';
    };
    begin();
    expect([shown('work'), shown('first')]).toEqual([10, 10]);
    first.outputs.add(output({ format: 'giltracer-bundle', version: 1 }));
    expect(shown('work')).toBe(10);
    first.outputs.set(0, run(2, 20, 'work'));
    expect([shown('work'), shown('first')]).toEqual([20, undefined]);
    first.executionState = 'idle';
    expect(shown('work')).toBe(20);

    // This time it is not traced, or fails.
    begin();
    expect(shown('work')).toBe(20);
    first.executionState = 'idle';
    expect(shown('work')).toBeUndefined();
  });

  it('takes the newest run that knows a cell, wherever its result is', () => {
    cell('first').outputs.add(run(5, 50, 'work', 'first'));
    cell('second').outputs.add(run(3, 30, 'work', 'second'));
    expect([shown('work'), shown('first'), shown('second')]).toEqual([
      50, 50, 30
    ]);
    cell('second').outputs.set(0, run(8, 80, 'work'));
    expect([shown('work'), shown('first'), shown('second')]).toEqual([
      80,
      50,
      undefined
    ]);
  });

  it('follows cells that are deleted, and made anew with the same id', () => {
    cell('first').outputs.add(run(1, 10, 'work'));
    expect(shown('work')).toBe(10);
    // A move is that, too.
    model.sharedModel.deleteCell(0);
    model.sharedModel.insertCell(2, newCell('work'));
    expect(shown('work')).toBe(10);
    model.sharedModel.deleteCell(0);
    expect(shown('work')).toBeUndefined();
    model.sharedModel.insertCell(0, newCell('first', [run(2, 20, 'work')]));
    expect(shown('work')).toBe(20);
  });

  it('reads figures of a notebook that is not trusted', () => {
    const { outputs } = cell('first');
    outputs.trusted = false;
    outputs.add(run(1, 10, 'work'));
    expect(shown('work')).toBe(10);
  });

  it('does not mind what else a program shows', () => {
    const { outputs } = cell('first');
    outputs.add({ output_type: 'stream', name: 'stdout', text: 'hello' });
    outputs.add(output('no bundle'));
    outputs.add(output({ format: 'giltracer-bundle', lines: [{ cell: 7 }] }));
    outputs.add(run(1, 10, 'work', 'no cell of this notebook'));
    outputs.add({
      output_type: 'error',
      ename: 'E',
      evalue: '',
      traceback: []
    });
    expect(shown('work')).toBe(10);
  });

  it('says nothing where nothing has changed', () => {
    const { outputs } = cell('first');
    outputs.add(run(1, 10, 'work'));
    expect(shown('work')).toBe(10);
    const changed = jest.fn();
    slots.of(cell('work')).changed.connect(changed);
    for (let line = 0; line < 100; line++) {
      outputs.add({ output_type: 'stream', name: 'stdout', text: `${line}\n` });
    }
    expect(shown('work')).toBe(10);
    expect(changed).not.toHaveBeenCalled();
  });

  it('is deaf when it is disposed', () => {
    figures.dispose();
    cell('first').outputs.add(run(1, 10, 'work'));
    expect(shown('work')).toBeUndefined();
    expect(figures.isDisposed).toBe(true);
  });
});
