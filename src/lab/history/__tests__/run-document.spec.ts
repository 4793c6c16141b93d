import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { StoreAnswer } from '../../renderer/run-store';
import { sampleBundle } from '../../__tests__/sample-bundle';
import { RunDocument } from '../run-document';
import { RunHistory } from '../run-history';
import { FakeStore, storedRun } from './fake-store';

let shown: RunDocument;
let sources: string[];
let store: FakeStore;
let history: RunHistory;

async function open(answer: StoreAnswer): Promise<void> {
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  sources = [];
  store = new FakeStore([storedRun('run-1', { name: 'my own name' })]);
  history = new RunHistory(store);
  shown = new RunDocument('run-1', {
    store: { load: () => Promise.resolve(answer) },
    traces: {
      sourceOf: view => {
        sources.push(view.run.id);
        return undefined;
      }
    },
    history,
    trans: nullTranslator.load('giltracer')
  });
  Widget.attach(shown, document.body);
  await history.refresh();
  await shown.load();
}

afterEach(() => {
  shown.dispose();
  jest.restoreAllMocks();
});

it('shows the result with its trace, under the name that the reader gave it', async () => {
  await open({ kind: 'found', json: sampleBundle() });
  expect(shown.node.querySelector('table')).not.toBeNull();
  expect(shown.node.textContent).toContain('my own name');
  expect(sources).toEqual(['run-1']);
  expect(shown.title.label).toBe('my own name');
  await history.rename('run-1', 'another');
  expect(shown.title.label).toBe('another');
});

it.each<[StoreAnswer, string]>([
  [{ kind: 'absent' }, 'This run has no result, or it is no longer stored.'],
  [{ kind: 'failed', message: '500' }, 'This run can’t be fetched: 500'],
  [{ kind: 'found', json: { format: 'x' } }, 'can’t be shown'],
  [{ kind: 'found', json: null }, 'can’t be shown']
])('says why there is nothing to show: %j', async (answer, words) => {
  await open(answer);
  expect(shown.node.textContent).toContain(words);
});
