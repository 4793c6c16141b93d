/** Whole replays of recorded runs: what they make of states, holds, lines, starts, ends and locks. */
import { ThreadState } from '../../../threads/states';
import type { ReportDocument } from '../../../trace/document';
import { NO_SOURCES, SourcePaths } from '../../../trace/source-paths';
import type { Change } from '../../what-if';
import type { RecordedRun } from '../recorded-run';
import { Replays, whatIf } from '../scenarios';
import { MS } from './made-workloads';

/** One character for a millisecond. */
const STATES: Record<string, ThreadState> = {
  G: ThreadState.RunningGil,
  h: ThreadState.HoldingOffCpu,
  w: ThreadState.WaitingGil,
  r: ThreadState.Running,
  z: ThreadState.OffCpu,
  l: ThreadState.WaitingLock,
  p: ThreadState.Preempted
};

interface Drawn {
  /** From the begin of the run; a space: the thread does not live. */
  strip: string;
  /** For each character of a hold the line, 1 to 9. */
  lines?: string;
}

interface Lock {
  thread: number;
  from: number;
  to: number;
  by: number;
}

/** A run whose threads are drawn; the first is the main thread. A hold that ends in a wait of its own thread was forced. */
function drawnRun(threads: readonly Drawn[], locks: readonly Lock[] = []) {
  const end = Math.max(...threads.map(({ strip }) => strip.length)) * MS;
  const holds: {
    thread: number;
    start: number;
    end: number;
    forced: number;
    wanted: number;
  }[] = [];
  const sightings: { thread: number; time: number; stack: number }[] = [];
  const tracks = threads.map(({ strip, lines = '' }, thread) => {
    const start: number[] = [];
    const state: number[] = [];
    const begin = strip.length - strip.trimStart().length;
    for (let at = begin; at < strip.length; at++) {
      const own = STATES[strip[at]];
      if (own !== state[state.length - 1]) {
        start.push(at * MS);
        state.push(own);
      }
      const held = 'Gh'.includes(strip[at]);
      if (held && !'Gh'.includes(strip[at - 1] ?? ' ')) {
        let to = at;
        while ('Gh'.includes(strip[to] ?? ' ')) {
          to++;
        }
        let wanted = 0;
        for (let i = at; i < to; i++) {
          wanted += threads.some(other => other.strip[i] === 'w') ? MS : 0;
        }
        holds.push({
          thread,
          start: at * MS,
          end: to * MS,
          forced: strip[to] === 'w' ? 1 : 0,
          wanted
        });
      }
      if (held && lines[at] !== undefined) {
        sightings.push({
          thread,
          time: (at + 0.5) * MS,
          stack: Number(lines[at]) - 1
        });
      }
    }
    return {
      length: start.length,
      start: Float64Array.from(start),
      state: Uint8Array.from(state),
      end: strip.length * MS
    };
  });
  holds.sort((a, b) => a.start - b.start);
  sightings.sort((a, b) => a.thread - b.thread);
  const run: RecordedRun = {
    begin: 0,
    end,
    threads: tracks.map((track, index) => ({ main: index === 0, track })),
    holds: {
      length: holds.length,
      thread: Uint16Array.from(holds, ({ thread }) => thread),
      start: Float64Array.from(holds, ({ start }) => start),
      end: Float64Array.from(holds, hold => hold.end),
      forced: Uint8Array.from(holds, ({ forced }) => forced),
      wanted: Float64Array.from(holds, ({ wanted }) => wanted),
      gil: new Uint16Array(holds.length)
    },
    lockWaits: {
      length: locks.length,
      thread: Uint16Array.from(locks, ({ thread }) => thread),
      start: Float64Array.from(locks, ({ from }) => from * MS),
      end: Float64Array.from(locks, ({ to }) => to * MS),
      lock: new Float64Array(locks.length),
      holder: Int32Array.from(locks, ({ by }) => by),
      stack: new Int32Array(locks.length).fill(-1)
    },
    lines: Array.from({ length: 9 }, (_, index) => ({
      file: '/project/work.py',
      line: index + 1,
      func: 'work'
    })),
    stacks: {
      length: 9,
      parent: new Int32Array(9).fill(-1),
      line: Int32Array.from({ length: 9 }, (_, index) => index)
    },
    lineSplit: {
      period: MS,
      sightings: {
        length: sightings.length,
        thread: Uint16Array.from(sightings, ({ thread }) => thread),
        time: Float64Array.from(sightings, ({ time }) => time),
        stack: Int32Array.from(sightings, ({ stack }) => stack)
      },
      pools: {
        length: 0,
        gil: new Uint16Array(0),
        thread: new Uint16Array(0),
        line: new Int32Array(0),
        stack: new Int32Array(0),
        held: new Float64Array(0),
        variance: new Float64Array(0),
        released: new Float64Array(0)
      }
    }
  };
  return run;
}

