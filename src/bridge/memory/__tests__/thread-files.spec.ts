import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { NO_CALL, RUNNING } from '../../../core/threads/sampled/activity';
import { ThreadFiles } from '../thread-files';

type Program = ChildProcessByStdio<null, Readable, null>;

/** Runs a program until it says something. */
async function started(program: string): Promise<Program> {
  const child = spawn('python3', ['-c', program], {
    stdio: ['ignore', 'pipe', 'inherit']
  });
  await new Promise(resolve => child.stdout.once('data', resolve));
  return child;
}

async function reading<Value>(
  program: string,
  read: (files: ThreadFiles) => Value
): Promise<Value> {
  const child = await started(program);
  const pid = child.pid ?? 0;
  const files = new ThreadFiles(`/proc/${pid}/task/${pid}`);
  try {
    await new Promise(resolve => setTimeout(resolve, 200));
    return read(files);
  } finally {
    files.close();
    child.kill('SIGKILL');
  }
}

it('a thread that sleeps', async () => {
  const calls = await reading(
    'import time; print(1, flush=True); time.sleep(60)',
    files => {
      expect(files.comm).toBe('python3');
      expect(files.readCall()).toBe(true);
      expect(files.readSchedule()).toBe(true);
      const { turns } = files;
      files.readSchedule();
      expect(files.turns).toBe(turns);
      expect(files.cpuNs).toBeGreaterThan(1e6);
      return files.call;
    }
  );
  // clock_nanosleep, or select before Python 3.11.
  expect([230, 23, 115]).toContain(calls);
});

it('a thread that waits for a lock tells its address', async () => {
  const address = await reading(
    'import threading; l = threading.Lock(); l.acquire(); print(1, flush=True); l.acquire()',
    files => {
      files.readCall();
      expect([202, 98]).toContain(files.call);
      return files.argument;
    }
  );
  expect(address).toBeGreaterThan(4096);
  expect(address).toBeLessThan(2 ** 47);
});

it('a thread that runs', async () => {
  const calls = await reading('print(1, flush=True)\nwhile True: pass', files =>
    Array.from({ length: 20 }, () => {
      files.readCall();
      return files.call;
    })
  );
  expect(calls.filter(call => call === RUNNING).length).toBeGreaterThan(10);
  expect(calls).not.toContain(NO_CALL);
});

it('a thread that has ended', async () => {
  const child = await started('print(1, flush=True); input()');
  const pid = child.pid ?? 0;
  const files = new ThreadFiles(`/proc/${pid}/task/${pid}`);
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(files.readCall()).toBe(false);
  expect(files.readSchedule()).toBe(false);
  files.close();
  expect(() => new ThreadFiles(`/proc/${pid}/task/${pid}`)).toThrow('ENOENT');
});
