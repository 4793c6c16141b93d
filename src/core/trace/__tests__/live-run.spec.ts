/** What a reader of live frames sees, against the finished result of the same records. */
import fc from 'fast-check';

import { RecordKind } from '../../perfdata/records';
import {
  batches,
  EVENTS,
  STORES,
  WORDS,
  type Row
} from '../../threads/__tests__/batches';
import {
  PID,
  simulate,
  type SimulatorOptions
} from '../../threads/__tests__/simulator';
import { ThreadAnalysis } from '../../threads/analysis';
import type { RecordedMode } from '../../threads/gil';
import { NO_STACKS } from '../../threads/line-stacks';
import type { ThreadsResult } from '../../threads/result';
import { STATE_COUNT, ThreadState } from '../../threads/states';
import type { RunInfo } from '../document';
import { LiveCursor } from '../live-cursor';
import { LIVE_BUCKETS, LIVE_BUCKET_NS, LIVE_SHARE_BYTES } from '../live-frame';
import { LiveRun } from '../live-run';
import { NO_SOURCES } from '../source-paths';
import { LiveReader } from './live-reader';

const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.GILTRACER_TEST_RUNS ?? 50);

beforeAll(() => console.info(`live-run.spec: fast-check seed ${seed}`));

const RUN: RunInfo = {
  id: 'r1',
  name: '',
  state: 'running',
  started_at: '2026-01-01T00:00:00Z'
};
const FIGURES = { events: 0, events_per_second: 0, lost: 0 };
const LIMITS = { buckets: LIVE_BUCKETS, bytes: LIVE_SHARE_BYTES };

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

function made(mode: RecordedMode, begin: number, threads: number) {
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [],
    pid: PID,
    mode,
    watched: { words: WORDS, stores: STORES },
    mainGil: WORDS.locked - 16,
    schedulerStates: true,
    start: {
      time: begin,
      threads: Array.from({ length: threads }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: `thread ${thread}`,
        running: true
      }))
    }
  });
  const live = analysis.live(() => undefined);
  const run = new LiveRun({
    analysis: live,
    mode,
    schedulerStates: true,
    begin,
    lines: () => ({ lines: [], stacks: NO_STACKS }),
    sources: NO_SOURCES
  });
  return { analysis, live, run };
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
            const { analysis, live, run } = made(mode, begin, options.threads);
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

const MS = 1_000_000;

it('shows the best guess, and tells again what turns out otherwise', () => {
  const { analysis, run } = made('full', 0, 3);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const tell = (time: number): void => {
    run.look(time * MS);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  };
  const all = (thread: number, bucket: number): ThreadState | undefined => {
    const found = reader.bucket(thread, bucket)?.indexOf(255) ?? -1;
    return found < 0 ? undefined : (found as ThreadState);
  };
  const consume = (
    ...rows: [number, number, Row['site'], number[]?][]
  ): void => {
    for (const batch of batches(
      rows.map(([time, tid, site, args = []]) => ({
        kind: RecordKind.Sample,
        time: time * MS,
        pid: PID,
        tid: PID + tid,
        cpu: tid,
        site,
        args
      }))
    )) {
      analysis.consume(batch);
    }
  };
  // Nothing is known of who never had an event.
  tell(200);
  expect(all(2, 5)).toBe(ThreadState.Unknown);

  // It asks, and no other has it: so it has it. Who made no event can't have had it before.
  consume([201, 0, 'request', [0x500]], [209, 0, 'drop']);
  consume([301, 0, 'request', [0x500]]);
  tell(400);
  expect(all(2, 5)).toBe(ThreadState.Running);
  expect(all(0, 35)).toBe(ThreadState.RunningGil);
  expect(reader.last?.holders).toEqual([{ thread: 0, since_ns: 301 * MS }]);

  // Another asks: it waits, but for how long still is not known; then it is known not to have had it.
  consume([410, 1, 'request', [0x501]]);
  tell(500);
  expect(all(1, 45)).toBe(ThreadState.WaitingGil);
  expect(all(0, 45)).toBe(ThreadState.RunningGil);
  consume([510, 1, 'wake', [1, 0x500, 0, 0, 0, 0x501]]);
  tell(600);
  expect(reader.last?.longest_wait).toMatchObject({
    thread: 1,
    start_ns: 410 * MS,
    duration_ns: 190 * MS,
    open: true,
    holder: 0
  });
  consume([610, 0, 'drop'], [610, 1, 'wake', [0, 0x500, 0, 0, 0, 0x501]]);
  tell(700);
  expect(all(0, 65)).toBe(ThreadState.Running);
  expect(all(1, 65)).toBe(ThreadState.RunningGil);
  const wait = { thread: 1, duration_ns: 200 * MS, open: false };
  expect(reader.last?.longest_wait).toMatchObject(wait);
  consume([705, 1, 'drop']);
  tell(710);
  expect(reader.last?.longest_wait).toMatchObject(wait);
  expect(reader.last?.holders).toEqual([]);
});

it("takes back a hold that was another thread's", () => {
  const { analysis, run } = made('full', 0, 2);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const row = { kind: RecordKind.Sample, pid: PID, cpu: 0 };
  const consume = (...rows: Row[]): void => {
    for (const batch of batches(rows)) {
      analysis.consume(batch);
    }
  };
  const tell = (time: number): void => {
    run.look(time * MS);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  };
  // The other one has had the GIL since before the recording: nothing tells.
  const request = { ...row, tid: PID, site: 'request' as const };
  consume({ ...request, time: 5 * MS, args: [0x500] });
  tell(200);
  expect(reader.bucket(0, 5)?.[ThreadState.RunningGil]).toBe(255);
  // Now it does.
  const drop = { ...row, tid: PID + 1, site: 'drop' as const };
  consume({ ...drop, time: 210 * MS });
  const wake = { ...row, tid: PID, site: 'wake' as const };
  consume({ ...wake, time: 211 * MS, args: [0, 0, 0, 0, 0, 0x500] });
  tell(250);
  expect(reader.bucket(0, 5)?.[ThreadState.WaitingGil]).toBe(255);
  expect(reader.bucket(1, 5)?.[ThreadState.RunningGil]).toBe(255);
});
