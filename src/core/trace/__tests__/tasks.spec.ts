import { placeWords } from '../../export/source-words';
import type { LineTimes, ThreadsResult } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import type { ReportDocument } from '../document';
import { readLine, readPlace } from '../read-lines';
import { madeStacks } from './made-lines';
import { madeContext, madeResult, PID } from './made-results';

const WORK = '/home/alice/work/jobs.py';
const LIBRARY = '/usr/lib/python3.11/asyncio/events.py';
const KERNEL = '/usr/lib/python3.11/site-packages/ipykernel/kernelbase.py';

const LINES = [
  { file: LIBRARY, line: 80, func: 'Handle._run' },
  { file: WORK, line: 0, func: 'fetch', task: 'fetch-3' },
  { file: WORK, line: 12, func: 'fetch' },
  { file: WORK, line: 0, func: 'fetch', task: 'Task-…' },
  // The same name, given to a task of another coroutine.
  { file: KERNEL, line: 0, func: 'get', task: 'fetch-3' },
  { file: KERNEL, line: 300, func: 'get' },
  { file: KERNEL, line: 0, func: 'get', task: 'Task-…' },
  { file: WORK, line: 40, func: '<module>' }
];
const STACKS = [
  [-1, 0],
  // Of a task with a name, twice nested.
  [0, 1],
  [1, 2],
  [2, 2],
  // Of one without.
  [0, 3],
  [4, 2],
  [0, 4],
  [6, 5],
  // The library's own, in which the user's code runs.
  [0, 6],
  [8, 5],
  [9, 7]
] as const;
const NAMED = 3;
const UNNAMED = 5;
const OF_LIBRARY = 7;
const IN_KERNEL = 10;

function times(line: number, held: number, inAll: number): LineTimes {
  const figures = (heldNs: number): LineTimes['self'] => ({
    heldNs,
    heldWhileWantedNs: 0,
    waitedNs: 0,
    releasedNs: 0
  });
  const [self, total] = [figures(held), figures(inAll)];
  return { line, self, total, heldErrorNs: 0, samples: 1, waits: 0 };
}

const LOOP = 0;
const POOL = 1;

const made: ThreadsResult = {
  ...madeResult(
    0,
    2000,
    [
      {
        tid: PID,
        main: true,
        begin: 0,
        intervals: [[ThreadState.RunningGil, 2000]]
      },
      { tid: 12, begin: 0, intervals: [[ThreadState.WaitingGil, 2000]] }
    ],
    [
      {
        thread: POOL,
        start: 0,
        end: 400,
        holder: LOOP,
        holderStack: NAMED
      },
      {
        thread: POOL,
        start: 500,
        end: 600,
        holder: LOOP,
        holderStack: IN_KERNEL
      }
    ]
  ),
  lines: LINES,
  stacks: madeStacks(STACKS),
  lineTimes: [
    times(0, 0, 1000),
    times(1, 0, 400),
    times(2, 600, 600),
    times(3, 0, 200),
    times(4, 0, 100),
    times(5, 100, 400),
    times(6, 0, 300),
    times(7, 300, 300)
  ],
  lineBlame: [
    [NAMED, 400],
    [UNNAMED, 200],
    [OF_LIBRARY, 100],
    [IN_KERNEL, 50]
  ].map(([holderStack, waitNs]) => ({
    waiter: POOL,
    waiterStack: -1,
    holder: LOOP,
    holderStack,
    waitNs,
    count: 1
  }))
};

function documentOf(result: ThreadsResult): ReportDocument {
  return buildDocument(result, {
    ...madeContext(),
    sources: {
      cells: [],
      roots: {
        project: '/home/alice/work',
        libraries: ['/usr/lib/python3.11', '/usr/lib/python3.11/site-packages']
      }
    }
  });
}

const document = documentOf(made);

it('have an entry each among the lines, with all that ran in them', () => {
  expect(
    document.lines.map(row => [
      placeWords(row),
      row.made_wait_ns,
      row.held_ns,
      row.total_held_ns
    ])
  ).toEqual([
    ['jobs.py:12 in fetch', 600, 600, 600],
    ['task fetch-3', 500, 0, 500],
    ['Task-… of fetch', 200, 0, 200],
    ['ipykernel/kernelbase.py:300 in get', 100, 100, 400],
    ['jobs.py:40', 50, 300, 300],
    ['asyncio/events.py:80 in Handle._run', 0, 0, 1000]
  ]);
});

it('are named where lines make others wait; those of libraries only by their own name', () => {
  expect(
    document.blame.map(row => row.holder && placeWords(row.holder))
  ).toEqual([
    'jobs.py:12 in fetch (task fetch-3)',
    'jobs.py:12 in fetch (Task-… of fetch)',
    'ipykernel/kernelbase.py:300 in get (task fetch-3)',
    'jobs.py:40'
  ]);
  expect(document.waits[0].holder_line).toEqual({
    file: 'jobs.py',
    line: 12,
    function: 'fetch',
    task: 'fetch-3'
  });
});

it('stand in stacks below the frames that they run', () => {
  const stacks = document.waits.map(({ holder_stack: stack = [] }) =>
    stack.map(placeWords)
  );
  expect(stacks).toEqual([
    [
      'jobs.py:12 in fetch',
      'jobs.py:12 in fetch',
      'task fetch-3',
      'asyncio/events.py:80 in Handle._run'
    ],
    [
      'jobs.py:40',
      'ipykernel/kernelbase.py:300 in get',
      'asyncio/events.py:80 in Handle._run'
    ]
  ]);
});

it('are read again as they were written', () => {
  const [{ holder }] = document.blame;
  const place = { ...holder, tid: undefined };
  expect(readPlace({ ...place }, 'holder')).toEqual({
    file: 'jobs.py',
    line: 12,
    function: 'fetch',
    task: 'fetch-3'
  });
  expect(readLine({ ...document.lines[1] }, 'line')).toEqual(document.lines[1]);
});
