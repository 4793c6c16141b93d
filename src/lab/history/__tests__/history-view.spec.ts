import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { HistoryView } from '../history-view';
import { RunHistory } from '../run-history';
import type { StoredRun } from '../stored-run';
import { FakeStore, storedRun } from './fake-store';

const trans = nullTranslator.load('giltracer');

let store: FakeStore;
let history: RunHistory;
let view: HistoryView;
let done: string[];

const ids = (runs: readonly StoredRun[]): string =>
  runs.map(run => run.id).join();

async function shown(runs: StoredRun[]): Promise<void> {
  store = new FakeStore(runs);
  history = new RunHistory(store);
  done = [];
  view = new HistoryView({
    history,
    trans,
    open: picked => done.push(`open ${ids(picked)}`),
    rename: run => done.push(`rename ${run.id}`),
    delete: picked => done.push(`delete ${ids(picked)}`),
    firstSteps: document.createElement('button')
  });
  Widget.attach(view, document.body);
  await history.refresh();
  await painted();
}

async function painted(): Promise<void> {
  await new Promise(resolve => requestAnimationFrame(resolve));
}

function rows(): HTMLElement[] {
  const all = view.node.querySelectorAll<HTMLElement>('[role=option]');
  return [...all].filter(row => !row.hidden);
}

function press(key: string, more: KeyboardEventInit = {}): void {
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, ...more })
  );
}

function picked(): string {
  return ids(view.picked);
}

const five = ['a', 'b', 'c', 'd', 'e'].map(id => storedRun(id));

afterEach(() => view.dispose());

it('tells of each run what a reader chooses by', async () => {
  await shown([
    storedRun('a', { name: '', label: 'In [3]' }),
    storedRun('b', { state: 'partial', message: 'It was cut.' }),
    { id: 'c', bytes: 5, writing: true, name: '' }
  ]);
  const [first, second, third] = rows().map(row => row.textContent ?? '');
  expect(first).toMatch(/^In \[3\]Two threads fight for the GIL\./);
  for (const fact of ['1.5 s', 'full: uprobes', 'Python 3.11.7', '1 KiB']) {
    expect(first).toContain(fact);
  }
  expect(second).toContain('partial');
  expect(third).toContain('being written');
  expect(view.node.textContent).toContain('3 runs');
  expect(view.node.textContent).toContain('2 KiB on disk, at most 2 GiB');
});

it('takes every text as text', async () => {
  const name = '<img src=x onerror=alert(1)>';
  await shown([storedRun('a', { name, verdict: name })]);
  expect(view.node.querySelector('img')).toBeNull();
  expect(rows()[0].textContent).toContain(name);
});

it('is one stop of Tab, and its keys go, pick, open, rename and delete', async () => {
  await shown(five);
  expect(rows().map(row => row.tabIndex)).toEqual([0, -1, -1, -1, -1]);
  view.focus();
  press('ArrowDown');
  expect(document.activeElement).toBe(rows()[1]);
  expect(rows().map(row => row.tabIndex)).toEqual([-1, 0, -1, -1, -1]);
  expect(picked()).toBe('b');
  press('Enter');
  press('F2');
  press('ArrowDown', { shiftKey: true });
  expect(picked()).toBe('b,c');
  press('Delete');
  press('a', { ctrlKey: true });
  expect(picked()).toBe('a,b,c,d,e');
  press('End');
  expect(picked()).toBe('e');
  press('Home');
  press('PageDown');
  press('ArrowDown');
  expect(document.activeElement).toBe(rows()[4]);
  expect(done).toEqual(['open b', 'rename b', 'delete b,c']);
});

it('picks as lists of files do', async () => {
  await shown(five);
  const click = (index: number, more: MouseEventInit = {}) =>
    rows()[index].dispatchEvent(
      new MouseEvent('click', { bubbles: true, ...more })
    );
  click(1);
  click(3, { shiftKey: true });
  expect(picked()).toBe('b,c,d');
  click(2, { ctrlKey: true });
  expect(picked()).toBe('b,d');
  const marked = rows().map(row => row.getAttribute('aria-selected'));
  expect(marked).toEqual(['false', 'true', 'false', 'true', 'false']);
  // The menu is about the picked ones, or about the one under the pointer.
  const menu = new MouseEvent('contextmenu', { bubbles: true });
  rows()[1].dispatchEvent(menu);
  expect(picked()).toBe('b,d');
  rows()[4].dispatchEvent(new MouseEvent('contextmenu', { bubbles: true }));
  expect(picked()).toBe('e');
  rows()[4].dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  expect(done).toEqual(['open e']);
});

