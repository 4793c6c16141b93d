/** Properties of the analysis over random histories of which the truth is known. */
import fc from 'fast-check';
import { ThreadAnalysis } from '../analysis';
import { WaitKind, type ThreadsResult } from '../result';
import { STATE_COUNT, ThreadState } from '../states';
import { batches, EVENTS } from './batches';
import {
  PID,
  simulate,
  type Simulated,
  type SimulatorOptions
} from './simulator';

const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 100);

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

describe('over random histories', () => {
  it('states are a partition of each lifetime', () => {
    check(histories(), result => {
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
    });
  });

  it('holds never overlap, nor a wait with a hold of its thread', () => {
    check(histories(), ({ holds, waits }) => {
      for (let row = 0; row < holds.length; row++) {
        must(holds.end[row] >= holds.start[row], 'ends before its start', row);
        must(
          row === 0 || holds.start[row] >= holds.end[row - 1],
          'overlap',
          row
        );
      }
      for (let row = 0; row < waits.length; row++) {
        must(
          row === 0 || waits.start[row] >= waits.start[row - 1],
          'order of waits',
          row
        );
        for (let hold = 0; hold < holds.length; hold++) {
          must(
            holds.thread[hold] !== waits.thread[row] ||
              holds.end[hold] <= waits.start[row] ||
              holds.start[hold] >= waits.end[row],
            'waits and holds',
            row,
            hold
          );
        }
      }
    });
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
    const exact = { maxDropDelay: 0, preemptedDrops: 0, recordedFrom: 0 };
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
      // One may be cut off by the end.
      must(
        forced === truth.forcedSwitches || forced === truth.forcedSwitches - 1,
        'forced switches',
        forced,
        truth.forcedSwitches
      );
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