const PLACES = new SourcePaths(NO_SOURCES);

function documentOf(
  run: RecordedRun,
  capture: Partial<ReportDocument['capture']> = {}
): ReportDocument {
  const waited = run.threads.reduce(
    (sum, { track }) =>
      sum +
      track.state.reduce(
        (time, state, i) =>
          state === ThreadState.WaitingGil
            ? time + (track.start[i + 1] ?? track.end) - track.start[i]
            : time,
        0
      ),
    0
  );
  return {
    run: {
      id: 'x',
      name: '',
      state: 'done',
      started_at: '2026-01-01T00:00:00Z'
    },
    capture: {
      mode: 'full',
      python: '3.11.7',
      free_threaded: false,
      gil_enabled: true,
      scheduler_states: true,
      events: 0,
      lost: 0,
      duration_ns: run.end - run.begin,
      environment: { cpus_usable: 2, switch_interval: 5 * MS },
      ...capture
    },
    threads: [
      {
        tid: 1,
        pid: 1,
        name: 'MainThread',
        main: true,
        native: false,
        duration_ns: run.end,
        states_ns: { 'waiting-gil': waited }
      }
    ],
    blame: [],
    waits: [],
    lines: [],
    ignored: [],
    locks: []
  };
}

/** The middle of the range, in milliseconds. */
function foretold(run: RecordedRun, change: Change, cpus = 2): number {
  const environment = { cpus_usable: cpus, switch_interval: 5 * MS };
  const document = documentOf(run, { environment });
  const found = new Replays(run, document, PLACES).predict(change);
  if (typeof found === 'string') {
    throw new Error(found);
  }
  expect(found.assumptions.length).toBeGreaterThan(1);
  return (found.low_ns + found.high_ns) / 2 / MS;
}

function line(number: number): Change {
  const place = { file: '/project/work.py', line: number, function: 'work' };
  return { kind: 'release', line: place };
}

/** Of a foretold time: what the range allows for is not worked out by hand. */
function near(expected: number): { low: number; high: number } {
  return { low: expected * 0.92, high: expected * 1.18 };
}

function expectNear(found: number, expected: number): void {
  const { low, high } = near(expected);
  expect(found).toBeGreaterThan(low);
  expect(found).toBeLessThan(high);
}

function repeat(text: string, times: number): string {
  return text.repeat(times);
}

/** The main thread starts others in its third millisecond, and waits for them. */
function family(...others: Drawn[]): Drawn[] {
  const longest = Math.max(...others.map(({ strip }) => strip.length));
  return [
    { strip: 'GGG' + repeat('l', longest) + 'G' },
    ...others.map(({ strip, lines }) => ({
      strip: '  r' + strip,
      ...(lines !== undefined && { lines: '   ' + lines })
    }))
  ];
}

/** Two threads take turns of 5 ms. */
const TURNS = family(
  { strip: repeat('GGGGGwwwww', 20), lines: repeat('1', 200) },
  { strip: repeat('wwwwwGGGGG', 20), lines: repeat('1', 200) }
);
const JOINED: Lock[] = [{ thread: 0, from: 3, to: 203, by: 2 }];

