/** Rounds drawn as text: a column a round, a row a thread. */
import type { LineRecord, ThreadsResult } from '../../result';
import { StackTable } from '../../line-stacks';
import { ThreadState } from '../../states';
import { NOBODY, SOMEBODY, type SampledBatch } from '../batch';
import { SampledAnalysis } from '../sampled-analysis';
import { SleepKind } from '../sleep-kind';

/** Time between two columns; the first one is at half of it. */
export const STEP = 1_000_000;

/** What a thread does when it is read. */
const LETTERS: Readonly<Record<string, ThreadState>> = {
  H: ThreadState.RunningGil,
  h: ThreadState.HoldingOffCpu,
  w: ThreadState.WaitingGil,
  l: ThreadState.WaitingLock,
  r: ThreadState.Running,
  _: ThreadState.OffCpu
};

export interface Strip {
  /** One character a round for each thread: see LETTERS; a blank: not read. */
  threads: readonly string[];
  /** Who has the GIL by the GIL's own words: a digit, `-` nobody, `?` somebody; default: who is read to have it. */
  gil?: string;
  /** Numbers of stacks by round, of the holder; default 0. */
  holderStacks?: string;
  /** The same of each thread's own readings. */
  stacks?: readonly string[];
  /** Milliseconds on a CPU so far, by thread and reading; default: not told. */
  cpu?: (thread: number, round: number) => number;
  /** Thread, start, end, uncertainty, in steps. */
  queued?: readonly (readonly [number, number, number, number])[];
  born?: readonly number[];
  /** Thread and step. */
  ended?: readonly (readonly [number, number])[];
  /** Rounds that did not take place. */
  missing?: (round: number) => boolean;
}

const at = (round: number): number => (round + 0.5) * STEP;

export function batchOf(strip: Strip): SampledBatch {
  const { threads, queued = [], born = [], ended = [] } = strip;
  const rounds = Math.max(...threads.map(row => row.length));
  const holders: [number, number, number, number][] = [];
  const readings: [number, number, number, number, number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    if (strip.missing?.(round)) {
      continue;
    }
    const read = threads.findIndex(row =>
      'Hh'.includes(row.charAt(round) || ' ')
    );
    const told = strip.gil?.charAt(round) ?? (read < 0 ? '-' : String(read));
    const holder =
      told === '-' ? NOBODY : told === '?' ? SOMEBODY : Number(told);
    const running =
      holder >= 0 && threads[holder].charAt(round) === 'h' ? 0 : 1;
    const stack = strip.holderStacks?.charAt(round) ?? '0';
    holders.push([
      at(round),
      holder,
      running,
      holder < 0 || stack === ' ' ? -1 : Number(stack)
    ]);
    threads.forEach((row, thread) => {
      const state = LETTERS[row.charAt(round)];
      if (state !== undefined) {
        const own = strip.stacks?.[thread]?.charAt(round) ?? '0';
        readings.push([
          at(round),
          thread,
          state,
          state === ThreadState.WaitingLock ? 0x77 : 0,
          'Hh'.includes(row.charAt(round)) ? -1 : Number(own),
          (strip.cpu?.(thread, round) ?? 0) * 1e6
        ]);
      }
    });
  }
  return {
    threads: threads.map((_, index) => ({
      index,
      pid: 100,
      tid: 100 + index,
      comm: `t${index}`,
      gil: 0,
      born: born[index] === undefined ? -Infinity : born[index] * STEP
    })),
    gils: [0x1000],
    rounds: holders.length,
    dropped: 0,
    holders: {
      length: holders.length,
      time: Float64Array.from(holders, row => row[0]),
      gil: new Uint16Array(holders.length),
      thread: Int32Array.from(holders, row => row[1]),
      running: Uint8Array.from(holders, row => row[2]),
      stack: Int32Array.from(holders, row => row[3])
    },
    readings: {
      length: readings.length,
      time: Float64Array.from(readings, row => row[0]),
      thread: Int32Array.from(readings, row => row[1]),
      state: Uint8Array.from(readings, row => row[2]),
      lock: Float64Array.from(readings, row => row[3]),
      sleep: Uint8Array.from(readings, () => SleepKind.Pause),
      stack: Int32Array.from(readings, row => row[4]),
      cpu: Float64Array.from(readings, row => row[5])
    },
    queued: Float64Array.from(
      queued.flatMap(([thread, ...times]) => [
        thread,
        ...times.map(time => time * STEP)
      ])
    ),
    ended: Float64Array.from(
      ended.flatMap(([thread, time]) => [thread, time * STEP])
    )
  };
}

/** Stack n is line n, called from nowhere. */
export const LINES: readonly LineRecord[] = Array.from(
  { length: 10 },
  (_, line) => ({ file: 'f.py', line, func: 'f' })
);

export function analysed(
  strip: Strip,
  window = { begin: 0, end: Math.max(...strip.threads.map(row => row.length)) }
): ThreadsResult {
  const analysis = new SampledAnalysis();
  analysis.consume(batchOf(strip));
  const stacks = new StackTable();
  LINES.forEach((_, line) => stacks.intern(-1, line));
  return analysis.finish(
    { begin: window.begin * STEP, end: window.end * STEP },
    stacks,
    LINES
  );
}

/** A thread's states as text, one character a step: what it does in the middle of it. */
export function drawn(
  { threads, begin, end }: ThreadsResult,
  thread: number
): string {
  const { track, begin: born, end: died } = threads[thread];
  let text = '';
  for (let time = begin + STEP / 2; time < end; time += STEP) {
    let step = 0;
    while (step + 1 < track.length && track.start[step + 1] <= time) {
      step++;
    }
    const state = track.state[step];
    const letter =
      state === ThreadState.Preempted
        ? 'p'
        : (Object.keys(LETTERS).find(key => LETTERS[key] === state) ?? '?');
    text += time < born || time >= died ? ' ' : letter;
  }
  return text;
}
