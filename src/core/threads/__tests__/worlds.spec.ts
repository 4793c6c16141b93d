/**
 * Properties of the analysis over random histories with several GILs: sub-interpreters with their own, a
 * forked child that may run another program, waits for locks, and the rung `waits`.
 */
import fc from 'fast-check';
import { RecordKind } from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import type { RecordedMode } from '../gil';
import type { ThreadsResult } from '../result';
import { STATE_COUNT, ThreadState } from '../states';
import { batches, EVENTS, type Row } from './batches';
import { simulate, type Simulated } from './simulator';

const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 50);
const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);

beforeAll(() => console.info(`worlds.spec: fast-check seed ${seed}`));

const MAIN_PID = 500;
const SUB_TID = 520;
const CHILD_PID = 540;
const MAIN_GIL = 0x1000;
const SUB_GIL = 0x2000;

interface World {
  rows: Row[];
  main: Simulated;
  /** Threads of a sub-interpreter with its own GIL. */
  sub: Simulated;
  /** Threads of a forked process, whose times are later by `forked`. */
  child: Simulated;
  forked: number;
  end: number;
}

interface WorldOptions {
  seeds: [number, number, number];
  threads: number;
  holds: number;
  forked: number;
  runsProgram: boolean;
}

const worlds: fc.Arbitrary<WorldOptions> = fc.record({
  seeds: fc.tuple(
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.integer({ min: 0, max: 2 ** 31 })
  ),
  threads: fc.integer({ min: 1, max: 4 }),
  holds: fc.integer({ min: 1, max: 100 }),
  forked: fc.integer({ min: 1, max: 3000 }),
  runsProgram: fc.boolean()
});

function makeWorld({
  seeds,
  threads,
  holds,
  forked,
  runsProgram
}: WorldOptions): World {
  const common = {
    threads,
    holds,
    maxDropDelay: 0,
    preemptedDrops: 0,
    lockWaits: 0.6,
    waitSite: true,
    recordedFrom: 0
  };
  const main = simulate({
    ...common,
    seed: seeds[0],
    pid: MAIN_PID,
    interp: 1,
    gil: MAIN_GIL
  });
  const sub = simulate({
    ...common,
    seed: seeds[1],
    pid: MAIN_PID,
    firstTid: SUB_TID,
    interp: 2,
    gil: SUB_GIL
  });
  const child = simulate({
    ...common,
    seed: seeds[2],
    pid: CHILD_PID,
    interp: 1,
    gil: MAIN_GIL
  });
  const base = { cpu: 0, pid: CHILD_PID };
  const childRows: Row[] = Array.from({ length: threads }, (_, thread) => ({
    ...base,
    kind: RecordKind.Fork,
    time: forked,
    tid: CHILD_PID + thread,
    args: thread === 0 ? [MAIN_PID, 519] : [CHILD_PID, CHILD_PID]
  }));
  childRows.push(
    ...child.rows.map(row => ({ ...row, time: row.time + forked }))
  );
  const last = forked + child.end;
  if (runsProgram) {
    const row = { ...base, time: last, tid: CHILD_PID };
    childRows.push({ ...row, kind: RecordKind.Comm, args: [0, 1] });
  }
  return {
    rows: [...main.rows, ...sub.rows, ...childRows].sort(
      (a, b) => a.time - b.time
    ),
    main,
    sub,
    child,
    forked,
    end: Math.max(main.end, sub.end, last)
  };
}

function analyse(
  { rows, end, main, sub }: World,
  mode: RecordedMode = 'full',
  schedulerStates = true
): ThreadsResult {
  const threads = [
    ...main.heldNs.map((_, thread) => MAIN_PID + thread),
    ...sub.heldNs.map((_, thread) => SUB_TID + thread)
  ];
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: ['program'],
    pid: MAIN_PID,
    schedulerStates,
    mode,
    mainGil: MAIN_GIL,
    gilOfInterpreter: (_, interp) => (interp === 2 ? SUB_GIL : undefined),
    start: {
      time: 0,
      threads: threads.map(tid => ({
        pid: MAIN_PID,
        tid,
        comm: '',
        running: true
      }))
    }
  });
  const recorded =
    mode === 'full'
      ? rows
      : rows.filter(({ site }) => site !== 'request' && site !== 'drop');
  for (const batch of batches(recorded, 100)) {
    analysis.consume(batch);
  }
  return analysis.finish({ begin: 0, end });
}

/** Says what is wrong; an expectation per interval would take minutes. */
function must(condition: boolean, what: string, ...values: number[]): void {
  if (!condition) {
    throw new Error(`${what}: ${values.join(', ')}`);
  }
}

