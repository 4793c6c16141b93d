/** Which thread has which PyThreadState, in a process whose lists say what a test wants. */
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ThreadStateRecord } from '../../../core/cpython/thread-states';
import { SampledBatches } from '../sampled-batches';
import { WatchedThreads } from '../watched-threads';

const INTERPRETER = 0x1000;
const [A, B] = [0x5000, 0x6000];

/** This process has some threads of its own. */
const [first, second] = readdirSync('/proc/self/task').map(Number);

let lists: ThreadStateRecord[];
/** What stands in memory, the lists aside. */
let memory: ThreadStateRecord[];

const record = (threadState: number, nativeId: number): ThreadStateRecord => ({
  threadState,
  interpreter: INTERPRETER,
  threadId: nativeId,
  nativeId
});

function watch(): { threads: WatchedThreads; batches: SampledBatches } {
  const batches = new SampledBatches();
  const threads = new WatchedThreads(
    process.pid,
    { read: () => new Uint8Array(), readInto: () => 0 },
    {
      interpreter: { next: 0, threadsHead: 0 },
      foundBy: 'calibration'
    },
    {
      threadStates: () => lists,
      threadStateAt: state =>
        [...memory, ...lists].find(({ threadState }) => threadState === state)
    },
    batches,
    {
      address: 0x9000,
      lastHolder: 0x9000,
      locked: 0x9008,
      switchNumber: 0x9010,
      foundBy: 'calibration'
    }
  );
  return { threads, batches };
}

beforeEach(() => {
  lists = [record(A, first), record(B, second)];
  memory = [];
});

it('all threads are there, and those of Python have a GIL', () => {
  const { threads, batches } = watch();
  threads.list(0);
  expect(threads.of(A)?.tid).toBe(first);
  expect(threads.userOf(B)?.tid).toBe(second);
  expect(threads.all.length).toBeGreaterThanOrEqual(2);
  const gils = new Map(batches.take().threads.map(one => [one.tid, one.gil]));
  expect(gils.get(first)).toBe(0);
  expect([...gils.values()].filter(gil => gil < 0).length).toBe(
    threads.all.length - 2
  );
  threads.close();
});

it('a thread that has ended has no thread state', () => {
  const { threads } = watch();
  threads.list(0);
  const thread = threads.of(A);
  if (thread === undefined) {
    throw new Error('it is not there');
  }
  threads.remove(thread, 10);
  expect(threads.of(A)).toBeUndefined();
  expect(threads.of(B)?.tid).toBe(second);
  threads.close();
});

it('a thread state that another thread uses by now', () => {
  const { threads } = watch();
  lists = [record(A, first)];
  threads.list(0);
  const before = threads.of(A);
  memory = [record(A, second)];
  const user = threads.userOf(A);
  expect(user?.tid).toBe(second);
  expect(user?.state).toBe(A);
  expect(user?.gil?.index).toBe(0);
  expect(before?.state).toBe(0);
  expect(threads.of(A)).toBe(user);
  threads.close();
});

it('a thread state of a thread that is not known', () => {
  const { threads } = watch();
  threads.list(0);
  memory = [record(A, 2 ** 30)];
  expect(threads.userOf(A)).toBeUndefined();
  threads.close();
});

it('where the thread is not told, what the lists said counts', () => {
  const { threads } = watch();
  threads.list(0);
  memory = [record(A, -1)];
  expect(threads.userOf(A)?.tid).toBe(first);
  threads.close();
});

it('who is in no list twice runs no Python any more', () => {
  const { threads } = watch();
  threads.list(0);
  const thread = threads.of(A);
  lists = [record(B, second)];
  threads.list(1);
  expect(thread?.state).toBe(A);
  threads.list(2);
  expect(thread?.state).toBe(0);
  expect(thread?.gil).toBeUndefined();
  lists = [record(A, first), record(B, second)];
  threads.list(3);
  expect(thread?.state).toBe(A);
  expect(thread?.gil?.index).toBe(0);
  threads.close();
});

it('a thread began, and ended, since their number was last that of the list', async () => {
  const { threads, batches } = watch();
  threads.list(0);
  batches.take();
  expect(threads.haveChanged(500)).toBe(false);
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await new Promise(resolve => worker.once('online', resolve));
  expect(threads.haveChanged(600)).toBe(true);
  threads.list(600);
  const { threads: met } = batches.take();
  expect(met.length).toBeGreaterThan(0);
  expect(new Set(met.map(({ born }) => born))).toEqual(new Set([550]));
  expect(threads.haveChanged(900)).toBe(false);
  await worker.terminate();
  threads.list(1000);
  const { ended } = batches.take();
  expect(ended.length).toBeGreaterThan(0);
  expect(ended[1]).toBe(950);
  threads.close();
});
