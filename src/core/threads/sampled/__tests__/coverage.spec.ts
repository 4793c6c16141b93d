/** Over a hundred runs the 95 % intervals hold the true times of a made-up program. */
import type { ThreadsResult } from '../../result';
import { ThreadState } from '../../states';
import { SampledAnalysis } from '../sampled-analysis';
import {
  about,
  always,
  generator,
  isHeld,
  LINES,
  makeProgram,
  MS,
  readProgram,
  stacksOfLines,
  type Program,
  type ProgramOptions,
  type Reader
} from './sampled-program';

const RUNS = 100;
const LEAST = 90;

/** Programs that differ in what is hard: short holds, a rhythm of their own, one that is the reader's. */
const PROGRAMS: Record<string, Omit<ProgramOptions, 'seed'>> = {
  'holds of 5 ms, lines of 0.3 ms': {
    threads: 4,
    duration: 1000 * MS,
    hold: about(5 * MS),
    line: about(0.3 * MS),
    free: about(8 * MS)
  },
  'holds of 0.1 ms': {
    threads: 3,
    duration: 250 * MS,
    hold: about(0.1 * MS),
    line: about(0.03 * MS),
    free: about(0.3 * MS)
  },
  'the rhythm of the rounds': {
    threads: 2,
    duration: 400 * MS,
    hold: always(0.5 * MS),
    line: always(0.25 * MS),
    free: always(0.25 * MS)
  },
  'long phases': {
    threads: 3,
    duration: 2000 * MS,
    hold: random => (random() < 0.1 ? 60 * MS : about(0.2 * MS)(random)),
    line: about(10 * MS),
    free: about(30 * MS)
  }
};

/** All threads in each round, twice as often but half of it forgotten, and two of them. */
const READERS: Record<string, Omit<Reader, 'seed'> & { thin?: boolean }> = {
  'all threads each round': { period: MS },
  'every second reading was forgotten': { period: MS / 2, thin: true },
  'threads in turn': { period: MS, perRound: 2 }
};

const LINE_RECORDS = Array.from({ length: LINES + 1 }, (_, line) => ({
  file: 'program.py',
  line,
  func: 'work'
}));

function analyse(
  program: Program,
  reader: Reader & { thin?: boolean }
): ThreadsResult {
  const analysis = new SampledAnalysis();
  analysis.consume(readProgram(program, reader));
  if (reader.thin === true) {
    analysis.thin(generator(reader.seed));
  }
  return analysis.finish(
    { begin: 0, end: program.duration },
    stacksOfLines(),
    LINE_RECORDS
  );
}

/** True time by line: with the GIL, and of it what others waited. */
function trueLines(program: Program): { held: number[]; made: number[] } {
  const held = new Array<number>(LINES + 1).fill(0);
  const made = new Array<number>(LINES + 1).fill(0);
  const waits = program.intervals
    .flat()
    .filter(({ state }) => state === ThreadState.WaitingGil)
    .sort((a, b) => a.start - b.start);
  const holds = program.intervals
    .flat()
    .filter(({ state }) => isHeld(state))
    .sort((a, b) => a.start - b.start);
  for (const { start, end, line } of holds) {
    held[line] += end - start;
  }
  let first = 0;
  for (const wait of waits) {
    while (first < holds.length && holds[first].end <= wait.start) {
      first++;
    }
    for (
      let at = first;
      at < holds.length && holds[at].start < wait.end;
      at++
    ) {
      const { start, end, line } = holds[at];
      made[line] += Math.min(end, wait.end) - Math.max(start, wait.start);
    }
  }
  return { held, made };
}

/** Counts how often a statement was true, by what it is about. */
class Tally {
  note(what: string, holds: boolean): void {
    const count = this._counts.get(what) ?? { right: 0, all: 0 };
    count.all++;
    count.right += holds ? 1 : 0;
    this._counts.set(what, count);
  }

  /** What was true less often than it should. */
  get failed(): string[] {
    return [...this._counts].flatMap(([what, { right, all }]) =>
      right < (LEAST / RUNS) * all ? [`${what}: ${right} of ${all}`] : []
    );
  }

  get size(): number {
    return this._counts.size;
  }

  private readonly _counts = new Map<string, { right: number; all: number }>();
}

describe.each(Object.entries(READERS))('%s', (_, reader) => {
  it.each(Object.entries(PROGRAMS))('%s', (__, options) => {
    const tally = new Tally();
    const errors: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const program = makeProgram({ ...options, seed: run });
      const result = analyse(program, { ...reader, seed: 1000 + run });
      const lines = trueLines(program);
      result.threads.forEach(({ statesNs, spreads }, thread) => {
        const truth = new Float64Array(statesNs.length);
        for (const { start, end, state } of program.intervals[thread]) {
          truth[state] += end - start;
        }
        statesNs.forEach((time, state) => {
          // A state that is not shown claims nothing.
          if (time > 0 && spreads !== undefined) {
            const { errorNs } = spreads[state];
            tally.note(
              `thread ${thread}, state ${state}`,
              Math.abs(time - truth[state]) <= errorNs
            );
          }
        });
      });
      const top = [...result.lineTimes]
        .sort((a, b) => b.self.heldNs - a.self.heldNs)
        .slice(0, 3);
      expect(top).toHaveLength(3);
      for (const { line, self, spread } of top) {
        const error = spread?.self.heldNs?.errorNs ?? 0;
        tally.note('held', Math.abs(self.heldNs - lines.held[line]) <= error);
        errors.push(error / self.heldNs);
      }
      const made = new Map<number, number>();
      const madeErrors = new Map<number, number>();
      for (const { holderStack, waitNs, spread } of result.lineBlame) {
        made.set(holderStack, (made.get(holderStack) ?? 0) + waitNs);
        madeErrors.set(
          holderStack,
          (madeErrors.get(holderStack) ?? 0) + (spread?.errorNs ?? 0) ** 2
        );
      }
      for (const { line } of top) {
        const error = Math.sqrt(madeErrors.get(line) ?? 0);
        // A line that is not shown to have made others wait claims nothing.
        if (error > 0) {
          tally.note(
            'made wait',
            Math.abs((made.get(line) ?? 0) - lines.made[line]) <= error
          );
        }
      }
    }
    expect(tally.size).toBeGreaterThan(6);
    expect(tally.failed).toEqual([]);
    // An interval that holds everything says nothing.
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThan(reader.thin === true ? 0.45 : 0.35);
  });
});
