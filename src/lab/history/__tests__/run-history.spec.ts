import { NoHistoryError } from '../history-client';
import { RunHistory } from '../run-history';
import { FakeStore, storedRun } from './fake-store';

function runs(count: number) {
  return Array.from({ length: count }, (_, index) => storedRun(`${index}`));
}

it('takes all pages, the first at once', async () => {
  const store = new FakeStore(runs(5), 2);
  const history = new RunHistory(store);
  const seen = new Set<number>();
  history.changed.connect(() => seen.add(history.runs.length));
  await history.refresh();
  expect(store.asked).toEqual(['page', 'page 1', 'page 3']);
  expect([...seen]).toEqual([0, 2, 4, 5]);
  expect(history.runs.map(run => run.id)).toEqual(['0', '1', '2', '3', '4']);
  expect(history.bytes).toBe(5 * 1024);
  expect(history.state).toBe('ready');
});

it('asks once more for many calls, and sees what is new', async () => {
  const store = new FakeStore(runs(1));
  const history = new RunHistory(store);
  const first = history.refresh();
  await Promise.resolve();
  store.runs = runs(2);
  await Promise.all([first, history.refresh(), history.refresh()]);
  expect(store.asked).toEqual(['page', 'page']);
  expect(history.runs).toHaveLength(2);
});

it('looks for news, and asks for the runs only if there are any', async () => {
  const store = new FakeStore(runs(1));
  const history = new RunHistory(store);
  await history.look();
  expect(store.asked).toEqual([]);
  await history.refresh();
  await history.look();
  expect(store.asked).toEqual(['page', 'since first']);
  store.runs = runs(2);
  store.stamp = 'second';
  await history.look();
  expect(history.runs).toHaveLength(2);
  await history.look();
  expect(store.asked).toEqual([
    'page',
    'since first',
    'since first',
    'page',
    'since second'
  ]);
  store.failure = new Error('no network');
  await history.look();
  expect(history.state).toBe('ready');
  expect(history.runs).toHaveLength(2);
});

it('keeps what it knows when the server can’t be asked', async () => {
  const store = new FakeStore(runs(2));
  const history = new RunHistory(store);
  await history.refresh();
  store.failure = new Error('no network');
  await history.refresh();
  expect(history.state).toBe('failed');
  expect(history.problem).toBe('no network');
  expect(history.runs).toHaveLength(2);
  store.failure = new NoHistoryError();
  await history.refresh();
  expect(history.state).toBe('absent');
});

it('deletes, and tells of what is still there', async () => {
  const store = new FakeStore(runs(3));
  store.kept = ['1'];
  const history = new RunHistory(store);
  await history.refresh();
  const problems = await history.delete(['0', '1']);
  expect(problems).toEqual([
    { run: storedRun('1'), message: 'this run is still being written' }
  ]);
  expect(history.runs.map(run => run.id)).toEqual(['1', '2']);
  expect(history.bytes).toBe(2 * 1024);
});

it('renames', async () => {
  const history = new RunHistory(new FakeStore(runs(2)));
  await history.refresh();
  await history.rename('1', 'mine');
  expect(history.find('1')?.name).toBe('mine');
  await expect(history.rename('9', 'x')).rejects.toThrow('no such run');
});
