import { ThreadState } from '../../../core/threads/states';
import { LIVE_BUCKETS } from '../../../core/trace/live-frame';
import { LiveRows, MOST_ROWS } from '../live-rows';
import { LiveRun, MOST_LIVE_THREADS } from '../live-run';
import { ENGLISH } from '../../translation';
import { trackName } from '../track-name';
import { BUCKET, frame, thread, told } from './sample-frames';

describe('LiveRun', () => {
  it('takes frames of its run, and no older one', () => {
    const run = new LiveRun('run-1');
    let told_ = 0;
    const end = run.watch(() => told_++);
    expect(run.take(frame(1))).toBe(true);
    expect(
      run.take(frame(2, { run: { ...frame(2).run, id: 'another' } }))
    ).toBe(false);
    expect(run.take(frame(4, { events: 4 }))).toBe(true);
    expect(run.take(frame(3, { events: 3 }))).toBe(false);
    expect(run.latest?.events).toBe(4);
    expect(told_).toBe(2);
    end();
    run.take(frame(5));
    expect(told_).toBe(2);
  });

  it('counts the frames that it missed, not those before its first', () => {
    const run = new LiveRun('run-1');
    run.take(frame(100));
    expect(run.missed).toBe(0);
    run.take(frame(101));
    run.take(frame(105));
    expect(run.missed).toBe(3);
  });

  it('keeps threads and what is told of them later', () => {
    const run = new LiveRun('run-1');
    run.take(frame(1, { threads: [thread(0)], shares: [told(0, 0, 'R')] }));
    run.take(
      frame(2, {
        threads: [thread(0, { name: 'renamed', end_ns: BUCKET })],
        // Nobody has named thread 9.
        shares: [told(0, 1, 'W'), told(9, 0, 'R')]
      })
    );
    const [track] = run.tracks.values();
    expect(run.tracks.size).toBe(1);
    expect(track.info.name).toBe('renamed');
    expect(track.lane.total(ThreadState.RunningGil)).toBe(1);
    expect(track.lane.total(ThreadState.WaitingGil)).toBe(1);
  });

  it('knows whose name is not theirs alone', () => {
    const run = new LiveRun('run-1');
    const named = (index: number, name: string) => thread(index, { name });
    run.take(
      frame(1, {
        threads: [named(0, 'python'), named(1, 'python'), named(2, 'main')]
      })
    );
    const names = (): string[] =>
      [...run.tracks.values()].map(track => trackName(track, ENGLISH));
    expect(names()).toEqual(['python 100', 'python 101', 'main']);
    run.take(frame(2, { threads: [named(1, 'worker')] }));
    expect(names()).toEqual(['python', 'worker', 'main']);
  });

  it('holds so many threads, and forgets ended ones for new ones', () => {
    const run = new LiveRun('run-1');
    const many = Array.from({ length: MOST_LIVE_THREADS + 3 }, (_, index) =>
      thread(index, index === 5 ? { end_ns: 0 } : {})
    );
    run.take(frame(1, { threads: many }));
    expect(run.tracks.size).toBe(MOST_LIVE_THREADS);
    expect(run.omittedThreads).toBe(3);
    const late = { until_ns: (LIVE_BUCKETS + 1) * BUCKET };
    // Ended half a minute ago: its place is free.
    run.take(frame(2, { ...late, threads: [thread(MOST_LIVE_THREADS)] }));
    expect(run.tracks.has(5)).toBe(true);
    run.take(frame(3, { ...late, threads: [thread(MOST_LIVE_THREADS)] }));
    expect(run.tracks.has(5)).toBe(false);
    expect(run.tracks.has(MOST_LIVE_THREADS)).toBe(true);
    expect(run.omittedThreads).toBe(2);
  });
});

describe('LiveRows', () => {
  const names = (rows: LiveRows['shown']): string[] =>
    rows.map(({ track }) => track.info.name);

  it('gives rows to who does something, and never moves one', () => {
    const run = new LiveRun('run-1');
    const rows = new LiveRows(run);
    run.take(
      frame(9, {
        threads: [thread(0, { main: true }), thread(1), thread(2)],
        shares: [told(0, 0, 'SSSS'), told(1, 0, 'SSSS'), told(2, 0, 'RRRR')]
      })
    );
    rows.update();
    expect(names(rows.shown)).toEqual(['thread-0', 'thread-2']);
    expect(names(rows.folded)).toEqual(['thread-1']);
    run.take(frame(10, { shares: [told(1, 4, 'WWWW')] }));
    expect(rows.update()).toBe(true);
    expect(names(rows.shown)).toEqual(['thread-0', 'thread-2', 'thread-1']);
    expect(rows.update()).toBe(false);
    expect(rows.shown.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('gives a row to who waits clearly more, in place of who waits least', () => {
    const run = new LiveRun('run-1');
    const rows = new LiveRows(run);
    const threads = Array.from({ length: MOST_ROWS + 1 }, (_, index) =>
      thread(index, { main: index === 0 })
    );
    const waits = (index: number): number => (index === 4 ? 6 : 10 + index);
    run.take(
      frame(100, {
        threads,
        shares: threads.map(({ index }) =>
          told(index, 0, index === MOST_ROWS ? 'WW' : 'W'.repeat(waits(index)))
        )
      })
    );
    rows.update();
    const before = names(rows.shown);
    expect(before).not.toContain(`thread-${MOST_ROWS}`);
    // A little more than the least is not enough: rows would change all the time.
    run.take(frame(101, { shares: [told(MOST_ROWS, 2, 'W'.repeat(8))] }));
    expect(rows.update()).toBe(false);
    run.take(frame(102, { shares: [told(MOST_ROWS, 10, 'W'.repeat(8))] }));
    expect(rows.update()).toBe(true);
    const expected = before.map(name =>
      name === 'thread-4' ? `thread-${MOST_ROWS}` : name
    );
    expect(names(rows.shown)).toEqual(expected);
    expect(names(rows.folded)).toEqual(['thread-4']);
  });
});
