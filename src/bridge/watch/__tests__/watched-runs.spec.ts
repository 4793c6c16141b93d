/** A run on a process of whose debug registers some are in use. */
import { spawn, type ChildProcess } from 'child_process';
import { once } from 'events';
import { createInterface } from 'readline';
import { pythonBuilds } from '../../../core/binary/__tests__/pythons';
import { WaitKind } from '../../../core/threads/result';
import { usersRights } from '../../perf/perf-rights';
import { EventCapture } from '../../perf/event-capture';
import { findPerf } from '../../perf/find-perf';
import type { HelloRequest } from '../../protocol/messages';
import type { Recorded } from '../../run/run-recording';
import { readFileMappings } from '../../target/process';
import { WatchedRuns } from '../watched-runs';

const PROGRAM = `
import os, sys, threading, time
def compute(until):
    while time.monotonic() < until: pass
print(os.getpid(), flush=True)
sys.stdin.readline()
begin = time.monotonic_ns()
until = time.monotonic() + 0.5
threads = [threading.Thread(target=compute, args=(until,)) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(begin, time.monotonic_ns(), flush=True)
sys.stdin.readline()
`;

const [build] = pythonBuilds();

let child: ChildProcess;

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Records the program while so many of its watchpoints are somebody else's. */
async function record(taken: number): Promise<Recorded> {
  const python = spawn(build.executable, ['-c', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit']
  });
  child = python;
  const lines = createInterface({ input: python.stdout })[
    Symbol.asyncIterator
  ]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  const pid = Number(await line());
  const hello: HelloRequest = {
    id: 1,
    op: 'hello',
    protocol: 1,
    pid,
    python: build.executable,
    python_version: build.version,
    implementation: 'CPython',
    free_threaded: false,
    gil_enabled: true,
    switch_interval_ns: 5_000_000,
    run_store: '',
    environment: {}
  };
  const word = readFileMappings(pid)[0].start;
  const other = new EventCapture({
    perf: findPerf(),
    pid,
    events: Array.from(
      { length: taken },
      (_, i) => `mem:0x${(word + 8 * i).toString(16)}/4:w:u`
    ),
    schedulerStates: false,
    rights: usersRights(1),
    onBatch: () => undefined
  });
  await other.attach();
  try {
    const runs = new WatchedRuns(hello, () => undefined);
    const run = await runs.start({
      id: 2,
      op: 'start',
      run: { id: 'run', name: '' },
      states: false
    });
    expect(run.mode).toBe('watch');
    python.stdin.write('\n');
    const [begin, end] = (await line()).split(' ').map(BigInt);
    const recorded = await run.finish(begin, end);
    await run.removeProbes();
    return recorded;
  } finally {
    other.kill();
    await other.released();
  }
}

function waitedBy({ result }: Recorded): number[] {
  const { waits, threads } = result;
  const sums = threads.map(() => 0);
  for (let row = 0; row < waits.length; row++) {
    if (waits.kind[row] === WaitKind.Contended) {
      sums[waits.thread[row]] += waits.end[row] - waits.start[row];
    }
  }
  return sums.sort((a, b) => b - a);
}

it.each([
  [2, true, false],
  [3, false, false]
])(
  'with %d taken: starts of waits %s, forced switches %s',
  async (taken, starts, forced) => {
    const recorded = await record(taken);
    expect(recorded.problem).toBeUndefined();
    expect(recorded.capture.watch).toMatchObject({
      wait_starts: starts,
      forced_switches: forced
    });
    // Without its word a wait is told by the scheduler's records, which were not asked for.
    expect(recorded.result.schedulerStates).toBe(!starts);
    expect(recorded.result.oddities.brokenAlternation).toBe(0);
    // Two threads that compute by turns: each waits while the other one computes.
    const [first, second] = waitedBy(recorded);
    expect(first).toBeGreaterThan(50e6);
    expect(second).toBeGreaterThan(50e6);
  },
  120_000
);
