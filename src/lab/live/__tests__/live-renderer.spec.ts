import { MimeModel } from '@jupyterlab/rendermime';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { BUNDLE_MIME_TYPE } from '../../../core/trace/bundle';
import { sampleBundle, samplePlaceholder } from '../../__tests__/sample-bundle';
import {
  ASK_STORE_AFTER_MS,
  LOOK_EVERY_MS,
  MOST_LOOKS,
  RunRenderer
} from '../../renderer/run-renderer';
import type { StoreAnswer } from '../../renderer/run-store';
import type { WatchedKernelState } from '../kernel-watch';
import { LiveConnections } from '../live-connections';
import { FakeSocket, message } from './fake-socket';

let kernelState: WatchedKernelState;
let kernelChanged: Signal<object, void>;
let watched: [Node, string][];
let asked: string[];
let answers: StoreAnswer[];
let renderers: RunRenderer[];
let connections: LiveConnections;

function renderer(): RunRenderer {
  const made = new RunRenderer({
    trans: nullTranslator.load('giltracer'),
    mimeType: BUNDLE_MIME_TYPE,
    store: {
      load: runId => {
        asked.push(runId);
        return Promise.resolve(answers.shift() ?? { kind: 'absent' });
      }
    },
    live: {
      kernels: {
        watch: (node, id) => {
          watched.push([node, id]);
          return {
            get state() {
              return kernelState;
            },
            changed: kernelChanged,
            dispose: () => {}
          };
        }
      },
      connections
    },
    liveSpan: () => 2
  });
  renderers.push(made);
  return made;
}

/** A run of this kernel that has just begun. */
function running() {
  const { run, ...rest } = samplePlaceholder();
  const started = new Date(Date.now()).toISOString();
  return { ...rest, run: { ...run, kernel_id: 'k', started_at: started } };
}

function model(json: unknown, trusted = true): MimeModel {
  const data = { [BUNDLE_MIME_TYPE]: json as ReadonlyPartialJSONValue };
  return new MimeModel({ trusted, data });
}

async function pass(ms = 1): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

async function shown(json: unknown, trusted = true): Promise<RunRenderer> {
  const widget = renderer();
  await widget.renderModel(model(json, trusted));
  Widget.attach(widget, document.body);
  await pass();
  return widget;
}

/** Tell that the run goes on, ten times a second. */
async function goOn(seconds: number): Promise<void> {
  const [socket] = FakeSocket.made;
  for (let number = 1; number <= 10 * seconds; number++) {
    socket.say(message(number));
    await pass(100);
  }
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  FakeSocket.made = [];
  kernelState = 'running';
  kernelChanged = new Signal<object, void>({});
  watched = [];
  asked = [];
  answers = [];
  renderers = [];
  const settings = ServerConnection.makeSettings({
    WebSocket: FakeSocket as unknown as typeof WebSocket
  });
  connections = new LiveConnections(settings, () => true);
});

afterEach(() => {
  for (const widget of renderers) {
    widget.dispose();
  }
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('looks for the kernel of its own place, once it has one', async () => {
  const widget = renderer();
  await widget.renderModel(model(running()));
  expect(watched).toEqual([]);
  Widget.attach(widget, document.body);
  expect(watched).toEqual([[widget.node, 'k']]);
});

it.each([
  ['the notebook is not trusted', running, false],
  ['the run has ended', sampleBundle, true],
  ['the run does not say which kernel it is of', samplePlaceholder, true]
])('makes no connection if %s', async (_, json, trusted) => {
  await shown(json(), trusted);
  await pass(60_000);
  expect(FakeSocket.made).toEqual([]);
  expect(watched).toEqual([]);
});

it('makes no connection for another notebook’s kernel', async () => {
  kernelState = 'foreign';
  await shown(running());
  await pass(60_000);
  expect(FakeSocket.made).toEqual([]);
});

it('makes no connection any more once the notebook is not trusted', async () => {
  const widget = await shown(running());
  expect(FakeSocket.made).toHaveLength(1);
  await widget.renderModel(model(running(), false));
  expect(FakeSocket.made[0].closed).toBe(true);
  await pass(60_000);
  expect(FakeSocket.made).toHaveLength(1);
});

it('shares a connection, and lets go of it out of the page', async () => {
  const one = await shown(running());
  const two = await shown(running());
  expect(FakeSocket.made).toHaveLength(1);
  Widget.detach(one);
  expect(FakeSocket.made[0].closed).toBe(false);
  Widget.detach(two);
  expect(FakeSocket.made[0].closed).toBe(true);
  Widget.attach(one, document.body);
  await pass();
  expect(FakeSocket.made).toHaveLength(2);
});

it('is live, and does not ask the store for what goes on', async () => {
  // Reloaded in mid-cell: the run began a minute ago.
  const placeholder = running();
  await pass(60_000);
  const widget = await shown(placeholder);
  FakeSocket.made[0].open();
  await goOn(8);
  expect(widget.node.textContent).toContain('live');
  expect(asked).toEqual([]);
  // As much of the past as the settings say.
  const pressed = widget.node.querySelectorAll('[aria-pressed=true]');
  expect([...pressed].map(each => each.textContent)).toEqual(['2 s']);
});

it('looks for the result that the kernel told nobody, until it is there', async () => {
  answers = [{ kind: 'absent' }, { kind: 'found', json: sampleBundle('late') }];
  const widget = await shown(running());
  FakeSocket.made[0].open();
  await goOn(1);
  FakeSocket.made[0].say(message(11, 'run-1', 'done'));
  await pass(ASK_STORE_AFTER_MS - 1);
  expect(asked).toEqual([]);
  await pass(1);
  expect(asked).toEqual(['run-1']);
  expect(widget.node.textContent).not.toContain('No result');
  await pass(LOOK_EVERY_MS);
  expect(widget.node.textContent).toContain('late');
  expect(FakeSocket.made[0].closed).toBe(true);
  await pass(60_000);
  expect(asked).toHaveLength(2);
});

it('does not ask if the kernel tells', async () => {
  const widget = await shown(running());
  FakeSocket.made[0].open();
  await goOn(1);
  FakeSocket.made[0].say(message(11, 'run-1', 'done'));
  await pass(1000);
  await widget.renderModel(model(sampleBundle('told')));
  await pass(60_000);
  expect(asked).toEqual([]);
  expect(widget.node.textContent).toContain('told');
});

it('says that the kernel was restarted, and shows what was saved', async () => {
  answers = [
    { kind: 'absent' },
    { kind: 'found', json: sampleBundle('saved') }
  ];
  const widget = await shown(running());
  FakeSocket.made[0].open();
  await goOn(1);
  kernelState = 'restarted';
  kernelChanged.emit();
  await pass();
  expect(widget.node.textContent).toContain(
    'The kernel was restarted: this run has ended; its partial result is looked up.'
  );
  await pass(LOOK_EVERY_MS);
  expect(widget.node.textContent).toContain('saved');
});

it('gives up after a while, and leaves it to the reader', async () => {
  const widget = await shown(running());
  kernelState = 'died';
  kernelChanged.emit();
  await pass(MOST_LOOKS * LOOK_EVERY_MS + 60_000);
  expect(asked).toHaveLength(MOST_LOOKS);
  expect(widget.node.textContent).toContain('No result so far');
  widget.node.querySelector('button')?.click();
  await pass();
  expect(asked).toHaveLength(MOST_LOOKS + 1);
});
