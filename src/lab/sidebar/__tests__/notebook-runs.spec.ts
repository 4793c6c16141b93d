import { CodeCellModel } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Signal } from '@lumino/signaling';
import { BUNDLE_MIME_TYPE } from '../../../core/trace/bundle';
import { followNotebookRuns } from '../notebook-runs';

type Executed = typeof NotebookActions.executed;
type Arguments =
  Executed extends Signal<unknown, infer A>
    ? A
    : Parameters<Parameters<Executed['connect']>[0]>[1];

/** As @jupyterlab/notebook does when a cell has ended. */
function end(model: CodeCellModel): void {
  const executed = NotebookActions.executed as Signal<unknown, Arguments>;
  executed.emit({ cell: { model } } as unknown as Arguments);
}

it('tells of cells with a result that have ended, whoever looks at them', () => {
  // Jest gives the cells a Yjs of their own, which says so at each access.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const ended = jest.fn();
  followNotebookRuns({ ended });
  const cell = new CodeCellModel();
  cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'hello' });
  end(cell);
  expect(ended).not.toHaveBeenCalled();
  cell.outputs.add({
    output_type: 'display_data',
    data: { [BUNDLE_MIME_TYPE]: {} },
    metadata: {}
  });
  end(cell);
  expect(ended).toHaveBeenCalledTimes(1);
  jest.restoreAllMocks();
});
