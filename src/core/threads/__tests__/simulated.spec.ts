/** Properties of the analysis over random histories of which the truth is known. */
import fc from 'fast-check';
import { RecordKind } from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import { firstEndingAfter } from '../blame';
import { WaitKind, type ThreadsResult } from '../result';
import { STATE_COUNT, ThreadState } from '../states';
import { batches, EVENTS, type Row } from './batches';
import {
  PID,
  simulate,
  type Simulated,
  type SimulatorOptions
} from './simulator';

const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 50);

const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);

beforeAll(() => console.info(`simulated.spec: fast-check seed ${seed}`));

const histories = (
  fixed: Partial<SimulatorOptions> = {}
): fc.Arbitrary<SimulatorOptions> =>
  fc
    .record({
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
      threads: fc.integer({ min: 1, max: 6 }),
      holds: fc.integer({ min: 1, max: 300 }),
      maxDropDelay: fc.constantFrom(0, 3, 30, 150),
      preemptedDrops: fc.constantFrom(0, 0.3),
      preemptedRequests: fc.constantFrom(0, 0.2),
      waitSite: fc.boolean(),
      lockWaits: fc.constantFrom(0, 0.5),
      recordedFrom: fc.constantFrom(0, 1000, 5000)
    })
    .map(options => ({
      ...options,
      // A drop of before the recording, stamped long after its start, can't be told from a hold.
      preemptedDrops: options.recordedFrom > 0 ? 0 : options.preemptedDrops,
      ...fixed
    }));

function analyse(
  simulated: Simulated,
  options: SimulatorOptions,
  batchSize?: number,
  schedulerStates = true
): ThreadsResult {
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [],
    pid: PID,
    schedulerStates,
    start: {
      time: options.recordedFrom,
      threads: Array.from({ length: options.threads }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: `thread ${thread}`,
        running: true
      }))
    }
  });
  for (const batch of batches(simulated.rows, batchSize)) {
    analysis.consume(batch);
  }
  return analysis.finish({ begin: options.recordedFrom, end: simulated.end });
}

