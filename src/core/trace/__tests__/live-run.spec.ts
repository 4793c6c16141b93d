/** What a reader of live frames sees, against the finished result of the same records. */
import fc from 'fast-check';

import { batches, type Row } from '../../threads/__tests__/batches';
import {
  simulate,
  type SimulatorOptions
} from '../../threads/__tests__/simulator';
import type { RecordedMode } from '../../threads/gil';
import type { ThreadsResult } from '../../threads/result';
import { STATE_COUNT } from '../../threads/states';
import { LiveCursor } from '../live-cursor';
import { LIVE_BUCKET_NS } from '../live-frame';
import { LiveReader } from './live-reader';
import { FIGURES, LIMITS, recordedRun, RUN } from './recorded-run';

const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 50);

beforeAll(() => console.info(`live-run.spec: fast-check seed ${seed}`));

/** The simulator counts nanoseconds as real programs do microseconds. */
const SCALE = 1000;

const histories: fc.Arbitrary<SimulatorOptions> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  threads: fc.integer({ min: 1, max: 6 }),
  holds: fc.integer({ min: 1, max: 300 }),
  maxDropDelay: fc.constantFrom(0, 3, 30, 150),
  preemptedDrops: fc.constantFrom(0, 0.3),
  preemptedRequests: fc.constantFrom(0, 0.2),
  waitSite: fc.boolean(),
  watchpoints: fc.constant(true),
  lockWaits: fc.constantFrom(0, 0.5),
  recordedFrom: fc.constantFrom(0, 1000, 5000)
});

/** The sites that a recording of the mode has. */
function rowsOf(rows: readonly Row[], mode: RecordedMode): Row[] {
  const words = ['gil_word', 'wait_word', 'yield_word'];
  const unwaited = ['request', 'drop'];
  return rows
    .filter(({ site }) => {
      if (site === undefined) {
        return true;
      }
      const watched = words.includes(site);
      return mode === 'watch'
        ? watched
        : !watched && (mode === 'full' || !unwaited.includes(site));
    })
    .map(row => ({ ...row, time: row.time * SCALE }));
}

function exactShares(
  { threads, begin, end }: ThreadsResult,
  thread: number,
  bucket: number
): Float64Array {
  const { track } = threads[thread];
  const from = begin + bucket * LIVE_BUCKET_NS;
  const to = Math.min(end, from + LIVE_BUCKET_NS);
  const shares = new Float64Array(STATE_COUNT);
  let total = 0;
  for (let i = 0; i < track.length; i++) {
    const stop = i + 1 < track.length ? track.start[i + 1] : track.end;
    const time = Math.min(stop, to) - Math.max(track.start[i], from);
    if (time > 0) {
      shares[track.state[i]] += time;
      total += time;
    }
  }
  return shares.map(time => (total > 0 ? (255 * time) / total : 0));
}

/** Histories in which something was once told wrong, with the sizes of their batches and frames. */
const FOUND: [SimulatorOptions, number, number][] = [
  [
    // On the rung `watch`, the wait of a thread that yielded was over long before its next event.
    {
      seed: 21,
      threads: 3,
      holds: 233,
      maxDropDelay: 150,
      preemptedDrops: 0.3,
      preemptedRequests: 0.2,
      waitSite: false,
      watchpoints: true,
      lockWaits: 0.5,
      recordedFrom: 0
    },
    20,
    1
  ]
];

describe.each<RecordedMode>(['full', 'watch', 'waits'])(
  'on the rung %s',
  mode => {
    it('tells what the finished result says, as far as it is settled', () => {
      let compared = 0;
      fc.assert(
        fc.property(
          histories,
          fc.integer({ min: 20, max: 400 }),
          fc.integer({ min: 1, max: 9 }),
          (options, batchSize, framesApart) => {
            const truth = simulate(options);
            fc.pre(truth.end > options.recordedFrom);
            const begin = options.recordedFrom * SCALE;
            const { analysis, live, run } = recordedRun(
              mode,
              begin,
              options.threads
            );
            const reader = new LiveReader();
            const cursor = new LiveCursor();
            let batchNumber = 0;
            let time = begin;
            const tell = (): void => {
              run.look(time);
              reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
            };
            for (const batch of batches(rowsOf(truth.rows, mode), batchSize)) {
              analysis.consume(batch);
              time = Math.max(time, batch.time[batch.length - 1]);
              if (++batchNumber % framesApart === 0) {
                tell();
              }
            }
            time = Math.max(time, truth.end * SCALE);
            tell();
            const certain = Array.from(
              { length: live.threadCount },
              (_, thread) => Math.min(live.guess(thread).from, time)
            );
            const result = analysis.finish({ begin, end: time });
            certain.forEach((until, thread) => {
              for (
                let bucket = 0;
                begin + (bucket + 1) * LIVE_BUCKET_NS <= until;
                bucket++
              ) {
                const told = reader.bucket(thread, bucket);
                const exact = exactShares(result, thread, bucket);
                compared++;
                for (let state = 0; state < STATE_COUNT; state++) {
                  // Shares are rounded so that they sum to 255. An expectation for each would take minutes.
                  if (!(Math.abs((told?.[state] ?? -9) - exact[state]) <= 1)) {
                    throw new Error(
                      `thread ${thread}, bucket ${bucket}: ${told?.join()} instead of ${exact.join()}`
                    );
                  }
                }
              }
            });
          }
        ),
        { seed, numRuns: RUNS, examples: FOUND }
      );
      expect(compared).toBeGreaterThan(RUNS);
    });
  }
);
