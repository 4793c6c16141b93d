import type { LineTimes, ThreadsResult } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import type { ReportDocument } from '../document';
import {
  madeCollections,
  madeHolds,
  madeLockWaits,
  madeStacks
} from './made-lines';
import { madeContext, madeResult, PID } from './made-results';

const CELL = '/tmp/ipykernel_17/1.py';
const AGAIN = '/tmp/ipykernel_17/2.py';
const LIBRARY = '/usr/lib/python3.11/json/encoder.py';

const MAIN = 1;
const WORKER = 0;

/** Lines 0 and 3 are one line of the cell, compiled twice; 1 is in a library that it calls. */
const LINES = [
  { file: CELL, line: 3, func: 'work' },
  { file: LIBRARY, line: 200, func: 'dump' },
  { file: CELL, line: 8, func: '<module>' },
  { file: AGAIN, line: 3, func: 'work' }
];
const IN_CELL = 0;
const IN_LIBRARY = 1;
const MAIN_LINE = 2;
const IN_CELL_AGAIN = 3;

function times(
  line: number,
  [held, wanted, waited, released]: readonly number[],
  more: Partial<LineTimes> = {}
): LineTimes {
  const figures = {
    heldNs: held,
    heldWhileWantedNs: wanted,
    waitedNs: waited,
    releasedNs: released
  };
  return {
    line,
    self: figures,
    total: figures,
    heldErrorNs: 0,
    samples: 0,
    waits: 0,
    ...more
  };
}

// main    ======......======....   holds 0 to 600 and 1200 to 1800
// worker  ..~~~~======..~~~~====   waits 200 to 600, 1400 to 1800
const made: ThreadsResult = {
  ...madeResult(
    10_000,
    12_200,
    [
      {
        tid: 12,
        begin: 10_000,
        intervals: [[ThreadState.RunningGil, 2200]]
      },
      {
        tid: PID,
        main: true,
        begin: 10_000,
        intervals: [[ThreadState.RunningGil, 2200]]
      }
    ],
    [
      {
        thread: WORKER,
        start: 10_200,
        end: 10_600,
        holder: MAIN,
        stack: IN_LIBRARY,
        holderStack: MAIN_LINE,
        waker: MAIN
      },
      {
        thread: WORKER,
        start: 11_400,
        end: 11_810,
        holder: MAIN,
        stack: IN_CELL_AGAIN,
        holderStack: MAIN_LINE
      }
    ]
  ),
  lines: LINES,
  stacks: madeStacks([
    [-1, 0],
    [IN_CELL, 1],
    [-1, 2],
    [-1, 3]
  ]),
  holds: madeHolds([
    { thread: MAIN, start: 10_000, end: 10_600, wanted: 400 },
    { thread: WORKER, start: 10_600, end: 11_200 },
    { thread: MAIN, start: 11_200, end: 11_800, wanted: 400 },
    { thread: WORKER, start: 11_810, end: 12_200 }
  ]),
  lineTimes: [
    times(0, [600, 0, 0, 70], {
      total: {
        heldNs: 990,
        heldWhileWantedNs: 0,
        waitedNs: 400,
        releasedNs: 70
      },
      heldErrorNs: 30,
      samples: 5
    }),
    times(1, [390, 0, 400, 0], { heldErrorNs: 10, samples: 3, waits: 1 }),
    times(2, [1200, 800, 0, 0], { samples: 12 }),
    times(3, [0.4, 0, 410, 0], { heldErrorNs: 40, waits: 1 })
  ],
  lineBlame: [
    {
      waiter: WORKER,
      waiterStack: IN_LIBRARY,
      holder: MAIN,
      holderStack: MAIN_LINE,
      waitNs: 400,
      count: 1
    },
    {
      waiter: WORKER,
      waiterStack: IN_CELL_AGAIN,
      holder: MAIN,
      holderStack: MAIN_LINE,
      waitNs: 400,
      count: 1
    },
    {
      waiter: WORKER,
      waiterStack: IN_CELL_AGAIN,
      holder: -1,
      holderStack: -1,
      waitNs: 10,
      count: 1
    }
  ]
};

