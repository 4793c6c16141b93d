/** Holds and waits cut to the run's window, without what is not known, against who has the GIL at each instant. */
import fc from 'fast-check';
import { clipHolds, clipWaits, findEarlyHolders } from '../clip-rows';
import { mergedLosses } from '../final-track';
import { HoldRows, WaitRows } from '../gil-rows';
import { WaitKind } from '../result';

const SEED = Date.now() & 0x7fffffff;
const THREADS = 3;
/** The analysis' thread 1 is not part of the result. */
const INDEXES = [1, -1, 0];

const spans = fc.array(
  fc.record({
    thread: fc.integer({ min: 0, max: THREADS - 1 }),
    free: fc.integer({ min: 0, max: 3 }),
    held: fc.integer({ min: 1, max: 12 })
  }),
  { maxLength: 12 }
);
const runs = fc.record({
  spans,
  losses: fc.array(
    fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 1, max: 9 })), {
      maxLength: 5
    }),
    { minLength: THREADS, maxLength: THREADS }
  ),
  recordedFrom: fc.nat(10),
  begin: fc.nat(10),
  end: fc.integer({ min: 11, max: 90 })
});

beforeAll(() => {
  console.info(`clip-rows.spec: fast-check seed ${SEED}`);
});

/** `thread time` of each instant in the rows. */
function instants(rows: HoldRows | WaitRows): string[] {
  const all: string[] = [];
  for (let row = 0; row < rows.length; row++) {
    for (let time = rows.start[row]; time < rows.end[row]; time++) {
      all.push(`${rows.thread[row]} ${time}`);
    }
  }
  return all.sort();
}

describe('clipped rows', () => {
  it('have each instant of the window that is known, once', () => {
    fc.assert(
      fc.property(runs, ({ spans, losses, recordedFrom, begin, end }) => {
        const holds = new HoldRows();
        const waits = new WaitRows();
        const known: string[] = [];
        let time = 0;
        for (const { thread, free, held } of spans) {
          const start = time + free;
          time = start + held;
          holds.push(thread, start, time);
          waits.push(thread, start, time, WaitKind.Contended, 0, 0);
          for (let at = start; at < time; at++) {
            const lost =
              at < recordedFrom ||
              losses[thread].some(
                ([from, length]) => from <= at && at < from + length
              );
            if (INDEXES[thread] >= 0 && at >= begin && at < end && !lost) {
              known.push(`${INDEXES[thread]} ${at}`);
            }
          }
        }
        known.sort();
        const window = {
          begin,
          end,
          lossSpans: [],
          threads: losses.map((lost, thread) => ({
            index: INDEXES[thread],
            losses: mergedLosses(
              lost.flatMap(([from, length]) => [from, from + length]),
              recordedFrom
            )
          }))
        };
        findEarlyHolders(waits, holds, window);
        const clippedHolds = clipHolds(holds, window);
        const clippedWaits = clipWaits(waits, clippedHolds, window);
        expect(instants(clippedHolds)).toEqual(known);
        expect(instants(clippedWaits)).toEqual(known);
        const starts = [...clippedWaits.start.subarray(0, clippedWaits.length)];
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
      }),
      { seed: SEED, numRuns: 2000 }
    );
  });
});
