/** What a reader of live frames sees of readings, against the finished result of the same readings. */
import type { SampledBatch } from '../../threads/sampled/batch';
import { SampledAnalysis } from '../../threads/sampled/sampled-analysis';
import {
  about,
  LINES,
  makeProgram,
  MS,
  readProgram,
  stacksOfLines
} from '../../threads/sampled/__tests__/sampled-program';
import { STATE_COUNT } from '../../threads/states';
import { LiveCursor } from '../live-cursor';
import { LIVE_BUCKETS, LIVE_BUCKET_NS, LIVE_SHARE_BYTES } from '../live-frame';
import { LiveRun } from '../live-run';
import { NO_SOURCES } from '../source-paths';
import { LiveReader } from './live-reader';

const RUN = {
  id: 'r1',
  name: '',
  state: 'running',
  started_at: '2026-01-01T00:00:00Z'
} as const;
const FIGURES = { events: 0, events_per_second: 0, lost: 0 };
const LIMITS = { buckets: LIVE_BUCKETS, bytes: LIVE_SHARE_BYTES };
const DURATION = 2000 * MS;

const lines = Array.from({ length: LINES + 1 }, (_, line) => ({
  file: 'script.py',
  line,
  func: 'work'
}));

/** The rows from one time to another. */
function part(
  { threads, gils, holders, readings, ...rest }: SampledBatch,
  from: number,
  to: number
): SampledBatch {
  const within = <Rows extends { length: number; time: Float64Array }>(
    rows: Rows
  ): Rows => {
    const first = rows.time.findIndex(time => time >= from);
    const after = rows.time.findIndex(time => time >= to);
    const begin = first < 0 ? rows.length : first;
    const end = after < 0 ? rows.length : after;
    const columns = Object.entries(rows).map(([name, column]) => [
      name,
      typeof column === 'number' ? end - begin : column.slice(begin, end)
    ]);
    return Object.fromEntries(columns) as Rows;
  };
  return {
    ...rest,
    threads: from === 0 ? threads : [],
    gils: from === 0 ? gils : [],
    rounds: Math.round((to - from) / MS),
    holders: within(holders),
    readings: within(readings)
  };
}

it.each([
  [1, 3, undefined],
  [2, 6, 2],
  [3, 1, undefined]
])('seed %i: tells what the result says', (seed, threads, perRound) => {
  const program = makeProgram({
    seed,
    threads,
    duration: DURATION,
    hold: about(4 * MS),
    line: about(2 * MS),
    free: about(9 * MS)
  });
  const all = readProgram(program, {
    seed,
    period: MS,
    ...(perRound !== undefined && { perRound })
  });
  const analysis = new SampledAnalysis();
  const stacks = stacksOfLines();
  const run = new LiveRun({
    analysis: analysis.live(),
    mode: 'sample',
    schedulerStates: true,
    begin: 0,
    lines: () => ({ lines, stacks }),
    sources: NO_SOURCES
  });
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const step = 50 * MS;
  for (let time = 0; time < DURATION; time += step) {
    analysis.consume(part(all, time, time + step));
    run.look(analysis.readUntil);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  }
  const { last } = reader;
  const result = analysis.finish({ begin: 0, end: DURATION }, stacks, lines);

  // Of those at the end the next reading, and at the begin half a period, may be missing.
  const buckets = DURATION / LIVE_BUCKET_NS - 10;
  let off = 0;
  for (let thread = 0; thread < threads; thread++) {
    const { track } = result.threads[thread];
    const exact = new Float64Array((buckets + 10) * STATE_COUNT);
    for (let i = 0; i < track.length; i++) {
      const end = i + 1 < track.length ? track.start[i + 1] : track.end;
      for (let time = track.start[i]; time < end;) {
        const bucket = Math.floor(time / LIVE_BUCKET_NS);
        const next = Math.min(end, (bucket + 1) * LIVE_BUCKET_NS);
        exact[bucket * STATE_COUNT + track.state[i]] += next - time;
        time = next;
      }
    }
    for (let bucket = 1; bucket < buckets; bucket++) {
      const told = reader.bucket(thread, bucket);
      for (let state = 0; state < STATE_COUNT; state++) {
        const share =
          (255 * exact[bucket * STATE_COUNT + state]) / LIVE_BUCKET_NS;
        off += Math.abs((told?.[state] ?? 255) - share);
      }
    }
  }
  // Rounding alone makes one in 255 here and there.
  expect(off / (threads * (buckets - 1))).toBeLessThan(4);

  const longest = Math.max(
    ...Array.from(result.waits.end, (end, row) => end - result.waits.start[row])
  );
  const wait = last?.longest_wait;
  if (threads === 1) {
    expect(wait).toBeUndefined();
    return;
  }
  expect(wait?.duration_ns).toBeGreaterThan(0.8 * longest);
  expect(wait?.duration_ns).toBeLessThan(1.2 * longest + 10 * MS);
  expect(wait?.line?.file).toBe('script.py');
  for (const { line } of last?.holders ?? []) {
    expect(line?.function).toBe('work');
  }
});
