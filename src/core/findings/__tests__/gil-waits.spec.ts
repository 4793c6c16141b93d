import { gilWaits } from '../facts/gil-waits';
import { columnsOf, MS, times, type MadeRun } from './made-runs';

const INTERVAL = 5 * MS;

/** Waiting time in milliseconds by why. */
function reasons(run: MadeRun, holdsKnown = true): Record<string, number> {
  const { kept, convoy, starved, shared } = gilWaits(
    columnsOf(run),
    INTERVAL,
    holdsKnown
  );
  return {
    kept: kept.total / MS,
    convoy: convoy.total / MS,
    starved: starved.total / MS,
    shared: shared.total / MS
  };
}

const NONE = { kept: 0, convoy: 0, starved: 0, shared: 0 };

describe('gilWaits', () => {
  it('calls turns of two threads of Python code shared', () => {
    const run = {
      threads: ['HHHHHwwwww', 'wwwwwHHHHH'],
      holds: [
        { thread: 0, start: 0, end: 5, wanted: 5 },
        { thread: 1, start: 5, end: 10, wanted: 5 }
      ],
      waits: [
        { thread: 1, start: 0, end: 5, holder: 0 },
        { thread: 0, start: 5, end: 10, holder: 1 }
      ]
    };
    expect(reasons(run)).toEqual({ ...NONE, shared: 10 });
  });

  it('knows a call that keeps the GIL by how long it ran although others asked', () => {
    const run = {
      threads: [times(40, 'H'), times(40, 'w')],
      holds: [{ thread: 0, start: 0, end: 40, wanted: 40 }],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, ignored: 7 }]
    };
    expect(reasons(run)).toEqual({ ...NONE, kept: 40 });
    // On a rung that knows no holds the wait says how often it asked.
    const onCpu = { ...run, threads: [times(40, 'C'), times(40, 'w')] };
    expect(reasons({ ...onCpu, holds: [] }, false)).toEqual({
      ...NONE,
      kept: 40
    });
  });

  it('does not take a holder without a CPU for a call that keeps the GIL', () => {
    const run = {
      threads: [times(4, 'H') + times(36, 'h'), times(40, 'w')],
      holds: [{ thread: 0, start: 0, end: 40, wanted: 40 }],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, ignored: 7 }]
    };
    expect(reasons(run).kept).toBe(0);
  });

  it('takes a holder that sleeps for a call that keeps the GIL', () => {
    const run = {
      threads: [times(40, 'h'), times(40, 'w')],
      holds: [{ thread: 0, start: 0, end: 40, wanted: 40 }],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, ignored: 7 }],
      asleep: { 0: 40 }
    };
    expect(reasons(run)).toEqual({ ...NONE, kept: 40 });
  });

  it('does not say that a call kept the GIL while its thread wanted it itself', () => {
    const run = {
      threads: ['CCCCC' + times(20, 'w') + times(15, 'C'), times(40, 'w')],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, ignored: 7 }]
    };
    expect(reasons(run, false).kept).toBe(0);
  });

  it('knows a convoy by all time on a CPU where holds are not known', () => {
    const threads = [times(12, 'C'), 'wwwww.wwwww.'];
    const waits = [
      { thread: 1, start: 0, end: 5, holder: 0 },
      { thread: 1, start: 6, end: 11, holder: 0 }
    ];
    expect(reasons({ threads, waits }, false)).toEqual({ ...NONE, convoy: 10 });
    // What it did on its CPU may have needed the GIL.
    threads[1] = 'wwwwwCwwwwwC';
    expect(reasons({ threads, waits }, false)).toEqual({ ...NONE, shared: 10 });
  });

  it.each([
    ['far more often than it asks', 200],
    ['before it asks', 0]
  ])('calls a thread starved that drops wake %s', (_, ignored) => {
    const run = {
      threads: [times(40, 'C'), times(40, 'w')],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, ignored }]
    };
    expect(reasons(run, false)).toEqual({ ...NONE, starved: 40 });
  });

  it('calls it a convoy where threads that need the GIL for moments wait for long turns', () => {
    // 0.5 ms of the GIL at a time would be drawn as nothing: the second thread reads between.
    const run = {
      threads: [times(12, 'H'), 'wwwwwRwwwwwR'],
      holds: [{ thread: 0, start: 0, end: 12, wanted: 10 }],
      waits: [
        { thread: 1, start: 0, end: 5, holder: 0 },
        { thread: 1, start: 6, end: 11, holder: 0 }
      ]
    };
    expect(reasons(run)).toEqual({ ...NONE, convoy: 10 });
  });

  it('calls a thread starved that waits while another has the GIL again and again', () => {
    const run = {
      threads: ['HRHRHRHRHR', 'wwwwwwwwww'],
      holds: [0, 2, 4, 6, 8].map(start => ({
        thread: 0,
        start,
        end: start + 1,
        wanted: 1
      })),
      waits: [{ thread: 1, start: 0, end: 10, holder: 0 }]
    };
    expect(reasons(run)).toEqual({ ...NONE, starved: 10 });
  });

  it('does not call a thread starved that had a quarter of its part', () => {
    const run = {
      threads: ['HRHRHRHRHR', 'wwwwwwwwwH'],
      holds: [0, 2, 4, 6, 8].map(start => ({
        thread: 0,
        start,
        end: start + 1,
        wanted: 1
      })),
      waits: [{ thread: 1, start: 0, end: 9, holder: 0 }]
    };
    expect(reasons(run).starved).toBe(0);
  });

  it('counts no time twice where waits of a thread overlap', () => {
    const run = {
      threads: ['HHHHHHHH', 'wwwwwwww'],
      holds: [{ thread: 0, start: 0, end: 8, wanted: 8 }],
      waits: [
        { thread: 1, start: 0, end: 8, holder: 0 },
        { thread: 1, start: 1, end: 8, holder: 0 }
      ]
    };
    const found = reasons(run);
    expect(Object.values(found).reduce((sum, time) => sum + time, 0)).toBe(8);
  });
});