function check(
  options: fc.Arbitrary<SimulatorOptions>,
  property: (result: ThreadsResult, truth: Simulated) => void
): void {
  fc.assert(
    fc.property(options, history => {
      const truth = simulate(history);
      fc.pre(truth.end > history.recordedFrom);
      property(analyse(truth, history), truth);
    }),
    { seed, numRuns: RUNS }
  );
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

/** Says what is wrong; an expectation per interval would take minutes. */
function must(condition: boolean, what: string, ...values: number[]): void {
  if (!condition) {
    throw new Error(`${what}: ${values.join(', ')}`);
  }
}

function checkPartition(result: ThreadsResult): void {
  expect(result.threads.length).toBeGreaterThan(0);
  for (const { begin, end, track, statesNs } of result.threads) {
    must(track.start[0] === begin, 'begin', track.start[0], begin);
    must(track.end === end, 'end', track.end, end);
    const times = new Float64Array(STATE_COUNT);
    for (let i = 0; i < track.length; i++) {
      const next = i + 1 < track.length ? track.start[i + 1] : end;
      must(next > track.start[i], 'empty interval', i, next);
      must(
        i === 0 || track.state[i] !== track.state[i - 1],
        'equal neighbours',
        i
      );
      times[track.state[i]] += next - track.start[i];
    }
    expect([...statesNs]).toEqual([...times]);
  }
}

function checkHolds({ holds, waits }: ThreadsResult): void {
  for (let row = 0; row < holds.length; row++) {
    must(holds.end[row] >= holds.start[row], 'ends before its start', row);
    must(row === 0 || holds.start[row] >= holds.end[row - 1], 'overlap', row);
  }
  const waitedUntil = new Map<number, number>();
  for (let row = 0; row < waits.length; row++) {
    must(
      row === 0 || waits.start[row] >= waits.start[row - 1],
      'order of waits',
      row
    );
    const thread = waits.thread[row];
    const before = waitedUntil.get(thread) ?? -Infinity;
    must(waits.start[row] >= before, 'waits of one thread overlap', row);
    waitedUntil.set(thread, waits.end[row]);
    for (
      let hold = firstEndingAfter(holds, waits.start[row], 0);
      hold < holds.length && holds.start[hold] < waits.end[row];
      hold++
    ) {
      must(
        holds.thread[hold] !== waits.thread[row],
        'waits and holds',
        row,
        hold
      );
    }
  }
}

/** Time of the result's holds in which their threads did not hold the GIL. */
function madeUp({ holds, threads }: ThreadsResult, truth: Simulated): number {
  let time = 0;
  for (let row = 0; row < holds.length; row++) {
    const thread = threads[holds.thread[row]].tid - PID;
    time += holds.end[row] - holds.start[row];
    for (const hold of truth.holds) {
      if (hold.thread === thread) {
        const start = Math.max(hold.start, holds.start[row]);
        time -= Math.max(0, Math.min(hold.end, holds.end[row]) - start);
      }
    }
  }
  // The hold that the end of the simulation cut off.
  const last = holds.length - 1;
  const open = last >= 0 && holds.end[last] === truth.end;
  return open ? time - (holds.end[last] - holds.start[last]) : time;
}

/** The rows without those that each gap's CPU made in it, as the kernel says it: before the next record. */
function withGaps(
  { rows, end }: Simulated,
  gaps: readonly { cpu: number; from: number; length: number }[],
  cpuKnown: boolean
): Row[] {
  const left: Row[] = [];
  const missing = new Map<number, number>();
  for (const row of rows) {
    const lost = gaps.some(
      ({ cpu, from, length }) =>
        cpu === row.cpu &&
        row.time >= from * end &&
        row.time < from * end + length
    );
    const before = missing.get(row.cpu) ?? 0;
    if (lost) {
      missing.set(row.cpu, before + 1);
      continue;
    }
    if (before > 0) {
      missing.delete(row.cpu);
      left.push({
        kind: RecordKind.Lost,
        time: row.time,
        pid: -1,
        tid: -1,
        cpu: cpuKnown ? row.cpu : -1,
        args: [before]
      });
    }
    left.push(row);
  }
  return left;
}

describe('over random histories', () => {
  it('states are a partition of each lifetime', () => {
    check(histories(), checkPartition);
  });

  it('whatever is missing, states are a partition and holds do not overlap', () => {
    fc.assert(
      fc.property(
        histories(),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (history, share, start) => {
          const truth = simulate(history);
          fc.pre(truth.end > history.recordedFrom);
          let chance = start / 1000;
          const rows = truth.rows.filter(() => {
            chance = (chance + 0.618_033_988_75) % 1;
            return chance > share;
          });
          const result = analyse({ ...truth, rows }, history);
          checkPartition(result);
          checkHolds(result);
        }
      ),
      { seed, numRuns: RUNS }
    );
  });

  it('where records are lost no hold is claimed, and none is made up after it', () => {
    fc.assert(
      fc.property(
        // Where a thread was preempted before its stamp, the wake that would prove it may be lost.
        histories({ recordedFrom: 0, preemptedDrops: 0 }),
        fc.array(
          fc.record({
            cpu: fc.integer({ min: 0, max: 3 }),
            from: fc.double({ min: 0, max: 1, noNaN: true }),
            length: fc.integer({ min: 1, max: 3000 })
          }),
          { minLength: 1, maxLength: 5 }
        ),
        fc.boolean(),
        (history, gaps, cpuKnown) => {
          const truth = simulate(history);
          fc.pre(truth.end > history.recordedFrom);
          const rows = withGaps(truth, gaps, cpuKnown);
          const result = analyse({ ...truth, rows }, history);
          checkPartition(result);
          checkHolds(result);
          const { holds, lossSpans } = result;
          for (const { start, end } of lossSpans) {
            for (let row = 0; row < holds.length; row++) {
              must(
                holds.end[row] <= start || holds.start[row] >= end,
                'hold in a loss',
                row,
                start,
                end
              );
            }
          }
          if (cpuKnown) {
            const most = truth.displacement;
            must(madeUp(result, truth) <= most, 'made up', most);
          }
        }
      ),
      { seed, numRuns: RUNS }
    );
  });

  it('holds never overlap, nor a wait with a hold of its thread', () => {
    check(histories(), checkHolds);
  });
  it('held time is the truth but for the displacement of the stamps', () => {
    check(histories(), (result, truth) => {
      for (const { tid, statesNs } of result.threads) {
        const unknown = statesNs[ThreadState.Unknown];
        const off = statesNs[ThreadState.HoldingOffCpu];
        const held = statesNs[ThreadState.RunningGil] + off;
        const most = truth.displacement;
        const trueHeld = truth.heldNs[tid - PID];
        const trueOff = truth.heldOffCpuNs[tid - PID];
        must(held <= trueHeld + most, 'held', held, trueHeld, most);
        must(held >= trueHeld - most - unknown, 'held', held, trueHeld, most);
        must(off <= trueOff + most, 'held off-cpu', off, trueOff, most);
        must(off >= trueOff - most - unknown, 'held off-cpu', off, trueOff);
      }
    });
  });

  it('without displacement each hold is the truth', () => {
    const exact = {
      maxDropDelay: 0,
      preemptedDrops: 0,
      preemptedRequests: 0,
      recordedFrom: 0
    };
    check(histories(exact), ({ holds }, truth) => {
      const entering = 8;
      must(holds.length >= truth.holds.length, 'holds', holds.length);
      truth.holds.forEach((hold, row) => {
        must(holds.thread[row] === hold.thread, 'thread', row);
        must(holds.end[row] === hold.end, 'end', row, holds.end[row], hold.end);
        must(
          holds.start[row] <= hold.start &&
            holds.start[row] >= hold.start - entering,
          'start',
          row,
          holds.start[row],
          hold.start
        );
      });
    });
  });

  it('holds, waits, blame and states say the same', () => {
    check(histories(), ({ threads, holds, waits, blame }) => {
      threads.forEach(({ statesNs }, index) => {
        const waited = statesNs[ThreadState.WaitingGil];
        const blamed = blame.filter(entry => entry.waiter === index);
        expect(sumOf(holds, index)).toBe(
          statesNs[ThreadState.RunningGil] + statesNs[ThreadState.HoldingOffCpu]
        );
        expect(sumOf(waits, index)).toBe(waited);
        expect(blamed.reduce((sum, { waitNs }) => sum + waitNs, 0)).toBe(
          waited
        );
        expect(blamed.filter(({ holder }) => holder === index)).toEqual([]);
      });
    });
  });

  it('no oddity is seen where there is none', () => {
    check(histories({ recordedFrom: 0 }), ({ oddities, waits }, truth) => {
      expect(oddities).toEqual({
        dropWithoutRequest: 0,
        neverAcquired: expect.any(Number),
        exitWhileHolding: 0,
        brokenAlternation: 0
      });
      const forced = waits.kind.filter(kind => kind === WaitKind.Forced).length;
      // Those that the end cuts off are unfinished waits.
      const last = new Map<number, string>();
      for (const { tid, site } of truth.rows) {
        if (site === 'yield' || site === 'yield_end') {
          last.set(tid, site);
        }
      }
      const cut = [...last.values()].filter(site => site === 'yield').length;
      expect(forced).toBe(truth.forcedSwitches - cut);
    });
  });

  it('the size of the batches does not matter', () => {
    fc.assert(
      fc.property(
        histories(),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (history, size, schedulerStates) => {
          const truth = simulate(history);
          fc.pre(truth.end > history.recordedFrom);
          expect(analyse(truth, history, size, schedulerStates)).toEqual(
            analyse(truth, history, undefined, schedulerStates)
          );
        }
      ),
      { seed, numRuns: 30 }
    );
  });
});