const SOURCES = {
  cells: [CELL, AGAIN].map(file => ({
    file,
    cell: 'c0ffee',
    first_line: 1,
    label: 'In [3]'
  })),
  roots: { libraries: ['/usr/lib/python3.11'] }
};

function documentOf(
  result: ThreadsResult,
  capture: Partial<ReportDocument['capture']> = {}
): ReportDocument {
  const context = madeContext();
  return buildDocument(result, {
    ...context,
    capture: { ...context.capture, ...capture },
    sources: SOURCES
  });
}

const cell = (line: number, name: string) => ({
  file: 'In [3]',
  line,
  function: name,
  cell: 'c0ffee'
});
const library = { file: 'json/encoder.py', line: 200, function: 'dump' };
const WORK = cell(4, 'work');
const MODULE = cell(9, '<module>');

describe('lines', () => {
  it('stand once each, those that made others wait first', () => {
    expect(documentOf(made).lines).toEqual([
      {
        ...MODULE,
        made_wait_ns: 800,
        held_ns: 1200,
        held_error_ns: 0,
        samples: 12,
        held_while_wanted_ns: 800,
        waited_ns: 0,
        waits: 0,
        released_ns: 0,
        total_held_ns: 1200,
        total_held_while_wanted_ns: 800,
        total_waited_ns: 0,
        total_released_ns: 0
      },
      {
        ...WORK,
        made_wait_ns: 0,
        held_ns: 600,
        // 30 and 40 of two samples that do not depend on each other.
        held_error_ns: 50,
        samples: 5,
        held_while_wanted_ns: 0,
        waited_ns: 410,
        waits: 1,
        released_ns: 70,
        total_held_ns: 990,
        total_held_while_wanted_ns: 0,
        total_waited_ns: 810,
        total_released_ns: 70
      },
      {
        ...library,
        made_wait_ns: 0,
        held_ns: 390,
        held_error_ns: 10,
        samples: 3,
        held_while_wanted_ns: 0,
        waited_ns: 400,
        waits: 1,
        released_ns: 0,
        total_held_ns: 390,
        total_held_while_wanted_ns: 0,
        total_waited_ns: 400,
        total_released_ns: 0
      }
    ]);
  });

  it('have no time of holds where only waits were recorded', () => {
    const [first] = documentOf(made, { mode: 'waits' }).lines;
    expect(first).toEqual({
      ...MODULE,
      made_wait_ns: 800,
      samples: 12,
      waited_ns: 0,
      waits: 0,
      total_waited_ns: 0
    });
  });

  it('include those that are only charged', () => {
    const { lines } = documentOf({ ...made, lineTimes: [] });
    expect(lines.map(line => [line.line, line.made_wait_ns])).toEqual([
      [9, 800],
      [4, 0]
    ]);
  });
});

describe('who made whom wait', () => {
  it('goes by the line that is charged', () => {
    expect(documentOf(made).blame).toEqual([
      {
        waiter: { tid: 12, ...WORK },
        holder: { tid: PID, ...MODULE },
        wait_ns: 800,
        count: 2
      },
      { waiter: { tid: 12, ...WORK }, wait_ns: 10, count: 1 }
    ]);
  });

  it('counts a wait once that met one line on several stacks', () => {
    const [first] = made.lineBlame;
    const { blame } = documentOf({
      ...made,
      blame: [{ waiter: WORKER, holder: MAIN, waitNs: 600, count: 1 }],
      lineBlame: [first, { ...first, holderStack: MAIN_LINE, waitNs: 200 }]
    });
    expect(blame).toHaveLength(1);
    expect(blame[0]).toMatchObject({ wait_ns: 600, count: 1 });
  });

  it('keeps the sums of pairs that are too many to list', () => {
    const many = 25_000;
    const { blame, lines } = documentOf({
      ...made,
      lines: Array.from({ length: many }, (_, index) => ({
        file: 'a.py',
        line: index + 1,
        func: ''
      })),
      stacks: madeStacks(
        Array.from({ length: many }, (_, index) => [-1, index] as const)
      ),
      lineTimes: [],
      blame: [{ waiter: WORKER, holder: MAIN, waitNs: 0, count: many }],
      lineBlame: Array.from({ length: many }, (_, index) => ({
        waiter: WORKER,
        waiterStack: index,
        holder: MAIN,
        holderStack: 0,
        waitNs: index,
        count: 1
      }))
    });
    expect(blame).toHaveLength(10_001);
    expect(blame.reduce((sum, row) => sum + row.wait_ns, 0)).toBe(
      (many * (many - 1)) / 2
    );
    expect(blame[0].waiter).toEqual({ tid: 12 });
    expect(blame[1].wait_ns).toBe(many - 1);
    expect(lines.length).toBeGreaterThan(10_000);
  });
});

