import { CodeCellModel } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import { BUNDLE_MIME_TYPE } from '../../../core/trace/bundle';
import { followNotebookRuns } from '../notebook-runs';

const starts = jest.fn();
const ended = jest.fn();

/** As @jupyterlab/notebook does it. */
function emit(
  name: 'executionScheduled' | 'executed',
  model: CodeCellModel
): void {
  const signal = NotebookActions[name] as unknown as {
    emit(args: { cell: { model: CodeCellModel } }): void;
  };
  signal.emit({ cell: { model } });
}

beforeAll(() => {
  // Jest gives the cells a Yjs of their own, which says so at each access.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  followNotebookRuns({ starts, ended });
});

afterAll(() => jest.restoreAllMocks());

it('tells of traced cells that start', () => {
  const cell = new CodeCellModel();
  cell.sharedModel.setSource('work()');
  emit('executionScheduled', cell);
  expect(starts).not.toHaveBeenCalled();
  cell.sharedModel.setSource('%%giltracer\nwork()');
  emit('executionScheduled', cell);
  expect(starts).toHaveBeenCalledTimes(1);
});

it('tells of cells with a result that have ended', () => {
  const cell = new CodeCellModel();
  cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'hello' });
  emit('executed', cell);
  expect(ended).not.toHaveBeenCalled();
  cell.outputs.add({
    output_type: 'display_data',
    data: { [BUNDLE_MIME_TYPE]: {} },
    metadata: {}
  });
  emit('executed', cell);
  expect(ended).toHaveBeenCalledTimes(1);
});
