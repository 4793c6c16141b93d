import { dismissDialog, waitForDialog } from '@jupyterlab/testing';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { addHistoryCommands, HistoryCommands } from '../commands';
import { RunHistory } from '../run-history';
import { FakeStore, storedRun } from './fake-store';

let store: FakeStore;
let history: RunHistory;
let commands: CommandRegistry;
let picked: string[];
let opened: string[];

beforeEach(async () => {
  // Jupyter's error dialogs write there, too.
  jest.spyOn(console, 'warn').mockReturnValue();
  store = new FakeStore([storedRun('a'), storedRun('b')]);
  history = new RunHistory(store);
  commands = new CommandRegistry();
  picked = [];
  opened = [];
  addHistoryCommands(commands, {
    history,
    picked: () => history.runs.filter(run => picked.includes(run.id)),
    open: run => opened.push(run),
    trans: nullTranslator.load('giltracer')
  });
  await history.refresh();
});

afterEach(() => jest.restoreAllMocks());

/** Press a button of the dialog that is open. */
async function answer(label: string): Promise<string> {
  await waitForDialog();
  const dialog = document.querySelector('.jp-Dialog');
  const text = dialog?.textContent ?? '';
  const button = [...(dialog?.querySelectorAll('button') ?? [])].find(
    each => each.textContent === label
  );
  button?.click();
  return text;
}

it('are told of: label, caption and arguments', async () => {
  for (const id of Object.values(HistoryCommands)) {
    expect(commands.label(id)).not.toBe('');
    expect(commands.caption(id)).not.toBe('');
    expect((await commands.describedBy(id)).args).toHaveProperty('properties');
  }
});

it('are about the picked run, or the one that is named', async () => {
  const { open, rename } = HistoryCommands;
  expect(commands.isEnabled(open)).toBe(false);
  expect(commands.isEnabled(rename, { run: 'b' })).toBe(true);
  picked = ['a', 'b'];
  expect(commands.isEnabled(open)).toBe(false);
  expect(commands.isEnabled(HistoryCommands.delete)).toBe(true);
  picked = ['a'];
  await commands.execute(open);
  await commands.execute(open, { run: 'b' });
  expect(opened).toEqual(['a', 'b']);
  await commands.execute(rename, { name: 'mine' });
  expect(history.find('a')?.name).toBe('mine');
});

it('ask before they delete, and say what they could not', async () => {
  picked = ['a', 'b'];
  const kept = commands.execute(HistoryCommands.delete);
  expect(await answer('Cancel')).toContain('2 runs (2 KiB) are deleted');
  await kept;
  expect(history.runs).toHaveLength(2);
  store.kept = ['b'];
  const deleted = commands.execute(HistoryCommands.delete);
  expect(await answer('Delete')).toContain('It can’t be undone');
  await waitForDialog();
  expect(document.querySelector('.jp-Dialog')?.textContent).toContain(
    'run b: this run is still being written'
  );
  await dismissDialog();
  await deleted;
  expect(history.runs.map(run => run.id)).toEqual(['b']);
});

it('ask for a name, beginning with the one it has', async () => {
  const renamed = commands.execute(HistoryCommands.rename, { run: 'b' });
  await waitForDialog();
  const input = document.querySelector<HTMLInputElement>('.jp-Dialog input');
  expect(input?.value).toBe('run b');
  if (input !== null) {
    input.value = 'other';
  }
  await answer('Rename');
  await renamed;
  expect(history.find('b')?.name).toBe('other');
});

it('tell why a run has no other name', async () => {
  const failed = commands.execute(HistoryCommands.rename, {
    run: 'gone',
    name: 'x'
  });
  await waitForDialog();
  expect(document.querySelector('.jp-Dialog')?.textContent).toContain(
    'no such run'
  );
  await dismissDialog();
  await failed;
});
