import { WaitKind, type ThreadsResult } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import { madeHolds } from './made-lines';
import { madeContext, madeResult, PID } from './made-results';

const { RunningGil, WaitingGil, OffCpu, Running, HoldingOffCpu, Unknown } =
  ThreadState;

//           1000      2000      3000      4000      5000
// worker              ????======~~~~~~~~~~
// native    __________
// main      ==========.....................
const made = madeResult(
  1000,
  5000,
  [
    {
      tid: 12,
      begin: 2000,
      intervals: [
        [Unknown, 400],
        [RunningGil, 500],
        [HoldingOffCpu, 100],
        [WaitingGil, 1000]
      ]
    },
    {
      tid: 13,
      comm: 'blas',
      requests: 0,
      begin: 1000,
      intervals: [[Running, 1000]]
    },
    {
      tid: PID,
      main: true,
      begin: 1000,
      intervals: [
        [RunningGil, 1000],
        [OffCpu, 3000]
      ]
    }
  ],
  [
    { thread: 2, start: 1500, end: 1600, holder: 0, kind: WaitKind.Handoff },
    { thread: 0, start: 3000, end: 4000, holder: 2, ignored: 2 },
    { thread: 0, start: 4000, end: 4100, holder: -1, kind: WaitKind.Forced }
  ]
);
const result: ThreadsResult = {
  ...made,
  // Of the worker's two holds the first was given up on demand.
  holds: madeHolds([
    { thread: 0, start: 2400, end: 2600, forced: true, wanted: 150 },
    { thread: 0, start: 2700, end: 3000 }
  ])
};
const document = buildDocument(result, madeContext([[PID, 'MainThread']]));

describe('buildDocument', () => {
  it('lists the main thread first and native threads last', () => {
    expect(document.threads.map(thread => thread.name)).toEqual([
      'MainThread',
      'python3',
      'blas'
    ]);
    expect(document.threads.map(thread => thread.native)).toEqual([
      false,
      false,
      true
    ]);
  });

  it('gives percentages of the lifetime without unknown', () => {
    expect(document.threads[1]).toEqual({
      tid: 12,
      pid: PID,
      name: 'python3',
      main: false,
      native: false,
      duration_ns: 2000,
      states_ns: {
        unknown: 400,
        'running-gil': 500,
        'holding-off-cpu': 100,
        'waiting-gil': 1000
      },
      has_gil_percent: 37.5,
      gil_wait_percent: 62.5,
      no_gil_percent: 0,
      no_gil_working_percent: 0,
      no_gil_asleep_percent: 0,
      waits: 1,
      forced_switches: 1,
      harmless_holds_ns: 300,
      wanted_holds_ns: 200
    });
  });

  it('counts times from the begin of the run, the longest wait first', () => {
    expect(document.capture.duration_ns).toBe(4000);
    expect(document.waits).toEqual([
      {
        tid: 12,
        start_ns: 2000,
        duration_ns: 1000,
        holder_tid: PID,
        kind: 'contended',
        ignored: 2
      },
      {
        tid: PID,
        start_ns: 500,
        duration_ns: 100,
        holder_tid: 12,
        kind: 'handoff',
        ignored: 0
      },
      { tid: 12, start_ns: 3000, duration_ns: 100, kind: 'forced', ignored: 0 }
    ]);
  });

  it('names no holder where nobody is known', () => {
    expect(document.blame).toEqual([
      { waiter: { tid: 12 }, holder: { tid: PID }, wait_ns: 1000, count: 1 },
      { waiter: { tid: PID }, holder: { tid: 12 }, wait_ns: 100, count: 1 },
      { waiter: { tid: 12 }, wait_ns: 100, count: 1 }
    ]);
  });

  it('names who held the GIL longest where that is somebody else', () => {
    // The worker waits 3000 to 4000: the main thread has it for 200, the native one for 300 + 400.
    const holds = madeHolds([
      { thread: 2, start: 2900, end: 3200 },
      { thread: 1, start: 3200, end: 3500 },
      { thread: 2, start: 3500, end: 3600 },
      { thread: 1, start: 3600, end: 4000 }
    ]);
    const { waits } = buildDocument({ ...made, holds }, madeContext());
    const [wait] = waits.filter(({ kind }) => kind === 'contended');
    expect(wait).toMatchObject({ holder_tid: PID, longest_holder_tid: 13 });
    const [same] = document.waits;
    expect(same.longest_holder_tid).toBeUndefined();
  });

  it('ignores probes that were given up after the end', () => {
    const givenUp = (at: number) => {
      const context = madeContext();
      const shed = { at_ns: at, resumed_ns: at, max_overhead_percent: 1 };
      const capture = { ...context.capture, shed };
      return buildDocument(result, { ...context, capture });
    };
    expect(givenUp(4000)).toEqual(buildDocument(result, madeContext()));
    expect(givenUp(3999).capture.shed?.at_ns).toBe(3999);
    expect(givenUp(3999).threads[0].has_gil_percent).toBeUndefined();
  });

  it('ignores a limit that was passed after the end, and bounds the reason', () => {
    const passed = (at: number) => {
      const context = madeContext();
      const reason = 'because '.repeat(500);
      const over_limit = { at_ns: at, max_overhead_percent: 1, reason };
      const capture = { ...context.capture, over_limit };
      return buildDocument(result, { ...context, capture });
    };
    expect(passed(4000)).toEqual(buildDocument(result, madeContext()));
    const { over_limit: over } = passed(3999).capture;
    expect(over?.at_ns).toBe(3999);
    expect(over?.reason).toMatch(/^because .*…$/);
    // Every hold is known all the same.
    expect(passed(3999).threads).toEqual(passed(4000).threads);
  });

  it('leaves out what a build without GIL can’t have', () => {
    const context = madeContext();
    const without = buildDocument(result, {
      ...context,
      capture: { ...context.capture, gil_enabled: false }
    });
    expect(Object.keys(without.threads[0])).toEqual([
      'tid',
      'pid',
      'name',
      'main',
      'native',
      'duration_ns',
      'states_ns'
    ]);
  });

  it('keeps the 100 longest of many waits', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      thread: 0,
      start: 1000 + i,
      // A permutation of 0 … 999: 7 and 1000 have no common divisor.
      end: 1000 + i + ((i * 7) % 1000),
      holder: 1
    }));
    const { waits } = buildDocument(
      { ...result, waits: madeResult(0, 1, [], many).waits },
      madeContext()
    );
    expect(waits.map(wait => wait.duration_ns)).toEqual(
      Array.from({ length: 100 }, (_, rank) => 999 - rank)
    );
  });
});