it('can do with the picked runs what its buttons say', async () => {
  await shown(five);
  const button = (label: string): HTMLButtonElement => {
    const all = [...view.node.querySelectorAll('button')];
    const found = all.find(each => each.textContent === label);
    if (found === undefined) {
      throw new Error(`no button ${label}`);
    }
    return found;
  };
  const usable = () =>
    ['Open', 'Rename…', 'Delete…'].map(label => !button(label).disabled);
  expect(usable()).toEqual([false, false, false]);
  rows()[0].click();
  expect(usable()).toEqual([true, true, true]);
  button('Open').click();
  button('Rename…').click();
  rows()[1].dispatchEvent(
    new MouseEvent('click', { bubbles: true, ctrlKey: true })
  );
  expect(usable()).toEqual([false, false, true]);
  button('Delete…').click();
  button('Delete all…').click();
  expect(done).toEqual([
    'open a',
    'rename a',
    'delete a,b',
    'delete a,b,c,d,e'
  ]);
});

it('finds runs by name, verdict, rung and Python', async () => {
  await shown([
    storedRun('a', { name: 'Loader' }),
    storedRun('b', { mode: 'sample', name: 'x' }),
    storedRun('c', { verdict: 'A lock of the loader.', name: 'y' })
  ]);
  const filter = view.node.querySelector('input');
  const type = (text: string) => {
    if (filter !== null) {
      filter.value = text;
      filter.dispatchEvent(new Event('input'));
    }
    return rows().map(row => row.dataset.runId);
  };
  rows()[1].click();
  expect(type('LOADER')).toEqual(['a', 'c']);
  // What is not seen is not picked: it would be deleted unseen.
  expect(picked()).toBe('');
  expect(view.node.textContent).toContain('2 of 3 runs');
  expect(rows()[0].tabIndex).toBe(0);
  expect(type('loader lock')).toEqual(['c']);
  expect(type('sample')).toEqual(['b']);
  expect(type('')).toEqual(['a', 'b', 'c']);
});

it('keeps the focus and the pick when runs come and go', async () => {
  await shown(five);
  view.focus();
  press('ArrowDown');
  const row = document.activeElement;
  store.runs = [storedRun('new'), ...five];
  await history.refresh();
  await painted();
  expect(
    rows()
      .map(each => each.dataset.runId)
      .join()
  ).toBe('new,a,b,c,d,e');
  expect(document.activeElement).toBe(row);
  expect(picked()).toBe('b');
  // What has the focus is deleted.
  await history.delete(['b']);
  await painted();
  expect((document.activeElement as HTMLElement).dataset.runId).toBe('c');
  expect(picked()).toBe('');
});

it('says what there is instead of runs', async () => {
  await shown([]);
  const visible = () =>
    [...view.node.children]
      .filter(node => !(node as HTMLElement).hidden)
      .map(node => node.textContent)
      .join(' ');
  expect(visible()).toContain('No run so far');
  store.failure = new Error('no network');
  await history.refresh();
  await painted();
  expect(visible()).toContain('The history can’t be read: no network');
  expect(visible()).not.toContain('No run so far');
});

it('touches of many rows only those that change', async () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    storedRun(`run-${index}`)
  );
  await shown(many);
  expect(rows()).toHaveLength(300);
  view.focus();
  const list = view.node.querySelector('[role=listbox]') ?? view.node;
  const touched: Node[] = [];
  const take = (records: MutationRecord[]): void => {
    touched.push(...records.map(({ target }) => target));
  };
  const observer = new MutationObserver(take);
  observer.observe(list, { attributes: true, childList: true, subtree: true });
  await history.refresh();
  await painted();
  expect(touched).toHaveLength(0);
  // The pick, the old stop of Tab, and the new one.
  press('ArrowDown');
  take(observer.takeRecords());
  expect(touched.map(row => rows().indexOf(row as HTMLElement))).toEqual([
    1, 0, 1
  ]);
  touched.length = 0;
  await history.rename('run-7', 'mine');
  await painted();
  expect(touched).toEqual([rows()[7]]);
  observer.disconnect();
});
