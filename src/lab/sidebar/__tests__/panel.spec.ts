import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { FakeStore, storedRun } from '../../history/__tests__/fake-store';
import { RunHistory } from '../../history/run-history';
import { FakeSocket, message, status } from '../../live/__tests__/fake-socket';
import type { LiveSpan } from '../../../viewer/live/live-controls';
import { LiveConnections } from '../../live/live-connections';
import { SidebarPanel } from '../panel';
import { currentKernel, FakeNotebooks, FakeSession } from './fake-notebooks';

const describedBy = { args: { type: 'object', properties: {} } };

let session: FakeSession;
let notebooks: FakeNotebooks;
let commands: CommandRegistry;
let store: FakeStore;
let panel: SidebarPanel;
let executed: unknown[];
let settings: { span: LiveSpan; opensPanel: boolean };

async function pass(ms = 1): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

/** How the server answers when it is asked by HTTP whether there is a live view. */
function answerWith(code: number): void {
  jest
    .spyOn(ServerConnection, 'makeRequest')
    .mockImplementation(() => Promise.resolve({ status: code } as Response));
}

function sockets(): FakeSocket[] {
  return FakeSocket.made.filter(socket => !socket.closed);
}

function live(): string {
  return panel.node.querySelector('.giltracer-Sidebar-live')?.textContent ?? '';
}

async function shown(): Promise<void> {
  Widget.attach(panel, document.body);
  await pass(20);
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  FakeSocket.made = [];
  session = new FakeSession('k');
  notebooks = new FakeNotebooks(session);
  commands = new CommandRegistry();
  executed = [];
  commands.addCommand('giltracer:open-run', {
    describedBy,
    execute: args => executed.push(args)
  });
  const server = ServerConnection.makeSettings({
    WebSocket: FakeSocket as unknown as typeof WebSocket
  });
  store = new FakeStore([]);
  settings = { span: 10, opensPanel: false };
  panel = new SidebarPanel({
    commands,
    kernel: currentKernel(notebooks),
    connections: new LiveConnections(server, () => true),
    history: new RunHistory(store),
    settings,
    trans: nullTranslator.load('giltracer')
  });
});

