/**
 * A small run whose every number can be checked by hand. Times in ms; one character is 1 ms:
 *
 *            0         10
 *   main     GGGGG.....GGGGG.....     5 ms holds, 5 ms asleep, 5 ms holds, 5 ms asleep
 *   worker   wwwwwGGGGGwwwwwGGGGG     waits while main holds
 *   idle     ....................
 *
 * The overview has 4 buckets of 5 ms; the window holds the exact intervals of 0 to 10 ms.
 */
import type { ThreadRow } from '../../core/trace/document';
import type { BundleView } from '../../core/trace/bundle-view';
import { ThreadState } from '../../core/threads/states';

const MS = 1e6;
const { RunningGil, WaitingGil, OffCpu } = ThreadState;

function thread(row: Partial<ThreadRow> & { tid: number }): ThreadRow {
  return {
    pid: 100,
    name: `thread-${row.tid}`,
    main: false,
    native: false,
    duration_ns: 20 * MS,
    states_ns: {},
    ...row
  };
}

/** A new copy, so that a test may change it. */
export function sampleView(): BundleView {
  const states = [RunningGil, WaitingGil, OffCpu];
  const full = [
    [255, 0, 0],
    [0, 0, 255],
    [255, 0, 0],
    [0, 0, 255]
  ];
  const contrary = [
    [0, 255, 0],
    [255, 0, 0],
    [0, 255, 0],
    [255, 0, 0]
  ];
  const asleep = Array.from({ length: 4 }, () => [0, 0, 255]);
  const run = {
    id: 'run-1',
    name: 'sample',
    state: 'done' as const,
    started_at: '2026-01-02T03:04:05+00:00'
  };
  return {
    kind: 'result',
    run,
    document: {
      run,
      capture: {
        mode: 'full',
        python: '3.11.7',
        free_threaded: false,
        gil_enabled: true,
        scheduler_states: true,
        events: 1234,
        lost: 0,
        overhead_percent: 2.5,
        duration_ns: 20 * MS,
        environment: {}
      },
      threads: [
        thread({
          tid: 102,
          name: 'worker',
          states_ns: { 'running-gil': 10 * MS, 'waiting-gil': 10 * MS },
          has_gil_percent: 50,
          gil_wait_percent: 50,
          no_gil_percent: 0,
          no_gil_working_percent: 0,
          no_gil_asleep_percent: 0,
          waits: 2,
          forced_switches: 1
        }),
        thread({
          tid: 100,
          name: 'MainThread',
          main: true,
          states_ns: { 'running-gil': 10 * MS, 'off-cpu': 10 * MS },
          has_gil_percent: 50,
          gil_wait_percent: 0,
          no_gil_percent: 50,
          no_gil_working_percent: 0,
          no_gil_asleep_percent: 50,
          waits: 0,
          forced_switches: 0
        }),
        thread({
          tid: 103,
          name: 'idler',
          native: true,
          states_ns: { 'off-cpu': 20 * MS },
          has_gil_percent: 0,
          gil_wait_percent: 0,
          no_gil_percent: 100,
          no_gil_working_percent: 0,
          no_gil_asleep_percent: 100
        })
      ],
      blame: [
        {
          waiter: { tid: 102 },
          holder: { tid: 100 },
          wait_ns: 10 * MS,
          count: 2
        }
      ],
      waits: [
        {
          tid: 102,
          start_ns: 0,
          duration_ns: 5 * MS,
          holder_tid: 100,
          kind: 'contended',
          ignored: 1
        },
        {
          tid: 102,
          start_ns: 10 * MS,
          duration_ns: 5 * MS,
          kind: 'handoff',
          ignored: 0
        }
      ],
      lines: [],
      ignored: [],
      locks: []
    },
    overview: {
      bucketNs: 5 * MS,
      buckets: 4,
      states,
      lanes: [0, 1, 2].map(thread => ({ threads: [thread], count: 1 })),
      shares: Uint8Array.from([...contrary, ...full, ...asleep].flat())
    },
    windows: [
      {
        start: 0,
        end: 10 * MS,
        tracks: [
          {
            thread: 0,
            start: Float64Array.of(0, 5 * MS),
            state: Uint8Array.of(WaitingGil, RunningGil),
            end: 10 * MS
          },
          {
            thread: 1,
            start: Float64Array.of(0, 5 * MS),
            state: Uint8Array.of(RunningGil, OffCpu),
            end: 10 * MS
          }
        ]
      }
    ],
    reductions: [],
    omitted: {}
  };
}
