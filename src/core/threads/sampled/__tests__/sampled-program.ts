/**
 * A made-up program of which everything is known: who has the GIL when and on which line, who waits, and what the
 * others do; and what a reader sees of it that looks at random times.
 */
import { StackTable } from '../../line-stacks';
import { ThreadState } from '../../states';
import { NOBODY, type SampledBatch } from '../batch';

export const MS = 1_000_000;

export interface ProgramOptions {
  seed: number;
  threads: number;
  /** Nanoseconds. */
  duration: number;
  /** How long a thread keeps the GIL, a line lasts, and a thread does without the GIL. */
  hold: (random: () => number) => number;
  line: (random: () => number) => number;
  free: (random: () => number) => number;
}

export interface Interval {
  start: number;
  end: number;
  state: ThreadState;
  /** Line where the thread stands. */
  line: number;
}

export interface Program {
  /** By thread, without gaps. */
  intervals: Interval[][];
  duration: number;
}

/** Lines 1 to LINES are held, line 0 is where threads wait and do without. */
export const LINES = 5;

/** Mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Exponentially distributed, whole nanoseconds, at least 1. */
export const about =
  (mean: number) =>
  (random: () => number): number =>
    Math.max(1, Math.round(-mean * Math.log(1 - random())));

/** Always the same. */
export const always = (length: number) => (): number => length;

const WITHOUT_GIL = [
  ThreadState.Running,
  ThreadState.OffCpu,
  ThreadState.WaitingLock
];

export function makeProgram(options: ProgramOptions): Program {
  const { threads, duration, hold, line, free } = options;
  const random = generator(options.seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const intervals: Interval[][] = Array.from({ length: threads }, () => []);
  // Since when each waits; from when on it will.
  const asks = intervals.map((own, thread) => {
    const start = Math.round(random() * free(random));
    own.push({ start: 0, end: start, state: WITHOUT_GIL[thread % 3], line: 0 });
    return start;
  });
  let time = 0;
  while (time < duration) {
    const waiting = asks.flatMap((at, thread) => (at <= time ? [thread] : []));
    if (waiting.length === 0) {
      time = Math.min(...asks);
      continue;
    }
    const holder = waiting[pick(waiting.length)];
    const own = intervals[holder];
    own.push({
      start: asks[holder],
      end: time,
      state: ThreadState.WaitingGil,
      line: 0
    });
    const end = time + hold(random);
    // One in ten sleeps with the GIL.
    const state =
      random() < 0.1 ? ThreadState.HoldingOffCpu : ThreadState.RunningGil;
    while (time < end) {
      const until = Math.min(end, time + line(random));
      own.push({ start: time, end: until, state, line: 1 + pick(LINES) });
      time = until;
    }
    const next = end + free(random);
    own.push({ start: end, end: next, state: WITHOUT_GIL[pick(3)], line: 0 });
    asks[holder] = next;
  }
  intervals.forEach((own, thread) =>
    own.push({
      start: asks[thread],
      end: Infinity,
      state: ThreadState.WaitingGil,
      line: 0
    })
  );
  return {
    duration,
    intervals: intervals.map(own =>
      own
        .filter(({ start, end }) => start < Math.min(end, duration))
        .map(each => ({ ...each, end: Math.min(each.end, duration) }))
    )
  };
}

export function isHeld(state: ThreadState): boolean {
  return (
    state === ThreadState.RunningGil || state === ThreadState.HoldingOffCpu
  );
}

/** One line has one stack. */
export function stacksOfLines(): StackTable {
  const stacks = new StackTable();
  for (let line = 0; line <= LINES; line++) {
    stacks.intern(-1, line);
  }
  return stacks;
}

export interface Reader {
  seed: number;
  period: number;
  /** Threads that a round reads; all by default. */
  perRound?: number;
}

/** What a reader sees: one round at a random time in each stretch of a period, the threads in turn. */
export function readProgram(
  { intervals, duration }: Program,
  { seed, period, perRound = intervals.length }: Reader
): SampledBatch {
  const random = generator(seed);
  const cursors = intervals.map(() => 0);
  const at = (thread: number, time: number): Interval => {
    const own = intervals[thread];
    while (own[cursors[thread]].end <= time) {
      cursors[thread]++;
    }
    return own[cursors[thread]];
  };
  const holders: [number, number, number, number][] = [];
  const readings: [number, number, number, number][] = [];
  let turn: number[] = [];
  const rounds = Math.floor(duration / period);
  for (let round = 0; round < rounds; round++) {
    const time = Math.floor((round + random()) * period);
    const holder = intervals.findIndex((_, thread) =>
      isHeld(at(thread, time).state)
    );
    if (holder < 0) {
      holders.push([time, NOBODY, 1, -1]);
    } else {
      const { state, line } = at(holder, time);
      const running = state === ThreadState.RunningGil ? 1 : 0;
      holders.push([time, holder, running, line]);
    }
    for (let read = 0; read < perRound; read++) {
      if (turn.length === 0) {
        turn = intervals.map((_, thread) => thread);
        turn.sort(() => random() - 0.5);
      }
      const thread = turn.pop() ?? 0;
      const { state, line } = at(thread, time);
      readings.push([time, thread, state, isHeld(state) ? -1 : line]);
    }
  }
  return {
    threads: intervals.map((_, index) => ({
      index,
      pid: 100,
      tid: 100 + index,
      comm: `thread ${index}`,
      gil: 0,
      born: -Infinity
    })),
    gils: [0x1000],
    rounds,
    dropped: 0,
    holders: {
      length: holders.length,
      time: Float64Array.from(holders, ([time]) => time),
      gil: new Uint16Array(holders.length),
      thread: Int32Array.from(holders, ([, thread]) => thread),
      running: Uint8Array.from(holders, ([, , running]) => running),
      stack: Int32Array.from(holders, ([, , , stack]) => stack)
    },
    readings: {
      length: readings.length,
      time: Float64Array.from(readings, ([time]) => time),
      thread: Int32Array.from(readings, ([, thread]) => thread),
      state: Uint8Array.from(readings, ([, , state]) => state),
      lock: new Float64Array(readings.length),
      sleep: new Uint8Array(readings.length),
      stack: Int32Array.from(readings, ([, , , stack]) => stack),
      cpu: new Float64Array(readings.length)
    },
    queued: new Float64Array(0),
    ended: new Float64Array(0)
  };
}
