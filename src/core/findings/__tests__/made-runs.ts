/** Runs drawn by hand for the tests of findings: 1 unit is 1 ms. */
import type { ThreadsResult } from '../../threads/result';
import {
  buildDocument,
  type DocumentContext
} from '../../trace/build-document';
import { SourcePaths } from '../../trace/source-paths';
import {
  madeCollections,
  madeHolds,
  madeLockWaits,
  madeStacks,
  type MadeLockWait
} from '../../trace/__tests__/made-lines';
import {
  madeContext,
  madeResult,
  type MadeHold,
  type MadeWait,
  type Strip
} from '../../trace/__tests__/made-results';
import { ThreadState } from '../../threads/states';
import { resultColumns, type RunColumns } from '../facts/run-columns';
import { findingsOf } from '../judge';
import type { Finding } from '../finding';

export const MS = 1_000_000;

/** One letter for one millisecond of a thread. */
const LETTERS: Readonly<Record<string, ThreadState>> = {
  '?': ThreadState.Unknown,
  H: ThreadState.RunningGil,
  R: ThreadState.Running,
  h: ThreadState.HoldingOffCpu,
  w: ThreadState.WaitingGil,
  L: ThreadState.WaitingLock,
  p: ThreadState.Preempted,
  '.': ThreadState.OffCpu,
  C: ThreadState.OnCpu
};

/** `HHww`: a thread that holds the GIL for 2 ms, then waits for it for 2 ms. A space: it is not there yet. */
export function strip(tid: number, letters: string): Strip {
  const begin = letters.length - letters.trimStart().length;
  return {
    tid,
    main: tid === 1,
    begin: begin * MS,
    intervals: (letters.trim().match(/(.)\1*/g) ?? []).map(
      run => [LETTERS[run[0]], run.length * MS] as const
    )
  };
}

export interface MadeRun {
  /** By letters, one thread each; the first is the main one. */
  threads: readonly string[];
  /** Times in milliseconds. */
  waits?: readonly MadeWait[];
  holds?: readonly MadeHold[];
  lockWaits?: readonly MadeLockWait[];
  collections?: readonly (readonly [number, number, number])[];
  /** Milliseconds that threads slept with the GIL, and threads that never run Python; by index. */
  asleep?: Readonly<Record<number, number>>;
  native?: readonly number[];
  capture?: Partial<DocumentContext['capture']>;
  result?: Partial<ThreadsResult>;
}

/** Frames of these runs by stack: 0 is work at line 3 of the program, 1 loop at line 7, 2 waits in a queue for work, 3 in a join for loop. */
const LINES = [
  { file: '/home/a/prog.py', line: 3, func: 'work' },
  { file: '/home/a/prog.py', line: 7, func: 'loop' },
  { file: '/usr/lib/python3.11/queue.py', line: 171, func: 'Queue.get' },
  { file: '/usr/lib/python3.11/threading.py', line: 1112, func: 'Thread.join' }
];

const SOURCES = {
  cells: [],
  roots: { project: '/home/a', libraries: ['/usr/lib/python3.11'] }
};

function scaled<Row extends { start: number; end: number }>(
  rows: readonly Row[] = []
): Row[] {
  return rows.map(row => ({
    ...row,
    start: row.start * MS,
    end: row.end * MS
  }));
}

function made(run: MadeRun): ThreadsResult {
  const { threads, waits, holds, lockWaits, collections = [] } = run;
  const { asleep = {}, native = [] } = run;
  const length = Math.max(...threads.map(letters => letters.trimEnd().length));
  const madeWaits = scaled(waits);
  const result = madeResult(
    0,
    length * MS,
    threads.map((letters, index) => strip(index + 1, letters)),
    madeWaits
  );
  return {
    ...result,
    threads: result.threads.map((thread, index) => ({
      ...thread,
      python: !native.includes(index) && thread.python,
      ...(index in asleep && { heldAsleepNs: asleep[index] * MS })
    })),
    holds: madeHolds(
      scaled(holds).map(hold => ({
        ...hold,
        wanted: (hold.wanted ?? 0) * MS
      }))
    ),
    lockWaits: madeLockWaits(scaled(lockWaits)),
    collections: madeCollections(
      collections.map(
        ([thread, start, end]) => [thread, start * MS, end * MS] as const
      )
    ),
    lines: LINES,
    stacks: madeStacks([
      [-1, 0],
      [-1, 1],
      [0, 2],
      [1, 3]
    ]),
    lineBlame: madeWaits.map(
      ({ thread, stack = -1, holder, holderStack = -1, start, end }) => ({
        waiter: thread,
        waiterStack: stack,
        holder,
        holderStack,
        waitNs: end - start,
        count: 1
      })
    ),
    ...run.result
  };
}

function documented(run: MadeRun) {
  const result = made(run);
  const context = madeContext();
  const places = new SourcePaths(SOURCES);
  const document = buildDocument(result, {
    ...context,
    capture: { ...context.capture, overhead_percent: 1, ...run.capture },
    places
  });
  return { result, document, places };
}

export function columnsOf(run: MadeRun): RunColumns {
  const { result, document, places } = documented(run);
  return resultColumns(result, document, places);
}

export function findingsOfRun(run: MadeRun): Finding[] {
  const { result, document, places } = documented(run);
  return findingsOf(result, document, places);
}

/** So many times the same. */
export function times(count: number, letters: string): string {
  return letters.repeat(count);
}