describe('a replay of a recorded run', () => {
  it('halves a run of two threads that fight for the GIL, without it', () => {
    const run = drawnRun(TURNS, JOINED);
    expectNear(foretold(run, { kind: 'no-gil' }), 102);
    expectNear(foretold(run, { kind: 'no-gil' }, 1), 202);
  });

  it('changes nothing of it by another switch interval', () => {
    const run = drawnRun(TURNS, JOINED);
    for (const interval of [1, 50]) {
      const change: Change = {
        kind: 'switch-interval',
        switch_interval_ns: interval * MS
      };
      expectNear(foretold(run, change), 202);
    }
  });

  it('splits the work of threads alike anew', () => {
    const run = drawnRun(TURNS, JOINED);
    expectNear(foretold(run, { kind: 'threads', threads: 1 }), 202);
    expectNear(foretold(run, { kind: 'threads', threads: 4 }), 202);
    const pauses = repeat('Gzzzzzzzzz', 20);
    const waiting = drawnRun(
      family({ strip: pauses }, { strip: 'z' + pauses.slice(0, -1) }),
      [{ thread: 0, from: 3, to: 203, by: 2 }]
    );
    expectNear(foretold(waiting, { kind: 'threads', threads: 1 }), 402);
    expectNear(foretold(waiting, { kind: 'threads', threads: 4 }), 102);
  });

  it('takes a joined thread for done that outlives the run by a moment', () => {
    const [main, first, second] = family(
      { strip: repeat('GGGGGwwwww', 20) },
      { strip: repeat('wwwwwGGGGG', 20) }
    );
    // The kernel ends it when join() has returned, and the run is over.
    const last = { strip: second.strip.padEnd(main.strip.length, 'r') };
    const run = drawnRun([main, first, last], JOINED);
    expectNear(foretold(run, { kind: 'threads', threads: 1 }), 202);
    expectNear(foretold(run, { kind: 'threads', threads: 4 }), 202);
    // One that still sleeps then was not waited for.
    const daemon = { strip: second.strip.padEnd(main.strip.length, 'z') };
    const threads: Change = { kind: 'threads', threads: 4 };
    const other = drawnRun([main, first, daemon], JOINED);
    const replays = new Replays(other, documentOf(other), PLACES);
    expect(replays.predict(threads)).toBe('workers');
  });

  it('lets a line go on without the GIL', () => {
    // Of 100 ms each, line 2 has 60 and line 1 has 40: 40 + 40 with the GIL, 60 and 60 beside that.
    const lines = repeat('1122211222', 20);
    const run = drawnRun(
      family(
        { strip: repeat('GGGGGwwwww', 20), lines },
        { strip: repeat('wwwwwGGGGG', 20), lines }
      ),
      JOINED
    );
    const found = foretold(run, line(2));
    expect(found).toBeGreaterThan(95);
    expect(found).toBeLessThan(135);
    const replays = new Replays(run, documentOf(run), PLACES);
    expect(replays.predict(line(9))).toBe('line');
  });

  it('knows what a serial stretch leaves to gain', () => {
    // 100 ms alone, then two threads that have the GIL for 50 ms each.
    const alone = repeat('G', 100);
    const run = drawnRun(
      [
        { strip: alone + repeat('l', 101) + 'G' },
        { strip: repeat(' ', 99) + 'r' + repeat('GGGGGwwwww', 10) },
        { strip: repeat(' ', 99) + 'r' + repeat('wwwwwGGGGG', 10) }
      ],
      [{ thread: 0, from: 100, to: 200, by: 2 }]
    );
    expectNear(foretold(run, { kind: 'no-gil' }), 151);
    expectNear(foretold(run, { kind: 'no-gil' }, 8), 151);
    expectNear(foretold(run, { kind: 'no-gil' }, 1), 201);
  });

  it('keeps the order of a lock, whatever is released', () => {
    // The second thread has its turn when the first one lets go of the lock.
    const run = drawnRun(
      family(
        { strip: repeat('G', 40) + 'z', lines: repeat('1', 40) },
        {
          strip: repeat('l', 40) + repeat('G', 40),
          lines: repeat(' ', 40) + repeat('1', 40)
        }
      ),
      [
        { thread: 2, from: 3, to: 43, by: 1 },
        { thread: 0, from: 3, to: 83, by: 2 }
      ]
    );
    expectNear(foretold(run, line(1)), 84);
    expectNear(foretold(run, { kind: 'no-gil' }), 84);
  });

  it('has a thread that sleeps with the GIL sleep as long without it', () => {
    const run = drawnRun(
      family(
        { strip: repeat('h', 50) + repeat('z', 50) },
        { strip: repeat('w', 50) + repeat('G', 50) }
      ),
      [{ thread: 0, from: 3, to: 103, by: 2 }]
    );
    expectNear(foretold(run, { kind: 'no-gil' }, 1), 104);
    const first = drawnRun(
      family(
        { strip: repeat('h', 50) },
        { strip: repeat('w', 50) + repeat('G', 50) }
      ),
      [{ thread: 0, from: 3, to: 103, by: 2 }]
    );
    expectNear(foretold(first, { kind: 'no-gil' }, 1), 54);
  });

  it('takes time that other programs had as it was', () => {
    // A thread with the GIL is off its CPU half of the time, though nobody else of the run works.
    const run = drawnRun(
      family(
        { strip: repeat('GGhhG', 20) + repeat('w', 100) },
        { strip: repeat('w', 100) + repeat('GGhhG', 20) }
      ),
      [{ thread: 0, from: 3, to: 203, by: 2 }]
    );
    const change: Change = { kind: 'switch-interval', switch_interval_ns: MS };
    expectNear(foretold(run, change), 204);
  });
});

