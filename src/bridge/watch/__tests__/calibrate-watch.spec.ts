/** Watchpoints on the real interpreters of this machine, the stripped ones included. */
import { spawn, type ChildProcess } from 'child_process';
import { once } from 'events';
import { pythonBuilds } from '../../../core/binary/__tests__/pythons';
import { BridgeFailure } from '../../failure';
import { usersRights } from '../../perf/perf-rights';
import { EventCapture } from '../../perf/event-capture';
import { findPerf } from '../../perf/find-perf';
import type { HelloRequest } from '../../protocol/messages';
import { readFileMappings } from '../../target/process';
import { locateInterpreter } from '../../target/running-interpreter';
import { calibrateWatch } from '../calibrate-watch';
import { isOutOfWatchpoints, openWatchCapture } from '../watch-capture';

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

/** A Python that waits. */
async function waiting(executable: string): Promise<number> {
  const child = spawn(
    executable,
    ['-c', 'import sys; print(flush=True); sys.stdin.readline()'],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  );
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

// The oldest, the newest, and those whose functions have no names.
const builds = pythonBuilds().sort((a, b) => a.minor - b.minor);
const tried = builds.filter(
  (build, index) =>
    index === 0 || index === builds.length - 1 || !build.hasSymbols
);

describe.each(tried)('on $library', build => {
  it('takes and drops alternate, and waits have their words', async () => {
    const hello: HelloRequest = {
      id: 1,
      op: 'hello',
      protocol: 1,
      pid: await waiting(build.executable),
      python: build.executable,
      python_version: build.version,
      implementation: 'CPython',
      free_threaded: false,
      gil_enabled: true,
      switch_interval_ns: 5_000_000,
      run_store: '',
      environment: {}
    };
    const found = await calibrateWatch(
      findPerf(),
      hello,
      locateInterpreter(hello)
    );
    expect(found.lasting).toBe(true);
    expect(found.layout).toBeDefined();
    // glibc 2.25 and later.
    expect(found.waitWords.wait).toBe(0);
    // An exception costs something, and less than a time slice.
    expect(found.nsPerHit).toBeGreaterThan(50);
    expect(found.nsPerHit).toBeLessThan(500_000);
  }, 120_000);
});

it('gives up in time, which says nothing for good', async () => {
  const [{ executable, version }] = pythonBuilds();
  const hello: HelloRequest = {
    id: 1,
    op: 'hello',
    protocol: 1,
    pid: await waiting(executable),
    python: executable,
    python_version: version,
    implementation: 'CPython',
    free_threaded: false,
    gil_enabled: true,
    switch_interval_ns: 5_000_000,
    run_store: '',
    environment: {}
  };
  const attempts: number[] = [];
  const refused: unknown = await calibrateWatch(
    findPerf(),
    hello,
    locateInterpreter(hello),
    attempt => attempts.push(attempt),
    5
  ).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BridgeFailure);
  expect(refused).toMatchObject({ code: 'not-trusted', passing: true });
  expect(attempts[0]).toBe(1);
}, 30_000);

it('says that all debug registers are in use', async () => {
  const [{ executable }] = pythonBuilds();
  const pid = await waiting(executable);
  const data = readFileMappings(pid)[0].start;
  const words = Array.from(
    { length: 5 },
    (_, word) => `mem:0x${(data + 8 * word).toString(16)}/4:w:u`
  );
  const options = {
    perf: findPerf(),
    pid,
    schedulerStates: false,
    onBatch: () => undefined
  };
  // x86 has four.
  const first = new EventCapture({
    ...options,
    rights: usersRights(1),
    events: words.slice(0, 4)
  });
  await first.attach();
  try {
    const refused = openWatchCapture({ ...options, events: words.slice(4) });
    await expect(refused).rejects.toThrow(/all debug registers are in use/);
    await expect(refused).rejects.toBeInstanceOf(BridgeFailure);
    expect(
      isOutOfWatchpoints(await refused.catch((error: unknown) => error))
    ).toBe(true);
  } finally {
    first.kill();
    await first.released();
  }
  // They are free again.
  const second = await openWatchCapture({ ...options, events: words.slice(4) });
  second.kill();
  await second.released();
}, 30_000);

it('does not watch other processes where there are too many threads', async () => {
  const pid = await waiting(pythonBuilds()[0].executable);
  await expect(
    openWatchCapture({
      perf: findPerf(),
      pid,
      events: ['mem:0x1000/4:w:u'],
      schedulerStates: false,
      onBatch: () => undefined,
      maxIds: 0
    })
  ).rejects.toThrow(/can't record 1 threads on \d+ CPUs: use --mode sample/);
});