afterEach(() => {
  panel.dispose();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('costs nothing while it is hidden', async () => {
  panel.hide();
  await shown();
  await pass(10_000);
  expect(FakeSocket.made).toEqual([]);
  expect(store.asked).toEqual([]);
  panel.show();
  await pass(20);
  expect(sockets()).toHaveLength(1);
  expect(store.asked).toEqual(['page']);
  panel.hide();
  expect(sockets()).toEqual([]);
  await pass(300_000);
  expect(store.asked).toEqual(['page']);
  panel.show();
  await pass(20);
  expect(sockets()).toHaveLength(1);
});

it('shows runs that ended elsewhere while it is seen', async () => {
  await shown();
  expect(panel.node.textContent).toContain('No run so far');
  store.runs = [storedRun('terminal')];
  store.stamp = 'second';
  await pass(5050);
  expect(panel.node.textContent).toContain('run terminal');
  // Not before some seconds are over, and not while the page is hidden.
  store.asked.length = 0;
  await pass(15_000);
  expect(store.asked).toEqual(Array(3).fill('since second'));
  const seen = jest
    .spyOn(document, 'visibilityState', 'get')
    .mockReturnValue('hidden');
  await pass(60_000);
  expect(store.asked).toHaveLength(3);
  seen.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(store.asked).toHaveLength(4);
});

it('shows as much of the past as the settings say', async () => {
  settings.span = 30;
  await shown();
  const [socket] = sockets();
  socket.open();
  socket.say(message(1));
  await pass();
  const pressed = panel.node.querySelectorAll(
    '.giltracer-Live [aria-pressed=true]'
  );
  expect([...pressed].map(each => each.textContent)).toEqual(['30 s']);
});

it('opens by itself only if the settings say so, and leaves the focus alone', async () => {
  const cell = document.createElement('textarea');
  document.body.append(cell);
  cell.focus();
  store.runs = [storedRun('a')];
  const show = jest.fn(() => {
    panel.show();
    panel.activate();
  });
  panel.hide();
  await shown();
  panel.cellStarts(show);
  expect(show).not.toHaveBeenCalled();
  settings.opensPanel = true;
  panel.cellStarts(show);
  await pass(50);
  expect(panel.isVisible).toBe(true);
  expect(document.activeElement).toBe(cell);
  panel.cellStarts(show);
  expect(show).toHaveBeenCalledTimes(1);
  // Asked for, it takes the focus as ever.
  panel.activate();
  await pass(50);
  expect(panel.node.contains(document.activeElement)).toBe(true);
  cell.remove();
});

it('shows the run of the kernel, and its verdict when it has ended', async () => {
  await shown();
  const [socket] = sockets();
  socket.open();
  socket.say(status('waiting'));
  expect(live()).toContain('No cell is being traced. Put “%%giltracer” on');
  socket.say(message(1));
  await pass();
  expect(live()).toContain('Tracing…');
  expect(live()).not.toContain('No cell is being traced');
  const view = panel.node.querySelector('.giltracer-Live');
  socket.say(message(2));
  await pass();
  expect(panel.node.querySelector('.giltracer-Live')).toBe(view);
  // The result is there when the end is told, its trace is not.
  store.runs = [storedRun('run-1', { name: 'loops', writing: true })];
  socket.say(message(3, 'run-1', 'done'));
  await pass(50);
  expect(live()).toContain('Last run, loops: Two threads fight for the GIL.');
  expect(live()).not.toContain('Tracing…');
  const button = [...panel.node.querySelectorAll('button')].find(
    each => each.textContent === 'Open the result'
  );
  button?.click();
  expect(executed).toEqual([{ run: 'run-1' }]);
  // It stays in sight when the panel is folded and shown again, until the next run.
  panel.hide();
  panel.show();
  await pass(20);
  expect(live()).toContain('Last run, loops');
  sockets()[0].say(message(1, 'run-2'));
  await pass();
  expect(live()).not.toContain('Last run');
});

it('looks up the run that was cut short with its kernel', async () => {
  await shown();
  const [socket] = sockets();
  socket.say(message(1));
  await pass();
  session.become('restarting');
  await pass(20);
  expect(live()).toContain('The kernel is being restarted…');
  expect(live()).toContain('its result is not in the history (yet)');
  store.runs = [storedRun('run-1', { name: 'cut', state: 'partial' })];
  store.stamp = 'second';
  await pass(5050);
  expect(live()).toContain('Last run, cut: ');
  session.become('idle');
  await pass();
  expect(live()).toContain('Last run, cut: ');
});

it('goes on with a run whose bridge was out of reach for a moment', async () => {
  await shown();
  const [socket] = sockets();
  socket.say(message(1));
  socket.say(status('waiting'));
  await pass();
  expect(live()).not.toContain('Tracing…');
  socket.say(message(2));
  socket.say(message(3));
  await pass();
  expect(live()).toContain('Tracing…');
  expect(live()).not.toContain('Last run');
});

it('has one connection, to the kernel of the notebook that is shown', async () => {
  await shown();
  notebooks.show(new FakeSession('other'));
  await pass();
  expect(sockets().map(socket => socket.url.split('/').pop())).toEqual([
    'other'
  ]);
  notebooks.show();
  expect(sockets()).toEqual([]);
  expect(live()).toContain('No notebook is open');
});

it.each<[string, () => void, RegExp]>([
  ['no kernel', () => notebooks.show(new FakeSession()), /has no kernel/],
  ['a dead one', () => session.become('dead'), /has died/],
  ['a new one', () => session.become('starting'), /is starting/],
  [
    'another language',
    () => notebooks.show(new FakeSession('r', 'ir')),
    /runs R; giltracer traces Python only/
  ]
])('says so where there is %s', async (_, become, words) => {
  await shown();
  become();
  await pass();
  expect(live()).toMatch(words);
  expect(sockets()).toEqual([]);
});

it.each([
  [4501, /runs on another machine than the Jupyter server/],
  [4403, /Others may use the live view’s socket/],
  [4404, /The kernel has ended/]
])('says why the server closed with %i', async (code, words) => {
  await shown();
  const [socket] = sockets();
  socket.open();
  socket.end(code);
  await pass();
  expect(live()).toMatch(words);
});

it('says that the server has no live view, and asks it once', async () => {
  answerWith(404);
  await shown();
  sockets()[0].end(1006);
  await pass();
  expect(live()).toContain('This Jupyter server has no live view');
  panel.hide();
  panel.show();
  await pass(60_000);
  expect(FakeSocket.made).toHaveLength(1);
  expect(live()).toContain('This Jupyter server has no live view');
});

it('has buttons for the commands that there are', async () => {
  await shown();
  const labels = () =>
    [...panel.node.querySelectorAll('.giltracer-Sidebar-buttons button')].map(
      each => each.textContent
    );
  expect(labels()).toEqual([]);
  let enabled = false;
  commands.addCommand('giltracer:open-doctor', {
    describedBy,
    label: 'Doctor',
    execute: () => undefined
  });
  commands.addCommand('giltracer:trace-cell', {
    describedBy,
    label: 'Trace This Cell',
    caption: 'Adds or removes the magic',
    isEnabled: () => enabled,
    execute: () => executed.push('traced')
  });
  const added = commands.addCommand('giltracer:insert-example', {
    describedBy,
    label: 'Insert an Example',
    execute: () => undefined
  });
  await pass(20);
  expect(labels()).toEqual(['Trace This Cell', 'Doctor', 'Insert an Example']);
  const [trace] = panel.node.querySelectorAll<HTMLButtonElement>(
    '.giltracer-Sidebar-buttons button'
  );
  expect(trace.title).toBe('Adds or removes the magic');
  expect(trace.disabled).toBe(true);
  enabled = true;
  commands.notifyCommandChanged('giltracer:trace-cell');
  await pass(20);
  trace.click();
  expect(executed).toEqual(['traced']);
  added.dispose();
  await pass(20);
  expect(labels()).toEqual(['Trace This Cell', 'Doctor']);
});
