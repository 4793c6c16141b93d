import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WebSocket } from 'ws';

import { LiveSocket } from '../live-socket';

let folder: string;
const opened: LiveSocket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giltracer-socket-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map(socket => socket.close()));
  rmSync(folder, { recursive: true });
});

async function open(name = 'kernel-1.json'): Promise<LiveSocket> {
  const socket = await LiveSocket.open(join(folder, name));
  opened.push(socket);
  return socket;
}

const path = (): string => join(folder, 'kernel-1.giltracer.sock');

async function connected(at = path()): Promise<WebSocket> {
  const client = new WebSocket(`ws+unix://${at}:/`);
  await new Promise((resolve, reject) => {
    client.once('open', resolve);
    client.once('error', reject);
  });
  return client;
}

function closeCode(client: WebSocket): Promise<number> {
  return new Promise(resolve => client.once('close', resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) {
      throw new Error('it did not come to that');
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('the file', () => {
  it('is a socket for its owner only, whatever the umask, and goes with it', async () => {
    const before = process.umask(0);
    try {
      const socket = await open();
      expect(process.umask(0)).toBe(0);
      const { mode } = lstatSync(path());
      expect((mode & 0o777).toString(8)).toBe('600');
      expect(lstatSync(path()).isSocket()).toBe(true);
      await socket.close();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      process.umask(before);
    }
  });

  it('lies in a private folder where its path would be too long', async () => {
    const long = 'x'.repeat(120);
    mkdirSync(join(folder, long));
    const socket = await open(join(long, 'kernel-1.json'));
    const named = join(folder, long, 'kernel-1.giltracer.json');
    expect((lstatSync(named).mode & 0o777).toString(8)).toBe('600');
    const { socket: at } = JSON.parse(readFileSync(named, 'utf8')) as {
      socket: string;
    };
    expect((lstatSync(at).mode & 0o777).toString(8)).toBe('600');
    expect((lstatSync(dirname(at)).mode & 0o777).toString(8)).toBe('700');
    (await connected(at)).terminate();
    await socket.close();
    expect(existsSync(named)).toBe(false);
    expect(existsSync(dirname(at))).toBe(false);
  });

  it('takes the place of a socket that nobody serves', async () => {
    // Renamed, so that its end leaves the file behind, as kill -9 does.
    const elsewhere = join(folder, 'dead.sock');
    const dead = createServer().listen(elsewhere);
    await new Promise(resolve => dead.once('listening', resolve));
    renameSync(elsewhere, path());
    await new Promise(resolve => dead.close(resolve));
    expect(lstatSync(path()).isSocket()).toBe(true);
    await open();
    (await connected()).terminate();
  });

  it('is left to a bridge that serves it, and to whatever is no socket', async () => {
    await open();
    const { ino } = lstatSync(path());
    await expect(open()).rejects.toThrow(/another bridge/);
    expect(lstatSync(path()).ino).toBe(ino);
    (await connected()).terminate();

    const link = join(folder, 'kernel-2.giltracer.sock');
    symlinkSync(path(), link);
    await expect(open('kernel-2.json')).rejects.toThrow(/none of giltracer/);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    await expect(LiveSocket.open('kernel-3.json')).rejects.toThrow(/absolute/);
    await expect(open('no/such/folder/k.json')).rejects.toThrow();
  });

  it('is not removed if another has taken its place', async () => {
    const socket = await open();
    rmSync(path());
    writeFileSync(path(), 'another');
    await socket.close();
    expect(readFileSync(path(), 'utf8')).toBe('another');
  });
});

describe('readers', () => {
  it('are told what is sent, each of them', async () => {
    const socket = await open();
    const got: string[][] = [[], []];
    for (const own of got) {
      const client = await connected();
      client.on('message', data => own.push((data as Buffer).toString()));
    }
    await until(() => socket.readers.size === 2);
    for (const reader of socket.readers) {
      expect(reader.isReady()).toBe(true);
      reader.send('a');
      reader.send('b');
    }
    await until(() => got.every(own => own.length === 2));
    expect(got).toEqual([
      ['a', 'b'],
      ['a', 'b']
    ]);
  });

  it('say nothing', async () => {
    const socket = await open();
    const talker = await connected();
    talker.send('hello');
    expect(await closeCode(talker)).toBe(1003);
    const shouter = await connected();
    shouter.send('x'.repeat(100_000));
    expect(await closeCode(shouter)).toBe(1009);
    const pinger = await connected();
    pinger.ping();
    expect(await closeCode(pinger)).toBe(1008);
    await until(() => socket.readers.size === 0);
  });

  it('that do not read cost what one frame is, and are disconnected', async () => {
    const socket = await open();
    const client = await connected();
    client.pause();
    await until(() => socket.readers.size === 1);
    const [reader] = socket.readers;
    const frame = 'x'.repeat(100_000);
    let sent = 0;
    const clock = jest.spyOn(Date, 'now');
    const began = Date.now();
    for (let tick = 0; tick < 400; tick++) {
      clock.mockReturnValue(began + tick * 50);
      if (reader.isReady()) {
        reader.send(frame);
        sent++;
      }
      await new Promise(setImmediate);
    }
    clock.mockRestore();
    // What the kernel's buffers take, and one frame in ours.
    expect(sent).toBeLessThan(20);
    await until(() => socket.readers.size === 0);
    client.terminate();
  });

  it('are told that the bridge ends', async () => {
    const socket = await open();
    const client = await connected();
    const code = closeCode(client);
    await socket.close();
    expect(await code).toBe(1001);
  });
});
