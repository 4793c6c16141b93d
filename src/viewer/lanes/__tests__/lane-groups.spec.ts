import type { ThreadRow } from '../../../core/trace/document';
import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { sampleView } from '../../__tests__/sample-view';
import { ENGLISH } from '../../translation';
import type { Lane } from '../lane-data';
import { lanesOf } from '../lane-data';
import type { LaneOrder } from '../lane-groups';
import { groupLanes, groupTitle, lanesInBrief } from '../lane-groups';
import { shownLanes } from '../lane-rows';
import { moveEdge, rangeBetween } from '../range-edges';
import { sharesOfThreads } from '../thread-shares';

const [main, worker, idler] = lanesOf(sampleView());

function lane(tid: number, row: Partial<ThreadRow>, figures = {}): Lane {
  if (worker.thread === undefined) {
    throw new Error('the sample has a worker');
  }
  const thread = { ...worker.thread, tid, ...row };
  return { ...worker, key: `t${tid}`, thread, threads: [thread], ...figures };
}

function titles(lanes: readonly Lane[], order: LaneOrder = 'role'): string[] {
  return groupLanes(lanes, order).map(
    group =>
      `${group.headed ? groupTitle(group, ENGLISH) : '-'}${group.foldedAtFirst ? ' folded' : ''}`
  );
}

it('needs no header for a few threads of one kind', () => {
  expect(titles([main, worker])).toEqual(['-']);
  expect(titles([main, worker, idler])).toEqual(['-', '1 idle thread folded']);
});

it('puts native threads together by library', () => {
  const native = (tid: number, library?: string): Lane =>
    lane(tid, { native: true, ...(library && { library }) });
  expect(
    titles([main, native(1), native(2, 'libb.so'), native(3, 'libb.so')])
  ).toEqual(['-', '2 threads of libb.so', '-']);
});

it('puts threads together by process, if there are several', () => {
  const other = lane(7, { pid: 200 });
  expect(titles([main, worker, other])).toEqual([
    'process 100: 2 Python threads',
    'process 200: 1 Python thread'
  ]);
});

it('folds what is too much, and still shows main threads and those that are looked for', () => {
  const many = Array.from({ length: 40 }, (_, i) => lane(1000 + i, {}));
  const [group] = groupLanes([main, ...many], 'role');
  expect(titles([main, ...many])).toEqual(['41 Python threads folded']);
  const shown = (folds: [string, boolean][], revealed: Lane[]): number =>
    shownLanes(group, new Map(folds), new Set(revealed)).length;
  // The main thread and the mean; one more that is looked for; all.
  expect(shown([], [])).toBe(2);
  expect(shown([], [many[30]])).toBe(3);
  expect(shown([[group.key, false]], [])).toBe(41);
});

it('sorts by what the reader asks for', () => {
  const lanes = [
    lane(1, { name: 'w-10' }, { waitedNs: 5, madeWaitNs: 1 }),
    lane(2, { name: 'w-2' }, { waitedNs: 7, madeWaitNs: 0 }),
    lane(3, { name: 'w-1' }, { waitedNs: 6, madeWaitNs: 2 })
  ];
  const order = (by: LaneOrder): (number | undefined)[] =>
    groupLanes(lanes, by)[0].lanes.map(({ thread }) => thread?.tid);
  expect(order('role')).toEqual([1, 2, 3]);
  expect(order('waited')).toEqual([2, 3, 1]);
  expect(order('made-wait')).toEqual([3, 1, 2]);
  expect(order('name')).toEqual([3, 2, 1]);
});

it('knows from the tables how long a thread waited and made others wait', () => {
  expect([worker.waitedNs, worker.madeWaitNs]).toEqual([10e6, 0]);
  expect([main.waitedNs, main.madeWaitNs]).toEqual([0, 10e6]);
});

it('draws a group as the mean of its threads', () => {
  const { mean } = groupLanes([main, worker], 'role')[0];
  const shares = new Float64Array(STATE_COUNT);
  // The worker waits while the main thread holds the GIL, from 0 to 5 ms.
  mean.source.columnShares({ start: 0, end: 5e6 }, 1, shares);
  expect(shares[ThreadState.RunningGil]).toBe(0.5);
  expect(shares[ThreadState.WaitingGil]).toBe(0.5);
  expect(mean.count).toBe(2);
});

it('says the shares of a group in words', () => {
  // 10 of 40 ms wait, 20 hold the GIL, 10 sleep.
  expect(
    sharesOfThreads([...main.threads, ...worker.threads], ENGLISH)
  ).toEqual(['wait for the GIL 25 %', 'have the GIL 50 %', 'asleep 25 %']);
});

it('shows in brief those that have to do with the GIL', () => {
  expect(lanesInBrief([main, worker, idler]).count).toBe(2);
  expect(lanesInBrief([idler]).count).toBe(1);
});

describe('a range by its edges', () => {
  const bounds = { start: 0, end: 10_000 };

  it('begins in the middle of the view and grows', () => {
    const first = moveEdge(undefined, 1000, 5000, bounds);
    expect(first).toEqual({ range: { start: 5000, end: 6000 }, edge: 'end' });
    const second = moveEdge(first, 1000, 0, bounds);
    expect(second?.range).toEqual({ start: 5000, end: 7000 });
  });

  it('turns round where an edge passes the other one', () => {
    const range = { start: 5000, end: 6000 };
    expect(moveEdge({ range, edge: 'end' }, -3000, 0, bounds)).toEqual({
      range: { start: 3000, end: 5000 },
      edge: 'start'
    });
    expect(moveEdge({ range, edge: 'start' }, -500, 0, bounds)?.range).toEqual({
      start: 4500,
      end: 6000
    });
  });

  it('stays within the run, and is nothing if it is next to nothing', () => {
    expect(rangeBetween(9000, 99_000, bounds)?.range).toEqual({
      start: 9000,
      end: 10_000
    });
    expect(rangeBetween(5000, 5100, bounds)).toBeUndefined();
  });
});
