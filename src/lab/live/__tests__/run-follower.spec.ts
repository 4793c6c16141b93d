import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { LiveRun } from '../../../viewer/live/live-run';
import type { WatchedKernelState } from '../kernel-watch';
import { LiveConnections } from '../live-connections';
import { RunFollower, SILENCE_MS } from '../run-follower';
import { FakeSocket, message, status } from './fake-socket';

class FakeKernel {
  readonly changed = new Signal<this, void>(this);
  disposed = false;

  constructor(public state: WatchedKernelState) {}

  become(state: WatchedKernelState): void {
    this.state = state;
    this.changed.emit();
  }

  dispose(): void {
    this.disposed = true;
  }
}

interface Followed {
  follower: RunFollower;
  kernel: FakeKernel;
  ends: string[];
  states: string[];
  runs: LiveRun[];
}

let followers: RunFollower[];

async function follow(state: WatchedKernelState): Promise<Followed> {
  const kernel = new FakeKernel(state);
  const ends: string[] = [];
  const states: string[] = [];
  const runs: LiveRun[] = [];
  const settings = ServerConnection.makeSettings({
    WebSocket: FakeSocket as unknown as typeof WebSocket
  });
  const { run } = message(1);
  const follower = new RunFollower({
    kernels: { watch: () => kernel },
    connections: new LiveConnections(settings, () => true),
    run: { ...run, state: 'running', kernel_id: 'kernel-1' },
    node: document.body,
    view: {
      watch: live => runs.push(live),
      setConnection: connection => states.push(connection)
    },
    onEnd: why => ends.push(why)
  });
  followers.push(follower);
  await pass();
  return { follower, kernel, ends, states, runs };
}

async function pass(ms = 1): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

beforeEach(() => {
  jest.useFakeTimers();
  FakeSocket.made = [];
  followers = [];
});

afterEach(() => {
  for (const follower of followers) {
    follower.dispose();
  }
  jest.useRealTimers();
});

it.each<WatchedKernelState>(['foreign', 'starting', 'restarted', 'died'])(
  'makes no connection to a kernel that is %s',
  async state => {
    await follow(state);
    await pass(60_000);
    expect(FakeSocket.made).toEqual([]);
  }
);

it('connects once the kernel is known to be the notebook’s', async () => {
  const { kernel } = await follow('starting');
  kernel.become('running');
  await pass();
  expect(FakeSocket.made).toHaveLength(1);
});

it('shows the frames of its run, and says where they come from', async () => {
  const { follower, states, runs, ends } = await follow('running');
  const [socket] = FakeSocket.made;
  socket.open();
  socket.say(status('connected'));
  expect(follower.isLive).toBe(false);
  socket.say(message(1));
  expect(follower.isLive).toBe(true);
  expect(runs.map(({ id }) => id)).toEqual(['run-1']);
  expect(states[states.length - 1]).toBe('live');
  for (let number = 2; number < 50; number++) {
    await pass(200);
    socket.say(message(number));
  }
  expect(ends).toEqual([]);
});

it('tells that the run has ended: a frame says so', async () => {
  const { ends } = await follow('running');
  const [socket] = FakeSocket.made;
  socket.open();
  socket.say(message(1));
  socket.say(message(2, 'run-1', 'done'));
  socket.say(message(3, 'run-1', 'done'));
  expect(ends).toEqual(['told']);
});

it('tells that the run seems to have ended: nobody speaks of it', async () => {
  const { ends, follower } = await follow('running');
  const [socket] = FakeSocket.made;
  socket.open();
  socket.say(message(1));
  await pass(SILENCE_MS + 2000);
  expect(ends).toEqual(['silent']);
  expect(follower.isLive).toBe(false);
  socket.say(message(2));
  expect(follower.isLive).toBe(true);
  await pass(SILENCE_MS + 2000);
  expect(ends).toEqual(['silent', 'silent']);
});

it('tells that the run has ended: another one goes on', async () => {
  const { ends, runs } = await follow('running');
  const [socket] = FakeSocket.made;
  socket.open();
  for (let number = 1; number < 20; number++) {
    socket.say(message(number, 'run-2'));
    await pass(100);
  }
  expect(runs).toEqual([]);
  expect(ends).toEqual(['silent']);
});

it.each(['restarted', 'died'] as const)(
  'tells that the kernel was %s, and lets go of it',
  async state => {
    const { kernel, ends, states } = await follow('running');
    const [socket] = FakeSocket.made;
    socket.open();
    socket.say(message(1));
    kernel.become(state);
    expect(ends).toEqual([state]);
    expect(states[states.length - 1]).toBe('off');
    expect(socket.closed).toBe(true);
  }
);

it('lets go of everything', async () => {
  const { follower, kernel, runs } = await follow('running');
  const [socket] = FakeSocket.made;
  socket.open();
  socket.say(message(1));
  follower.dispose();
  expect(socket.closed).toBe(true);
  expect(kernel.disposed).toBe(true);
  expect(runs).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});
