/** Histories of threads that never were, the same in each run. */
import { STATE_COUNT, ThreadState } from '../src/core/threads/states';

/** The same numbers in each run (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One thread's history, ready to be appended. */
export interface History {
  readonly time: Float64Array;
  readonly state: Uint8Array;
  readonly totals: Float64Array;
  readonly end: number;
}

/** Threads that fight for the GIL: waits of 5 to 500 us, holds, some sleep; at random and in phases. */
export function madeHistory(seed: number, length: number): History {
  const random = chance(seed);
  const states = [
    ThreadState.RunningGil,
    ThreadState.Running,
    ThreadState.WaitingGil,
    ThreadState.HoldingOffCpu,
    ThreadState.Preempted,
    ThreadState.OffCpu
  ];
  const time = new Float64Array(length);
  const state = new Uint8Array(length);
  const totals = new Float64Array(STATE_COUNT);
  let now = 1_000_000 + Math.floor(random() * 1e6);
  let last = 0;
  let scale = 1;
  for (let i = 0; i < length; i++) {
    last =
      (last + 1 + Math.floor(random() * (states.length - 1))) % states.length;
    if (i % 20_000 === 0) {
      scale = 0.2 + 4 * random();
    }
    const stall = random() < 1e-5 ? 1000 : 1;
    const lasts =
      1 + Math.floor(-Math.log(1 - random()) * 50_000 * scale * stall);
    time[i] = now;
    state[i] = states[last];
    totals[states[last]] += lasts;
    now += lasts;
  }
  return { time, state, totals, end: now };
}