function checkResult(result: ThreadsResult): void {
  const { threads, holds, waits, lockWaits } = result;
  const lastEnd = result.gils.map(() => -Infinity);
  for (let row = 0; row < holds.length; row++) {
    const gil = holds.gil[row];
    must(holds.end[row] >= holds.start[row], 'ends before its start', row);
    must(holds.start[row] >= lastEnd[gil], 'overlap', row, gil);
    lastEnd[gil] = holds.end[row];
  }
  threads.forEach(({ begin, end, track, statesNs }, index) => {
    must(track.start[0] === begin, 'begin', track.start[0], begin);
    const times = new Float64Array(STATE_COUNT);
    for (let i = 0; i < track.length; i++) {
      const next = i + 1 < track.length ? track.start[i + 1] : end;
      must(next > track.start[i], 'empty interval', i, next);
      times[track.state[i]] += next - track.start[i];
    }
    expect([...statesNs]).toEqual([...times]);
    must(
      statesNs.reduce((sum, time) => sum + time, 0) === end - begin,
      'lifetime',
      index
    );
    const held =
      statesNs[ThreadState.RunningGil] + statesNs[ThreadState.HoldingOffCpu];
    must(sumOf(holds, index) === held, 'held', index, held);
    const waited = statesNs[ThreadState.WaitingGil];
    must(sumOf(waits, index) === waited, 'waited', index, waited);
    const locked = statesNs[ThreadState.WaitingLock];
    must(sumOf(lockWaits, index) === locked, 'locked', index, locked);
  });
}

function sumOf(
  rows: { length: number; thread: ArrayLike<number> } & {
    start: Float64Array;
    end: Float64Array;
  },
  thread: number
): number {
  let sum = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows.thread[row] === thread) {
      sum += rows.end[row] - rows.start[row];
    }
  }
  return sum;
}

/** True holds as [tid, start, end], in order of time. */
function trueHolds({ main, sub, child, forked }: World): number[][] {
  const of = (simulated: Simulated, tid: number, later: number): number[][] =>
    simulated.holds.map(({ thread, start, end }) => [
      tid + thread,
      start + later,
      end + later
    ]);
  return [
    ...of(main, MAIN_PID, 0),
    ...of(sub, SUB_TID, 0),
    ...of(child, CHILD_PID, forked)
  ].sort((a, b) => a[2] - b[2]);
}

describe('over random histories of several GILs', () => {
  it('states are a partition, holds of one GIL do not overlap, and sums are equal', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), (options, schedulerStates) => {
        const world = makeWorld(options);
        checkResult(analyse(world, 'full', schedulerStates));
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('each hold is found at its own GIL', () => {
    fc.assert(
      fc.property(worlds, options => {
        const world = makeWorld(options);
        const { holds, threads, gils } = analyse(world);
        const ends = new Map<string, number>();
        for (let row = 0; row < holds.length; row++) {
          const { tid } = threads[holds.thread[row]];
          ends.set(`${tid} ${holds.end[row]}`, holds.gil[row]);
        }
        for (const [tid, , end] of trueHolds(world)) {
          const gil = gils[ends.get(`${tid} ${end}`) ?? -1];
          must(gil !== undefined, 'a hold is missing', tid, end);
          must(
            gil.pid === (tid < CHILD_PID ? MAIN_PID : CHILD_PID),
            'pid',
            tid
          );
          must(gil.main === (tid < SUB_TID || tid >= CHILD_PID), 'main', tid);
        }
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('each wait for a lock is found', () => {
    fc.assert(
      fc.property(worlds, options => {
        const world = makeWorld(options);
        const { lockWaits, threads } = analyse(world);
        const found = Array.from({ length: lockWaits.length }, (_, row) =>
          [
            threads[lockWaits.thread[row]].tid,
            lockWaits.start[row],
            lockWaits.end[row]
          ].join()
        );
        const expected = world.main.lockWaits
          .filter(({ end }) => end < world.end)
          .map(({ thread, start, end }) =>
            [MAIN_PID + thread, start, end].join()
          );
        expect(found).toEqual(expect.arrayContaining(expected));
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('in the rung waits the same holds, and no hold is claimed that was none', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), (options, schedulerStates) => {
        const world = makeWorld(options);
        const result = analyse(world, 'waits', schedulerStates);
        checkResult(result);
        const { holds, threads } = result;
        const truth = trueHolds(world);
        for (let row = 0; row < holds.length; row++) {
          const { tid } = threads[holds.thread[row]];
          const start = holds.start[row];
          // Who is named holds the GIL at that moment.
          must(
            truth.some(
              ([holder, from, to]) =>
                holder === tid && from <= start && start <= to
            ) || isOpen(world, start),
            'no holder',
            tid,
            start
          );
        }
      }),
      { seed, numRuns: RUNS }
    );
  });

  it('whatever is missing, states are a partition and holds do not overlap', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.constantFrom<RecordedMode>('full', 'waits'),
        (options, share, mode) => {
          const world = makeWorld(options);
          let chance = 0;
          const rows = world.rows.filter(() => {
            chance = (chance + 0.618_033_988_75) % 1;
            return chance > share;
          });
          const { holds, gils, threads } = analyse({ ...world, rows }, mode);
          const lastEnd = gils.map(() => -Infinity);
          for (let row = 0; row < holds.length; row++) {
            const gil = holds.gil[row];
            must(holds.start[row] >= lastEnd[gil], 'overlap', row, gil);
            lastEnd[gil] = holds.end[row];
          }
          for (const { begin, end, statesNs } of threads) {
            const sum = statesNs.reduce((all, time) => all + time, 0);
            must(sum === end - begin, 'lifetime', sum, begin, end);
          }
        }
      ),
      { seed, numRuns: RUNS }
    );
  });
});

/** Whether a hold that the end of a simulation cut off may have been going on. */
function isOpen({ main, sub, child, forked }: World, time: number): boolean {
  const lastDrop = ({ holds }: Simulated): number => holds.at(-1)?.end ?? 0;
  return (
    time >= Math.min(lastDrop(main), lastDrop(sub), lastDrop(child) + forked)
  );
}
