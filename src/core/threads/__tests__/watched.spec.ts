/** Watchpoints on the GIL's words, drawn as strips of time, and over random histories. */
import fc from 'fast-check';
import { ThreadAnalysis } from '../analysis';
import { WaitKind, type ThreadsResult } from '../result';
import { STATE_COUNT, ThreadState } from '../states';
import { batches, EVENTS, STORES, WORDS, type Row } from './batches';
import { PID, simulate, type SimulatorOptions } from './simulator';
import {
  at,
  COLUMN,
  NO_ODDITIES,
  strips,
  waitsOf,
  type Strips,
  type StripOptions
} from './strips';

function watched(picture: string, options: StripOptions = {}): Strips {
  return strips(picture, { mode: 'watch', ...options });
}

describe('takes and drops', () => {
  it('are exact', () => {
    const strip = watched(`
      A |<T  D   T  D |
        |-###----###--|
      B |<    T D     |
        |-----##------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([at(1), at(5), at(8)]);
    expect([...strip.result.holds.end]).toEqual([at(4), at(7), at(11)]);
    expect(strip.result.waits).toHaveLength(0);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
    expect(strip.result.threads.map(({ requests }) => requests)).toEqual([
      2, 1
    ]);
  });

  it('tell who made whom wait, from the start of the timed wait on', () => {
    const strip = watched(`
      A |<T      Ds    |
        |-#######------|
      B |<  j>    <T  D|
        |---.......###-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 3, 10, 'Contended', 0]]);
    expect([...strip.result.waits.uncertainty]).toEqual([0]);
    expect(strip.result.blame).toEqual([
      { waiter: 1, holder: -1, waitNs: 2 * COLUMN, count: 1 },
      { waiter: 1, holder: 0, waitNs: 5 * COLUMN, count: 1 }
    ]);
    expect([...strip.result.holds.wanted]).toEqual([5 * COLUMN, 0]);
  });

  it('each further round found the GIL locked: the holder was asked', () => {
    const strip = watched(`
      A |<T          D  |
        |-###########---|
      B |<  j> <j> <j><TD|
        |---...........#|
    `);
    expect([...strip.result.waits.ignored]).toEqual([2]);
    expect([...strip.result.holds.forced]).toEqual([1, 0]);
  });

  it('a thread that was asked yields until another has taken the GIL, and it has a CPU again', () => {
    const strip = watched(`
      A |<T   Dv>   <j> <T D|
        |-####......-....##-|
      B |<  j>    <T   D    |
        |---.......####-----|
    `);
    expect(strip.drawn).toEqual([
      'A |-####-.....-....##-|',
      'B |---.......####-----|'
    ]);
    expect(waitsOf(strip)).toEqual([
      [1, 3, 10, 'Contended', 0],
      [0, 6, 11, 'Forced', 1],
      [0, 12, 16, 'Contended', 1]
    ]);
    expect([...strip.result.holds.forced]).toEqual([1, 0, 0]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('such a wait is over though the records of its thread are lost later', () => {
    const strip = watched(`
      A     |<T   Dv>   <p     |
            |-####-.....-??????|
      B     |<  j>    <T     D |
            |---.......##??##--|
      lost0 |              !   |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [1, 3, 10, 'Contended', 0],
      [0, 6, 11, 'Forced', 1]
    ]);
  });

  it('such a wait lasts to the end of the recording if its thread has no CPU until then', () => {
    const strip = watched(`
      A |<T   Dv>     |
        |-####-.......|
      B |<  j>    <T  |
        |---.......###|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [1, 3, 10, 'Contended', 0],
      [0, 6, 13, 'Forced', 1]
    ]);
  });

  it('a drop without a take: the thread has had the GIL from the start', () => {
    const strip = watched(`
      A |<    D  |
        |#####---|
      B |<  j> <T|
        |---.....|
    `);
    expect(strip.result.oddities).toEqual({
      ...NO_ODDITIES,
      dropWithoutRequest: 1
    });
    expect([...strip.result.holds.start]).toEqual([at(0), at(7)]);
  });

  it('a missing drop, and a missing take, are no holds', () => {
    const strip = watched(`
      A |<T         D |
        |-???????####?|
      B |<       T D  |
        |---------##--|
    `);
    expect(strip.result.oddities.brokenAlternation).toBe(2);
    expect([...strip.result.holds.start]).toEqual([at(8)]);
  });

  it('a signal, and a GIL that is made, are none of them', () => {
    const strip = watched(`
      A |<T s D s |
        |-####----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.waits).toHaveLength(0);
  });

  it('a wait that ends with its thread, or not at all', () => {
    const strip = watched(`
      A |<T      x   |
        |-#######    |
      B |<  j> x     |
        |---...      |
      C |<      j>   |
        |-------.....|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({
      ...NO_ODDITIES,
      neverAcquired: 2,
      exitWhileHolding: 1
    });
    expect(waitsOf(strip)).toEqual([
      [1, 3, 6, 'Unfinished', 0],
      [2, 7, 12, 'Unfinished', 0]
    ]);
  });

  it('a thread that holds the GIL when it ends has held it until then', () => {
    const strip = watched(`
      A |<T      x   |
        |-#######    |
      B |<  j>    <T |
        |---.......##|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({
      ...NO_ODDITIES,
      exitWhileHolding: 1
    });
  });

  it('nothing is claimed where records were lost', () => {
    const strip = watched(`
      A     |<T  D   T        T D|
            |-###----????-----##-|
      B     |<    j>      <T D   |
            |-----.??????_-##----|
      lost  |            !       |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
    for (let row = 0; row < strip.result.holds.length; row++) {
      const { start, end } = strip.result.holds;
      const [loss] = strip.result.lossSpans;
      expect(end[row] <= loss.start || start[row] >= loss.end).toBe(true);
    }
  });

  it('a forked child has its own GIL at the same address, which it makes anew', () => {
    const strip = watched(
      `
      A |<T        D |
        |-#########--|
      C |   *<  D T D|
        |   p####--##|
    `,
      { lanes: { C: { pid: 101, parent: 'A' } } }
    );
    expect(strip.drawn).toEqual([
      'A |-#########--|',
      expect.stringMatching(/^C {1}\| {3}[p~]#+--##/)
    ]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
    expect(strip.result.gils.map(({ pid }) => pid)).toEqual([100, 101]);
  });

  it('what another program writes at these addresses means nothing', () => {
    const strip = watched(`
      A |<T D X T D j|
        |-##---------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.holds).toHaveLength(1);
  });
});

describe('where the wait word is not watched', () => {
  const words = { locked: WORDS.locked };
  const options = { words, switchInterval: 40 };

  it('a sleep that the drop ended was a wait, the run before it its error', () => {
    const strip = watched(
      `
      A |<T      D    |
        |-#######-----|
      B |<    >   <T D|
        |-----.....##-|
    `,
      options
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 5, 10, 'Contended', 0]]);
    expect([...strip.result.waits.uncertainty]).toEqual([5 * COLUMN]);
  });

  it('sleeps of one switch interval before it were rounds of it', () => {
    const strip = watched(
      `
      A |<T             D    |
        |-##############-----|
      B |<  >   <>   <>   <TD|
        |---...............#-|
    `,
      options
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 3, 18, 'Contended', 0]]);
    expect([...strip.result.waits.ignored]).toEqual([2]);
  });

  it('who was woken may sleep once more, for the mutex', () => {
    const strip = watched(
      `
      A |<T      D       |
        |-#######--------|
      B |<  >     <>  <TD|
        |---...........#-|
    `,
      options
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 3, 14, 'Contended', 0]]);
  });

  it('a sleep that began behind the drop was none for the GIL', () => {
    const strip = watched(
      `
      A |<T  D           |
        |-###------------|
      B |<     >     <TD |
        |------______-#--|
    `,
      options
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.waits).toHaveLength(0);
  });

  it('a sleep through which others took the GIL without waiting was none', () => {
    const strip = watched(
      `
      A |<T D T D T D    |
        |-##--##--##-----|
      B |< >          <TD|
        |--____________#-|
    `,
      options
    );
    expect(strip.result.waits).toHaveLength(0);
  });

  it('a sleep that ended before the drop, or long after it, was none', () => {
    const before = watched(
      `
      A |<T    D     |
        |-#####------|
      B |< > <   T D |
        |--__----###-|
    `,
      options
    );
    expect(before.result.waits).toHaveLength(0);
  });
});

const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 50);
const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);

beforeAll(() => console.info(`watched.spec: fast-check seed ${seed}`));

const WATCHED: ReadonlySet<unknown> = new Set([
  'gil_word',
  'wait_word',
  'yield_word'
]);

const histories = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  threads: fc.integer({ min: 1, max: 6 }),
  holds: fc.integer({ min: 1, max: 300 }),
  maxDropDelay: fc.constantFrom(0, 30),
  preemptedDrops: fc.constantFrom(0, 0.3),
  preemptedRequests: fc.constantFrom(0, 0.2),
  lockWaits: fc.constantFrom(0, 0.5),
  recordedFrom: fc.constantFrom(0, 1000),
  watchpoints: fc.constant(true)
});

/** By the watchpoints' records and the scheduler's. */
function analyse(
  { rows, end }: { rows: readonly Row[]; end: number },
  { threads, recordedFrom }: SimulatorOptions,
  batchSize?: number
): ThreadsResult {
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [],
    pid: PID,
    schedulerStates: true,
    mode: 'watch',
    watched: { words: WORDS, stores: STORES },
    mainGil: WORDS.locked - 16,
    start: {
      time: recordedFrom,
      threads: Array.from({ length: threads }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: '',
        running: true
      }))
    }
  });
  const seen = rows.filter(
    ({ site }) => site === undefined || WATCHED.has(site)
  );
  for (const batch of batches(seen, batchSize)) {
    analysis.consume(batch);
  }
  return analysis.finish({ begin: recordedFrom, end });
}

function must(condition: boolean, what: string, ...values: number[]): void {
  if (!condition) {
    throw new Error(`${what}: ${values.join(', ')}`);
  }
}

describe('over random histories', () => {
  it('each hold is the truth to the nanosecond', () => {
    fc.assert(
      fc.property(histories, options => {
        const truth = simulate(options);
        fc.pre(truth.end > options.recordedFrom);
        const { holds, oddities, threads } = analyse(truth, options);
        // The first hold may be older than the capture; the last one may still go on.
        const before = options.recordedFrom > 0;
        expect(oddities.brokenAlternation).toBe(0);
        expect(oddities.dropWithoutRequest).toBeLessThanOrEqual(before ? 1 : 0);
        must(
          holds.length - truth.holds.length in [0, 1],
          'holds',
          holds.length,
          truth.holds.length
        );
        truth.holds.forEach(({ thread, start, end }, row) => {
          must(threads[holds.thread[row]].tid === PID + thread, 'thread', row);
          must(holds.start[row] === start, 'start', holds.start[row], start);
          must(holds.end[row] === end, 'end', holds.end[row], end);
        });
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('waits begin when their thread begins to sleep for the GIL, and end when it has it', () => {
    fc.assert(
      fc.property(histories, options => {
        const truth = simulate({ ...options, recordedFrom: 0 });
        const { waits, threads } = analyse(truth, {
          ...options,
          recordedFrom: 0
        });
        const expected: string[] = [];
        const since = new Map<number, number>();
        for (const { site, tid, time, args } of truth.rows) {
          if (site === 'wait_word' && args?.[0] === 3) {
            since.set(tid, since.get(tid) ?? time);
          } else if (site === 'gil_word' && since.has(tid)) {
            expected.push(`${tid} ${since.get(tid)} ${time}`);
            since.delete(tid);
          }
        }
        const found: string[] = [];
        for (let row = 0; row < waits.length; row++) {
          if (waits.kind[row] === WaitKind.Contended) {
            const { tid } = threads[waits.thread[row]];
            found.push(`${tid} ${waits.start[row]} ${waits.end[row]}`);
          }
        }
        expect(found.sort()).toEqual(expected.sort());
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('whatever is missing, states are a partition and holds do not overlap', () => {
    fc.assert(
      fc.property(
        histories,
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        (options, share) => {
          const truth = simulate(options);
          fc.pre(truth.end > options.recordedFrom);
          let chance = share;
          const rows = truth.rows.filter(() => {
            chance = (chance + 0.618_033_988_75) % 1;
            return chance > share;
          });
          const { threads, holds } = analyse({ ...truth, rows }, options);
          for (const { begin, end, statesNs, track } of threads) {
            let sum = 0;
            for (let state = 0; state < STATE_COUNT; state++) {
              sum += statesNs[state];
            }
            must(sum === end - begin, 'sum of states', sum);
            must(track.start[0] === begin, 'begin', begin);
          }
          for (let row = 1; row < holds.length; row++) {
            must(holds.start[row] >= holds.end[row - 1], 'overlap', row);
          }
        }
      ),
      { seed, numRuns: RUNS }
    );
  });

  it('the size of the batches does not matter', () => {
    fc.assert(
      fc.property(
        histories,
        fc.integer({ min: 1, max: 50 }),
        (options, size) => {
          const truth = simulate(options);
          fc.pre(truth.end > options.recordedFrom);
          expect(analyse(truth, options, size)).toEqual(
            analyse(truth, options)
          );
        }
      ),
      { seed, numRuns: 20 }
    );
  });

  it('holds are those of the states', () => {
    fc.assert(
      fc.property(histories, options => {
        const truth = simulate(options);
        fc.pre(truth.end > options.recordedFrom);
        const { threads, holds } = analyse(truth, options);
        const held = threads.map(() => 0);
        for (let row = 0; row < holds.length; row++) {
          held[holds.thread[row]] += holds.end[row] - holds.start[row];
        }
        threads.forEach(({ statesNs }, index) => {
          expect(held[index]).toBe(
            statesNs[ThreadState.RunningGil] +
              statesNs[ThreadState.HoldingOffCpu]
          );
        });
      }),
      { seed, numRuns: RUNS }
    );
  });
});
