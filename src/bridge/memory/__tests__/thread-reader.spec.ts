/** Readings of one thread whose files and whose GIL say what a test wants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackReader } from '../../../core/cpython/stack-reader';
import { SleepKind } from '../../../core/threads/sampled/sleep-kind';
import { ThreadState } from '../../../core/threads/states';
import { CodeStacks } from '../code-stacks';
import { SampledBatches } from '../sampled-batches';
import { ThreadFiles } from '../thread-files';
import { ThreadReader } from '../thread-reader';
import { WatchedGil } from '../watched-gils';
import type { WatchedThread } from '../watched-threads';

const MS = 1_000_000;
const FUTEX = 202;
const STATE = 0x5000;

let folder: string;
let files: ThreadFiles;
let now: number;
let batches: SampledBatches;

const tell = (file: string, text: string): void =>
  writeFileSync(join(folder, file), text);

/** CPU time and time without a CPU in milliseconds, and turns. */
const schedule = (cpu: number, queued: number, turns: number): void =>
  tell('schedstat', `${cpu * MS} ${queued * MS} ${turns}\n`);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thread-'));
  tell('comm', 'a thread\n');
  tell('syscall', 'running\n');
  schedule(1, 0, 1);
  files = new ThreadFiles(folder);
  now = 0;
  batches = new SampledBatches();
});

afterEach(() => {
  files.close();
  rmSync(folder, { recursive: true });
});

function watched(gil?: WatchedGil): WatchedThread {
  return {
    index: 0,
    tid: 1,
    files,
    born: -Infinity,
    ended: false,
    state: 0,
    gil,
    listed: true,
    time: -Infinity,
    doing: ThreadState.Unknown,
    asleep: false,
    lock: 0,
    sleep: SleepKind.Other,
    stack: -1,
    gilTurn: -1,
    turns: -1,
    queuedNs: 0,
    queuedUntil: -Infinity
  };
}

/**
 * Of threads without a PyThreadState: no stack is read.
 * @param holder who has the GIL
 */
function readerOf(
  holder?: WatchedThread,
  gils: readonly WatchedGil[] = []
): ThreadReader {
  return new ThreadReader(
    { of: state => (state === STATE ? holder : undefined), gils },
    Object.create(StackReader.prototype) as StackReader,
    Object.create(CodeStacks.prototype) as CodeStacks,
    batches,
    64,
    FUTEX,
    () => now
  );
}

/** A GIL of STATE; each read asks whether it is locked. */
function gilThat(isLocked: () => boolean): WatchedGil {
  return new WatchedGil(
    (_, target) => {
      const view = new DataView(target.buffer, target.byteOffset);
      view.setBigUint64(0, BigInt(STATE), true);
      view.setInt32(8, isLocked() ? 1 : 0, true);
      view.setBigUint64(16, 7n, true);
      return target.length;
    },
    0,
    {
      address: 0x9000,
      locked: 0x9008,
      lastHolder: 0x9000,
      switchNumber: 0x9010,
      foundBy: 'scan'
    }
  );
}

it('one that sleeps on is not looked at again, one that had a turn is', () => {
  const thread = watched();
  const reader = readerOf();
  tell('syscall', '230 0x0 0x0\n');
  reader.read(thread);
  tell('syscall', 'running\n');
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.OffCpu);
  schedule(1, 0, 2);
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.Running);
});

it('where the kernel counts no turns, each sleeper is looked at', () => {
  const thread = watched();
  const reader = readerOf();
  schedule(0, 0, 0);
  tell('syscall', '230 0x0 0x0\n');
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.OffCpu);
  tell('syscall', 'running\n');
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.Running);
});

it('short waits for a CPU add up', () => {
  const thread = watched();
  const reader = readerOf();
  // 0.15 ms without a CPU each millisecond, after 50 ms before the run.
  for (let turn = 1; turn <= 100; turn++) {
    now = turn * MS;
    schedule(turn, 50 + 0.15 * turn, turn);
    reader.read(thread);
  }
  const { queued } = batches.take();
  let sum = 0;
  for (let at = 0; at < queued.length; at += 4) {
    sum += queued[at + 2] - queued[at + 1];
  }
  expect(sum / MS).toBeGreaterThan(14.5);
  expect(sum / MS).toBeLessThan(15.01);
});

it('one that has the GIL', () => {
  const thread = watched(gilThat(() => true));
  const reader = readerOf(thread);
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.RunningGil);
  tell('syscall', '230 0x0 0x0\n');
  schedule(1, 0, 2);
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.HoldingOffCpu);
});

it('what contradicts itself each time is given up', () => {
  let reads = 0;
  const thread = watched(gilThat(() => reads++ % 2 === 0));
  expect(readerOf(thread).read(thread)).toBe('torn');
  const { dropped, readings } = batches.take();
  expect(dropped).toBe(1);
  expect(readings.length).toBe(0);
  expect(thread.time).toBe(-Infinity);
});

it('what contradicts itself once is read again', () => {
  let reads = 0;
  const thread = watched(gilThat(() => reads++ > 0));
  expect(readerOf(thread).read(thread)).toBe('read');
  expect(thread.doing).toBe(ThreadState.RunningGil);
  expect(batches.take().dropped).toBe(0);
});

it('one that sleeps on a word of its GIL waits for it, on another one for a lock', () => {
  const gil = gilThat(() => true);
  const thread = watched(gil);
  const reader = readerOf(undefined, [gil]);
  tell('syscall', `${FUTEX} 0x9018 0x0\n`);
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.WaitingGil);
  schedule(1, 0, 2);
  tell('syscall', `${FUTEX} 0x4444 0x0\n`);
  reader.read(thread);
  expect(thread.doing).toBe(ThreadState.WaitingLock);
  expect(thread.lock).toBe(0x4444);
});

it('one that has just started, and is not known to take a GIL, waits for it', () => {
  const thread = watched();
  tell('syscall', `${FUTEX} 0x9018 0x0\n`);
  readerOf(undefined, [gilThat(() => true)]).read(thread);
  expect(thread.doing).toBe(ThreadState.WaitingGil);
});

it('one that has ended', () => {
  tell('syscall', '');
  expect(readerOf().read(watched())).toBe('gone');
  expect(batches.take().readings.length).toBe(0);
});
