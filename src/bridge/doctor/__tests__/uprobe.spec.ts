/** What happens on other machines, and on busy ones: the tries themselves are tests/test_doctor.py's. */
import { BridgeFailure } from '../../failure';
import { Capture } from '../../perf/capture';
import { RootsUprobes } from '../../probes/tracefs';
import * as processes from '../../target/process';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { tryUprobe } from '../uprobe';

const ROOT: Privileges = {
  uid: 0,
  capabilities: ['CAP_PERFMON', 'CAP_IPC_LOCK'],
  seccomp: 0,
  no_new_privileges: false,
  initial_user_namespace: true
};
const PLACE: Place = {
  distribution: 'Linux',
  ubuntu: false,
  wsl: false,
  hub: false,
  binder: false
};

const examine = (): ReturnType<typeof tryUprobe> =>
  tryUprobe(
    '/usr/bin/perf',
    new RootsUprobes('/sys/kernel/tracing'),
    ROOT,
    PLACE
  );

/** Captures that count so many hits and records, one after another. */
function captures(...counts: readonly [hits: number, records: number][]): void {
  const open = jest.spyOn(Capture, 'open');
  for (const [hits, records] of counts) {
    open.mockResolvedValueOnce({
      enable: () => Promise.resolve(),
      close: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      hits,
      records
    } as unknown as Capture);
  }
}

afterEach(() => jest.restoreAllMocks());

it('goes on where the C library was upgraded', async () => {
  // As the kernel shows it in /proc/PID/maps; proc(5).
  jest.spyOn(processes, 'readFileMappings').mockReturnValue([
    {
      start: 0x1000,
      end: 0x2000,
      executable: true,
      offset: 0,
      file: '08:01:42',
      path: '/nonexistent/libc.so.6 (deleted)'
    }
  ]);
  const { available, why } = await examine();
  expect(available).toBeNull();
  expect(why).toContain("start the notebook's kernel again");
});

it('tries once more when records were lost', async () => {
  captures([100, 90], [100, 100]);
  expect((await examine()).available).toBe(true);
});

it('doubts perf when they are lost again', async () => {
  captures([100, 90], [100, 90]);
  expect(await examine()).toMatchObject({
    available: false,
    fix: ['install-matching-perf']
  });
});

// The failures of PerfProcess (perf-process.ts), and the kernel's words from defineProbe (tracefs.ts).
it.each([
  ['perf ended early (SIGKILL)', []],
  ["perf did not answer 'enable'", []],
  ['the kernel refused a probe in /lib/libc.so.6: EINVAL', ['other-kernel']],
  ['perf could not record: libtraceevent is missing', ['install-complete-perf']]
])('%s', async (said, fix) => {
  jest
    .spyOn(Capture, 'open')
    .mockRejectedValue(new BridgeFailure('perf-failed', said));
  expect(await examine()).toMatchObject({ available: false, fix });
});