describe('what-ifs of a run', () => {
  it('are those that most readers ask for, in ranges that tell something', () => {
    const run = drawnRun(TURNS, JOINED);
    const found = whatIf(run, documentOf(run), PLACES);
    expect(found.map(({ change }) => change.kind)).toEqual([
      'switch-interval',
      'switch-interval',
      'switch-interval',
      'threads',
      'threads',
      'no-gil'
    ]);
    for (const { low_ns: low, high_ns: high } of found) {
      expect(low).toBeGreaterThan(0);
      expect(high).toBeLessThanOrEqual(1.5 * low);
    }
  });

  it.each([
    [{ mode: 'waits' }, 'rung'],
    [{ mode: 'futex' }, 'rung'],
    [{ scheduler_states: false }, 'scheduler-states'],
    [{ lost: 3 }, 'lost-records'],
    [{ late: 3 }, 'late-records'],
    [{ gil_enabled: false }, 'no-gil'],
    [{ shed: { at_ns: 1, resumed_ns: 2, max_overhead_percent: 5 } }, 'shed'],
    [{ environment: {} }, 'machine'],
    [{ environment: { cpus_usable: 2 } }, 'machine']
  ])('are absent where the recording can not tell: %j', (capture, gap) => {
    const run = drawnRun(TURNS, JOINED);
    const document = documentOf(run, capture);
    expect(whatIf(run, document, PLACES)).toEqual([]);
    const replays = new Replays(run, document, PLACES);
    expect(replays.predict({ kind: 'no-gil' })).toBe(gap);
  });

  it('tell why a run can not be replayed', () => {
    const why = (run: RecordedRun, change: Change): unknown =>
      new Replays(run, documentOf(run), PLACES).predict(change);
    const noGil: Change = { kind: 'no-gil' };
    const run = drawnRun(TURNS, JOINED);
    const gil = new Uint16Array(run.holds.length).fill(1, 3);
    expect(why({ ...run, holds: { ...run.holds, gil } }, noGil)).toBe(
      'several-gils'
    );
    const alone = drawnRun([{ strip: 'GGzGG' }]);
    expect(why(alone, noGil)).toBe('one-holder');
    const threads = run.threads.map(each => ({ ...each, main: false }));
    expect(why({ ...run, threads }, noGil)).toBe('main-thread');
    // One thread with the GIL beside one that sleeps with it: not alike.
    const unlike = drawnRun(
      family({ strip: repeat('G', 50) }, { strip: repeat('z', 49) + 'G' }),
      [{ thread: 0, from: 3, to: 53, by: 2 }]
    );
    expect(why(unlike, { kind: 'threads', threads: 2 })).toBe('workers');
    // A thread that gives the GIL up for each of so many steps.
    const busy: Change = { kind: 'switch-interval', switch_interval_ns: 1 };
    expect(why(run, busy)).toBe('endless');
  });

  it('are the same, asked one by one', () => {
    const run = drawnRun(TURNS, JOINED);
    const replays = new Replays(run, documentOf(run), PLACES);
    for (const each of whatIf(run, documentOf(run), PLACES)) {
      expect(replays.predict(each.change)).toEqual(each);
    }
  });

  it('never fail', () => {
    const run = drawnRun(TURNS, JOINED);
    const broken = {
      ...run,
      holds: { ...run.holds, end: new Float64Array(0) }
    };
    expect(whatIf(broken, documentOf(run), PLACES)).toEqual(expect.any(Array));
    const none = { ...run, threads: [] };
    expect(whatIf(none, documentOf(run), PLACES)).toEqual([]);
  });
});
