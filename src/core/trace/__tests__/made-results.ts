/** Results of runs that never were, for tests: from strips drawn by hand, or by chance from a seed. */
import {
  WaitKind,
  type StateTrack,
  type ThreadRecord,
  type ThreadsResult
} from '../../threads/result';
import { STATE_COUNT, ThreadState } from '../../threads/states';
import type { DocumentContext } from '../build-document';
import {
  madeCollections,
  madeHolds,
  madeLockWaits,
  madeStacks,
  randomLines
} from './made-lines';

/** A thread as a strip of [state, duration] from `begin`. */
export interface Strip {
  tid: number;
  comm?: string;
  main?: boolean;
  requests?: number;
  begin: number;
  intervals: readonly (readonly [ThreadState, number])[];
}

/** A wait by positions of the strips. */
export interface MadeWait {
  thread: number;
  start: number;
  end: number;
  holder: number;
  kind?: WaitKind;
  ignored?: number;
  stack?: number;
  holderStack?: number;
  waker?: number;
}

/** A hold by position of its strip. */
export interface MadeHold {
  thread: number;
  start: number;
  end: number;
  forced?: boolean;
  wanted?: number;
  gil?: number;
}

export const PID = 4711;

export function stripThread(strip: Strip): ThreadRecord {
  const starts: number[] = [];
  const statesNs = new Float64Array(STATE_COUNT);
  let time = strip.begin;
  for (const [state, duration] of strip.intervals) {
    starts.push(time);
    statesNs[state] += duration;
    time += duration;
  }
  const track: StateTrack = {
    length: starts.length,
    start: Float64Array.from(starts),
    state: Uint8Array.from(strip.intervals, ([state]) => state),
    end: time
  };
  return {
    pid: PID,
    tid: strip.tid,
    comm: strip.comm ?? 'python3',
    main: strip.main ?? false,
    begin: strip.begin,
    end: time,
    requests: strip.requests ?? 1,
    python: (strip.requests ?? 1) > 0,
    statesNs,
    track
  };
}

export function madeResult(
  begin: number,
  end: number,
  strips: readonly Strip[],
  waits: readonly MadeWait[] = []
): ThreadsResult {
  return withThreads(begin, end, strips.map(stripThread), waits);
}

function withThreads(
  begin: number,
  end: number,
  threads: readonly ThreadRecord[],
  waits: readonly MadeWait[]
): ThreadsResult {
  const blame = new Map<string, ThreadsResult['blame'][number]>();
  for (const wait of waits) {
    const key = `${wait.thread} ${wait.holder}`;
    const before = blame.get(key);
    blame.set(key, {
      waiter: wait.thread,
      holder: wait.holder,
      waitNs: (before?.waitNs ?? 0) + wait.end - wait.start,
      count: (before?.count ?? 0) + 1
    });
  }
  return {
    begin,
    end,
    schedulerStates: true,
    threads,
    waits: {
      length: waits.length,
      thread: Uint16Array.from(waits, wait => wait.thread),
      start: Float64Array.from(waits, wait => wait.start),
      end: Float64Array.from(waits, wait => wait.end),
      holder: Int32Array.from(waits, wait => wait.holder),
      kind: Uint8Array.from(waits, wait => wait.kind ?? WaitKind.Contended),
      ignored: Uint16Array.from(waits, wait => wait.ignored ?? 0),
      uncertainty: new Float64Array(waits.length),
      stack: Int32Array.from(waits, wait => wait.stack ?? -1),
      holderStack: Int32Array.from(waits, wait => wait.holderStack ?? -1),
      waker: Int32Array.from(waits, wait => wait.waker ?? -1)
    },
    holds: madeHolds([]),
    gils: [{ pid: PID, address: 0x5000, main: true }],
    lockWaits: madeLockWaits([]),
    collections: madeCollections([]),
    lines: [],
    stacks: madeStacks([]),
    lineTimes: [],
    lineBlame: [],
    ignored: [],
    blame: [...blame.values()],
    oddities: {
      dropWithoutRequest: 0,
      neverAcquired: 0,
      exitWhileHolding: 0,
      brokenAlternation: 0
    },
    lossSpans: []
  };
}

/** Numbers from a seed (mulberry32): the same in every run. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Threads that change between all states at random: what compresses worst. Each has about the same
 * number of intervals; some begin late.
 */
export function randomResult(
  seed: number,
  threads: number,
  intervals: number,
  meanNs = 10_000
): ThreadsResult {
  const random = chance(seed);
  const begin = 1_000_000;
  const perThread = Math.max(1, Math.round(intervals / threads));
  const records: ThreadRecord[] = [];
  const waits: MadeWait[] = [];
  let end = begin;
  for (let index = 0; index < threads; index++) {
    const strip: [ThreadState, number][] = [];
    let state = Math.floor(random() * STATE_COUNT);
    const late = index === 0 ? 0 : Math.floor(random() * meanNs * 10);
    let time = begin + late;
    for (let i = 0; i < perThread; i++) {
      const step = 1 + Math.floor(random() * (STATE_COUNT - 1));
      state = (state + step) % STATE_COUNT;
      const duration = 1 + Math.floor(-Math.log(1 - random()) * meanNs);
      strip.push([state as ThreadState, duration]);
      if (state === ThreadState.WaitingGil) {
        waits.push({
          thread: index,
          start: time,
          end: time + duration,
          holder: Math.floor(random() * (threads + 1)) - 1,
          kind: Math.floor(random() * 4) as WaitKind,
          ignored: Math.floor(random() * 3)
        });
      }
      time += duration;
    }
    end = Math.max(end, time);
    records.push(
      stripThread({
        tid: PID + index,
        main: index === 0,
        begin: begin + late,
        intervals: strip,
        requests: Math.floor(random() * 3)
      })
    );
  }
  waits.sort((a, b) => a.start - b.start);
  const lines = randomLines(random, threads, waits, begin, end);
  return { ...withThreads(begin, end, records, waits), ...lines };
}

/** What stands around a result in these tests. */
export function madeContext(
  names: readonly (readonly [number, string])[] = []
): DocumentContext {
  return {
    run: {
      id: '20250102-030405-abcdef',
      name: 'two loops',
      state: 'done',
      started_at: '2025-01-02T03:04:05.678Z'
    },
    capture: {
      mode: 'full',
      python: '3.11.7',
      free_threaded: false,
      gil_enabled: true,
      perf: '6.1.187',
      kernel: '6.18.0',
      events: 1_204_331,
      lost: 0,
      overhead_percent: 3.1,
      reader_cpu_percent: 12.4,
      environment: {
        packages: { numpy: '2.1.0' },
        cpus_usable: 2,
        switch_interval: 5_000_000,
        machine: 'x86_64'
      }
    },
    threadNames: new Map(names)
  };
}