describe('a long wait', () => {
  it('has both sides’ lines and stacks, who woke it, and who held meanwhile', () => {
    const [second, first] = documentOf(made).waits;
    expect(first).toEqual({
      tid: 12,
      start_ns: 200,
      duration_ns: 400,
      holder_tid: PID,
      kind: 'contended',
      ignored: 0,
      line: WORK,
      holder_line: MODULE,
      stack: [library, WORK],
      holder_stack: [MODULE],
      waker_tid: PID,
      chain: [{ tid: PID, from_ns: 200, duration_ns: 400 }]
    });
    expect(second.waker_tid).toBeUndefined();
    // The last 10 ns nobody held it.
    expect(second.chain).toEqual([
      { tid: PID, from_ns: 1400, duration_ns: 400 }
    ]);
  });

  it('keeps 16 frames and 8 links', () => {
    const deep = Array.from(
      { length: 40 },
      (_, index) => [index - 1, index % 2] as const
    );
    const { waits } = documentOf({
      ...made,
      ...madeResult(
        0,
        100_000,
        [
          { tid: 12, begin: 0, intervals: [[ThreadState.WaitingGil, 1e5]] },
          { tid: PID, begin: 0, intervals: [[ThreadState.OffCpu, 1e5]] }
        ],
        [{ thread: 0, start: 0, end: 1e5, holder: 1, stack: 39 }]
      ),
      lines: LINES,
      stacks: madeStacks(deep),
      holds: madeHolds(
        Array.from({ length: 20 }, (_, index) => ({
          thread: 1,
          start: index * 5000,
          end: index * 5000 + 4000
        }))
      )
    });
    expect(waits[0].stack).toHaveLength(16);
    expect(waits[0].chain).toHaveLength(8);
    expect(waits[0].chain?.[7].from_ns).toBe(35_000);
  });

  it('has the holds of its own GIL only', () => {
    const other = { pid: PID, address: 0x6000, main: false };
    const { waits } = documentOf({
      ...made,
      gils: [...made.gils, other],
      holds: madeHolds([
        { thread: MAIN, start: 10_000, end: 10_600, wanted: 400 },
        { thread: MAIN, start: 10_100, end: 12_000, gil: 1 },
        { thread: WORKER, start: 10_600, end: 11_200 }
      ])
    });
    expect(waits.map(wait => wait.chain)).toEqual([
      undefined,
      [{ tid: PID, from_ns: 200, duration_ns: 400 }]
    ]);
  });
});

it('sums ignored requests by line and native function', () => {
  const entry = {
    holder: MAIN,
    holderStack: MAIN_LINE,
    symbol: 'long_mul',
    library: '/usr/lib/libpython3.11.so.1.0',
    wantedNs: 100,
    holds: 1,
    requests: 3
  };
  const { ignored } = documentOf({
    ...made,
    ignored: [
      { ...entry, symbol: '', library: '', holderStack: -1, wantedNs: 500 },
      entry,
      { ...entry, wantedNs: 60 }
    ]
  });
  expect(ignored).toEqual([
    { tid: PID, wanted_ns: 500, holds: 1, requests: 3 },
    {
      tid: PID,
      ...MODULE,
      native_function: 'long_mul',
      library: 'libpython3.11.so.1.0',
      wanted_ns: 160,
      holds: 2,
      requests: 6
    }
  ]);
});

