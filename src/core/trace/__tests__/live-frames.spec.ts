/** How much live frames tell, and to whom: with a made-up analysis whose threads change as they are told to. */
import type { StateTimes } from '../../threads/bucket-times';
import { NO_PLACE, type LiveAnalysis } from '../../threads/live-analysis';
import { ThreadState } from '../../threads/states';
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
const MS = 1_000_000;

/** Thread 0 runs and sleeps in turns of 7 ms; the others sleep, until `wake` of them begin to do the same. */
class MadeAnalysis implements LiveAnalysis {
  constructor(readonly threadCount: number) {}

  busy = 1;
  until = 0;

  look(until: number): void {
    this.until = until;
  }

  thread(index: number) {
    const ids = { pid: 100, tid: 100 + index, comm: `t${index}` };
    return { ...ids, native: false, born: -Infinity, died: Infinity };
  }

  guess() {
    return { from: Infinity, what: 0 };
  }

  tell(index: number, from: number, times: StateTimes): void {
    for (let time = Math.max(0, from); time < this.until;) {
      const turn = Math.floor(time / (7 * MS));
      const next = Math.min(this.until, (turn + 1) * 7 * MS);
      const runs = index < this.busy && turn % 2 === 1;
      times.add(runs ? ThreadState.RunningGil : ThreadState.OffCpu, time, next);
      time = next;
    }
  }

  holders() {
    return [{ thread: 0, since: 0, place: NO_PLACE }];
  }

  longestWait(): undefined {
    return undefined;
  }
}

function liveRun(analysis: LiveAnalysis): LiveRun {
  const none = new Int32Array(0);
  return new LiveRun({
    analysis,
    mode: 'full',
    schedulerStates: true,
    begin: 0,
    lines: () => ({
      lines: [],
      stacks: { length: 0, parent: none, line: none }
    }),
    sources: NO_SOURCES
  });
}

it('tells a reader what is new, and one that missed frames what it missed', () => {
  const analysis = new MadeAnalysis(3);
  const run = liveRun(analysis);
  const [steady, slow] = [new LiveCursor(), new LiveCursor()];
  const [reader, late] = [new LiveReader(), new LiveReader()];
  for (let frame = 1; frame <= 60; frame++) {
    run.look(frame * 50 * MS);
    const view = reader.take(run.frame(RUN, FIGURES, steady, LIMITS));
    expect(view.frame).toBe(frame);
    expect(view.threads).toHaveLength(frame === 1 ? 3 : 0);
    // Five new buckets, the last one again because it was not over, and three more.
    expect(view.shares.every(({ count }) => count <= 9)).toBe(true);
    if (frame % 20 === 1) {
      late.take(run.frame(RUN, FIGURES, slow, LIMITS));
    }
  }
  late.take(run.frame(RUN, FIGURES, slow, LIMITS));
  for (let thread = 0; thread < 3; thread++) {
    for (let bucket = 0; bucket < 300; bucket++) {
      const told = reader.bucket(thread, bucket);
      expect(told).toBeDefined();
      expect(late.bucket(thread, bucket)).toEqual(told);
    }
  }
});

it('goes back half a minute for a new reader', () => {
  const run = liveRun(new MadeAnalysis(2));
  run.look(100_000 * MS);
  const reader = new LiveReader();
  reader.take(run.frame(RUN, FIGURES, new LiveCursor(), LIMITS));
  const last = (100_000 * MS) / LIVE_BUCKET_NS - 1;
  expect(reader.bucket(0, last)).toBeDefined();
  expect(reader.bucket(0, last - LIVE_BUCKETS + 1)).toBeDefined();
  expect(reader.bucket(0, last - LIVE_BUCKETS)).toBeUndefined();
});

it('stays small with 512 threads of which few change', () => {
  const analysis = new MadeAnalysis(512);
  const run = liveRun(analysis);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const sizes: number[] = [];
  for (let frame = 1; frame <= 50; frame++) {
    if (frame === 40) {
      analysis.busy = 512;
    }
    run.look(20_000 * MS + frame * 50 * MS);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
    sizes.push(reader.bytes);
  }
  const settled = sizes.slice(1, 38).sort((a, b) => a - b);
  expect(settled[18]).toBeLessThan(15_000);
  expect(settled[36]).toBeLessThan(100_000);
  // All of them at once: some hundred bytes each.
  expect(Math.max(...sizes.slice(39))).toBeLessThan(200_000);
  expect(sizes[0]).toBeLessThan(LIVE_SHARE_BYTES);
  // What was left out was told later.
  const last = (22_500 * MS) / LIVE_BUCKET_NS - 1;
  for (const thread of [1, 300, 511]) {
    for (let bucket = 2000; bucket <= last; bucket++) {
      expect(reader.bucket(thread, bucket)).toBeDefined();
    }
  }
});

it('tells the end of a run', () => {
  const run = liveRun(new MadeAnalysis(1));
  run.look(50 * MS);
  const reader = new LiveReader();
  reader.take(run.frame(RUN, FIGURES, new LiveCursor(), LIMITS));
  const view = reader.take(run.ended({ ...RUN, state: 'partial' }, FIGURES));
  expect(view.run.state).toBe('partial');
  expect(view.frame).toBe(2);
  expect(view.until_ns).toBe(50 * MS);
});
