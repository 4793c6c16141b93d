/** Lines, stacks, holds and locks of runs that never were, for tests. */
import type { ThreadsResult } from '../../threads/result';
import type { MadeHold, MadeWait } from './made-results';

type Part<K extends keyof ThreadsResult> = Pick<ThreadsResult, K>;

export function madeHolds(holds: readonly MadeHold[]): ThreadsResult['holds'] {
  return {
    length: holds.length,
    thread: Uint16Array.from(holds, hold => hold.thread),
    start: Float64Array.from(holds, hold => hold.start),
    end: Float64Array.from(holds, hold => hold.end),
    forced: Uint8Array.from(holds, hold => (hold.forced ? 1 : 0)),
    wanted: Float64Array.from(holds, hold => hold.wanted ?? 0),
    gil: Uint16Array.from(holds, hold => hold.gil ?? 0)
  };
}

/** Stacks from [parent, line] each. */
export function madeStacks(
  nodes: readonly (readonly [parent: number, line: number])[]
): ThreadsResult['stacks'] {
  return {
    length: nodes.length,
    parent: Int32Array.from(nodes, ([parent]) => parent),
    line: Int32Array.from(nodes, ([, line]) => line)
  };
}

/** What a wait for a lock is made of; positions of threads and stacks. */
export interface MadeLockWait {
  thread: number;
  start: number;
  end: number;
  lock?: number;
  holder?: number;
  stack?: number;
}

export function madeLockWaits(
  waits: readonly MadeLockWait[]
): ThreadsResult['lockWaits'] {
  return {
    length: waits.length,
    thread: Uint16Array.from(waits, wait => wait.thread),
    start: Float64Array.from(waits, wait => wait.start),
    end: Float64Array.from(waits, wait => wait.end),
    lock: Float64Array.from(waits, wait => wait.lock ?? 0x7f00_0000_1000),
    holder: Int32Array.from(waits, wait => wait.holder ?? -1),
    stack: Int32Array.from(waits, wait => wait.stack ?? -1)
  };
}

/** Runs of the garbage collector as [thread, start, end]. */
export function madeCollections(
  runs: readonly (readonly [thread: number, start: number, end: number])[]
): ThreadsResult['collections'] {
  return {
    length: runs.length,
    thread: Uint16Array.from(runs, ([thread]) => thread),
    start: Float64Array.from(runs, ([, start]) => start),
    end: Float64Array.from(runs, ([, , end]) => end)
  };
}

const FILES = [
  '/home/alice/work/loops.py',
  '/home/alice/.venv/lib/python3.11/site-packages/numpy/core.py',
  '/usr/lib/python3.11/threading.py',
  '<frozen importlib._bootstrap>'
];

/**
 * Lines, stacks and what goes with them at random; the waits are given stacks.
 *
 * @param random numbers from 0 to 1
 */
export function randomLines(
  random: () => number,
  threads: number,
  waits: MadeWait[],
  begin: number,
  end: number
): Part<
  | 'lines'
  | 'stacks'
  | 'lineTimes'
  | 'lineBlame'
  | 'ignored'
  | 'holds'
  | 'lockWaits'
  | 'collections'
> {
  const below = (most: number): number => Math.floor(random() * most);
  const lines = Array.from({ length: 1 + below(60) }, (_, index) => ({
    file: FILES[below(FILES.length)],
    line: below(500),
    func: index % 7 ? `function_${index % 5}` : ''
  }));
  const stacks = madeStacks(
    Array.from(
      { length: 1 + below(200) },
      (_, index) => [below(index + 1) - 1, below(lines.length)] as const
    )
  );
  const stack = (): number => below(stacks.length + 1) - 1;
  const blame = new Map<string, ThreadsResult['lineBlame'][number]>();
  for (const wait of waits) {
    wait.stack = stack();
    wait.holderStack = wait.holder < 0 ? -1 : stack();
    wait.waker = below(threads + 1) - 1;
    const { thread, holder, holderStack } = wait;
    const key = `${thread} ${wait.stack} ${holder} ${holderStack}`;
    const before = blame.get(key);
    blame.set(key, {
      waiter: thread,
      waiterStack: wait.stack,
      holder,
      holderStack,
      waitNs: (before?.waitNs ?? 0) + wait.end - wait.start,
      count: (before?.count ?? 0) + 1
    });
  }
  const figures = () => ({
    heldNs: below(1e9),
    heldWhileWantedNs: below(1e9),
    waitedNs: below(1e9),
    releasedNs: below(1e9)
  });
  const span = below(end - begin);
  return {
    lines,
    stacks,
    lineBlame: [...blame.values()],
    lineTimes: lines.map((_, line) => ({
      line,
      self: figures(),
      total: figures(),
      heldErrorNs: below(1e6),
      samples: below(1000),
      waits: below(1000)
    })),
    ignored: Array.from({ length: below(20) }, () => ({
      holder: below(threads),
      holderStack: stack(),
      symbol: below(2) ? `symbol_${below(9)}` : '',
      library: below(2) ? '/usr/lib/x86_64-linux-gnu/libm.so.6' : '',
      wantedNs: below(1e9),
      holds: below(9),
      requests: below(99)
    })),
    holds: madeHolds(
      Array.from({ length: below(50) }, (_, index) => ({
        thread: below(threads),
        start: begin + index * 100,
        end: begin + index * 100 + 1 + below(99),
        forced: below(2) === 1,
        wanted: below(50)
      }))
    ),
    lockWaits: madeLockWaits(
      Array.from({ length: below(50) }, () => ({
        thread: below(threads),
        start: begin + span,
        end,
        holder: below(threads + 1) - 1,
        stack: stack()
      }))
    ),
    collections: madeCollections(
      Array.from(
        { length: below(150) },
        (_, index) =>
          [below(threads), begin + index, begin + index + below(1000)] as const
      )
    )
  };
}