it('sums waits for locks by line and by who released them', () => {
  const { locks } = documentOf({
    ...made,
    lockWaits: madeLockWaits([
      {
        thread: WORKER,
        start: 0,
        end: 100_000,
        holder: MAIN,
        stack: IN_LIBRARY
      },
      {
        thread: WORKER,
        start: 200_000,
        end: 250_000,
        holder: MAIN,
        stack: IN_CELL
      },
      { thread: WORKER, start: 300_000, end: 306_000, lock: 0x99 },
      // Free: nobody has waited for it.
      { thread: WORKER, start: 400_000, end: 401_000, lock: 0x99 }
    ])
  });
  expect(locks).toEqual([
    { tid: 12, ...WORK, holder_tid: PID, wait_ns: 150_000, count: 2 },
    { tid: 12, wait_ns: 6_000, count: 1 }
  ]);
});

describe('runs of the garbage collector', () => {
  it('are summed, and the longest listed in order of time', () => {
    const { collections } = documentOf({
      ...made,
      collections: madeCollections([
        [MAIN, 10_100, 10_150],
        [WORKER, 10_300, 10_500]
      ])
    });
    expect(collections).toEqual({
      count: 2,
      total_ns: 250,
      longest_ns: 200,
      longest: [
        { tid: PID, start_ns: 100, duration_ns: 50 },
        { tid: 12, start_ns: 300, duration_ns: 200 }
      ]
    });
  });

  it('are absent where they were not recorded, and none where there were none', () => {
    expect(documentOf(made).collections).toBeUndefined();
    expect(documentOf(made, { collections: true }).collections).toEqual({
      count: 0,
      total_ns: 0,
      longest_ns: 0,
      longest: []
    });
  });
});

describe('threads', () => {
  it('have no share of the GIL where only waits were recorded', () => {
    const [main] = documentOf(made, { mode: 'waits' }).threads;
    expect(Object.keys(main)).toEqual([
      'tid',
      'pid',
      'name',
      'main',
      'native',
      'duration_ns',
      'states_ns',
      'gil_wait_percent',
      'waits',
      'forced_switches'
    ]);
  });

  it('are listed by process, native ones by library', () => {
    const [worker, main] = made.threads;
    const child = { ...main, tid: 5000, pid: 5000, begin: 10_900 };
    const native = (tid: number, library?: string) => ({
      ...worker,
      tid,
      requests: 0,
      python: false,
      ...(library !== undefined && { library })
    });
    const { threads } = documentOf({
      ...made,
      threads: [
        { ...worker, begin: 10_500 },
        { ...main, begin: 10_000 },
        child,
        native(20, '/usr/lib/libz.so'),
        native(21, '/usr/lib/libblas.so'),
        native(22, '/usr/lib/libz.so'),
        native(23)
      ]
    });
    expect(threads.map(({ tid, library: name }) => [tid, name])).toEqual([
      [PID, undefined],
      [12, undefined],
      [21, 'libblas.so'],
      [20, 'libz.so'],
      [22, 'libz.so'],
      [23, undefined],
      [5000, undefined]
    ]);
  });
});

it('tells waits that tracing may have caused', () => {
  const { capture } = documentOf({
    ...made,
    waits: madeResult(
      0,
      1,
      [],
      [
        { thread: 0, start: 0, end: 19_999, holder: 1 },
        { thread: 0, start: 0, end: 20_000, holder: 1 }
      ]
    ).waits
  });
  expect(capture.short_waits).toEqual({ count: 1, wait_ns: 19_999 });
});

it('carries no home and no name of a user', () => {
  const text = JSON.stringify(
    buildDocument(
      {
        ...made,
        lines: LINES.map(line => ({
          ...line,
          file: `/home/alice/secret/${line.line}.py`
        })),
        ignored: [
          {
            holder: 0,
            holderStack: 0,
            symbol: 's',
            library: '/home/alice/lib/x.so',
            wantedNs: 1,
            holds: 1,
            requests: 1
          }
        ]
      },
      madeContext()
    )
  );
  expect(text).not.toMatch(/alice|home/);
});
