import { ServerConnection } from '@jupyterlab/services';
import type { ILiveShare } from '../live-connections';
import { LiveConnections } from '../live-connections';
import { FakeSocket, message, status } from './fake-socket';

let shares: ILiveShare[];
let hidden: boolean;

function settings(more: Partial<ServerConnection.ISettings> = {}) {
  return ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/user/me/',
    wsUrl: 'ws://localhost:8888/user/me/',
    token: 'a&b',
    appendToken: false,
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    ...more
  });
}

function connections(
  more: Partial<ServerConnection.ISettings> = {}
): LiveConnections {
  return new LiveConnections(settings(more), id => id === 'kernel-1');
}

function acquire(from: LiveConnections, id = 'kernel-1'): ILiveShare {
  const share = from.acquire(id);
  if (share === undefined) {
    throw new Error('no connection');
  }
  shares.push(share);
  return share;
}

async function pass(ms = 1): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

function setHidden(value: boolean): void {
  hidden = value;
  document.dispatchEvent(new Event('visibilitychange'));
}

/** How the server answers when it is asked by HTTP. */
function answerWith(status: number | Error): jest.SpyInstance {
  return jest
    .spyOn(ServerConnection, 'makeRequest')
    .mockImplementation(() =>
      status instanceof Error
        ? Promise.reject(status)
        : Promise.resolve({ status } as Response)
    );
}

beforeEach(() => {
  jest.useFakeTimers();
  FakeSocket.made = [];
  shares = [];
  hidden = false;
  jest.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
});

afterEach(() => {
  for (const share of shares) {
    share.dispose();
  }
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('a live connection', () => {
  it.each([
    [false, 'ws://localhost:8888/user/me/giltracer/live/kernel-1'],
    [true, 'ws://localhost:8888/user/me/giltracer/live/kernel-1?token=a%26b']
  ])(
    'goes to the server’s own address; token: %s',
    async (appendToken, url) => {
      acquire(connections({ appendToken }));
      await pass();
      expect(FakeSocket.made.map(socket => socket.url)).toEqual([url]);
    }
  );

  it('is one for all views of a kernel, and closed with the last one', async () => {
    const pool = connections();
    const first = acquire(pool);
    const second = acquire(pool);
    const other = acquire(pool, 'kernel-2');
    expect(second.connection).toBe(first.connection);
    expect(other.connection).not.toBe(first.connection);
    await pass();
    const [socket] = FakeSocket.made;
    first.dispose();
    first.dispose();
    expect(socket.closed).toBe(false);
    second.dispose();
    expect(socket.closed).toBe(true);
    await pass(120_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('keeps the run that it is told of, and tells of a new one', async () => {
    const { connection } = acquire(connections());
    let changes = 0;
    connection.changed.connect(() => changes++);
    await pass();
    const [socket] = FakeSocket.made;
    socket.open();
    expect(connection.state).toBe('connecting');
    socket.say(status('waiting'));
    expect(connection.state).toBe('waiting');
    socket.say(status('connected'));
    socket.say(message(1));
    const { run } = connection;
    expect([connection.state, run?.id]).toEqual(['connected', 'run-1']);
    const before = changes;
    socket.say(message(2));
    expect(connection.run).toBe(run);
    expect(run?.latest?.frame).toBe(2);
    expect(changes).toBe(before);
    socket.say(message(1, 'run-2'));
    expect(connection.run?.id).toBe('run-2');
    expect(changes).toBe(before + 1);
  });

  it.each([
    ['null'],
    ['{'],
    ['"text"'],
    ['[]'],
    ['{}'],
    ['{"format": "giltracer-live-status", "state": "<b>"}'],
    ['{"format": "giltracer-live", "version": 1}'],
    [JSON.stringify({ ...message(1), until_ns: 'late' })],
    [JSON.stringify({ ...message(1), version: 99 })],
    ['['.repeat(1_000_000)],
    [new ArrayBuffer(8)],
    [undefined]
  ])('leaves out what it does not understand: %.60s', async data => {
    const { connection } = acquire(connections());
    await pass();
    FakeSocket.made[0].open();
    expect(() => FakeSocket.made[0].onmessage({ data })).not.toThrow();
    expect(connection.run).toBeUndefined();
    expect(connection.state).toBe('connecting');
  });

  it('comes back after pauses that grow', async () => {
    answerWith(new Error('offline'));
    const { connection } = acquire(connections());
    await pass();
    FakeSocket.made[0].open();
    FakeSocket.made[0].say(status('connected'));
    await pass(60_000);
    FakeSocket.made[0].end(1006);
    expect(connection.state).toBe('lost');
    const times: number[] = [];
    for (let tried = 1; tried < 6; tried++) {
      const from = Date.now();
      while (FakeSocket.made.length === tried) {
        await pass(100);
      }
      times.push(Date.now() - from);
      FakeSocket.made[tried].end(1006);
    }
    expect(times[0]).toBeLessThanOrEqual(2000);
    expect(times[4]).toBeGreaterThan(times[0]);
    expect(Math.max(...times)).toBeLessThanOrEqual(31_000);
    expect(connection.state).toBe('lost');
  });

  it('is closed while the page is hidden, and made anew when it is seen', async () => {
    const { connection } = acquire(connections());
    await pass();
    const [socket] = FakeSocket.made;
    socket.open();
    socket.say(message(1));
    setHidden(true);
    expect(socket.closed).toBe(true);
    expect(connection.state).toBe('paused');
    await pass(120_000);
    expect(FakeSocket.made).toHaveLength(1);
    setHidden(false);
    await pass();
    expect(FakeSocket.made).toHaveLength(2);
    FakeSocket.made[1].open();
    FakeSocket.made[1].say(message(51));
    expect(connection.state).toBe('connected');
    expect(connection.run?.missed).toBe(49);
  });

  it.each([
    [4404, 'ended'],
    [4501, 'unavailable'],
    [4403, 'unavailable']
  ])('ends for good with %i', async (code, state) => {
    const { connection } = acquire(connections());
    await pass();
    FakeSocket.made[0].open();
    FakeSocket.made[0].end(code);
    expect(connection.state).toBe(state);
    await pass(120_000);
    setHidden(true);
    setHidden(false);
    await pass(120_000);
    expect(FakeSocket.made).toHaveLength(1);
  });

  it('asks a server without the route once, and never again', async () => {
    const asked = answerWith(404);
    const pool = connections();
    const { connection } = acquire(pool);
    await pass();
    FakeSocket.made[0].end(1006);
    await pass();
    expect(connection.state).toBe('unavailable');
    await pass(120_000);
    expect(pool.acquire('kernel-1')).toBeUndefined();
    expect(FakeSocket.made).toHaveLength(1);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked.mock.calls[0][0]).toBe(
      'http://localhost:8888/user/me/giltracer/live/kernel-1'
    );
  });

  it('does not take a kernel that is gone for a server without the route', async () => {
    answerWith(404);
    const pool = connections();
    const { connection } = acquire(pool, 'gone');
    await pass();
    FakeSocket.made[0].end(1006);
    await pass();
    expect(connection.state).toBe('unavailable');
    expect(pool.acquire('kernel-1')).toBeDefined();
  });
});
