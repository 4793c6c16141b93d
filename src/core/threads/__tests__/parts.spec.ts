/** The analysis' small parts, each by itself. */
import { RecordKind } from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import { blame } from '../blame';
import { addStateTimes } from '../final-track';
import { HoldRows, WaitRows } from '../gil-rows';
import { LossLog } from '../loss-log';
import { percentages } from '../percentages';
import { CpuPhase, GilPhase, LockPhase } from '../phases';
import { WaitKind, type ThreadRecord } from '../result';
import { Site, SiteTable, siteOf } from '../site';
import { StateComposer } from '../state-composer';
import { STATE_COUNT, ThreadState } from '../states';
import { StepTrack } from '../step-track';
import { wantedTimes } from '../wanted-time';
import { batches, EVENTS, type Row } from './batches';

describe('sites', () => {
  it.each([
    ['giltracer:request_4711', Site.Request],
    ['giltracer:wake_1', Site.Wake],
    ['giltracer:drop_4711', Site.Drop],
    ['giltracer:drop2_4711', Site.Drop],
    ['giltracer:yield_4711', Site.Yield],
    ['giltracer:yield_end_4711', Site.YieldEnd],
    ['giltracer:wait_4711', Site.Wait],
    ['giltracer:wait2_471101', Site.Wait],
    ['giltracer:lock_wait_4711', Site.LockWait],
    ['giltracer:lock_wait2_4711', Site.LockWait],
    ['giltracer:lock_wait_end_4711', Site.LockWaitEnd],
    ['giltracer:gc_4711', Site.Collect],
    ['giltracer:gc_end_4711', Site.CollectEnd],
    ['cpu-clock', Site.CpuClock],
    ['cpu-clock:u', Site.CpuClock],
    ['sched:sched_waking', Site.Waking],
    ['giltracer:constructor_4711', Site.None],
    ['giltracer:request', Site.None],
    ['other:request_4711', Site.None],
    ['sched:sched_switch', Site.None]
  ])('%s', (name, site) => {
    expect(siteOf(name)).toBe(site);
  });

  it('are taken from events that are announced later, too', () => {
    const events = [{ name: 'giltracer:drop_1', fields: [] as string[] }];
    const table = new SiteTable(events);
    table.update();
    events.push({ name: 'giltracer:wake_1', fields: ['last_holder'] });
    table.update();
    expect(table.site).toEqual([Site.Drop, Site.Wake]);
    expect(table.lastHolder).toEqual([-1, 0]);
    expect(table.locked).toEqual([-1, -1]);
  });
});

describe('a step track', () => {
  it('merges equal neighbours and has no empty step', () => {
    const track = new StepTrack(-Infinity, 1);
    track.append(10, 1);
    track.append(20, 2);
    track.append(30, 3);
    track.append(30, 2);
    track.append(25, 4);
    track.append(20, 1);
    // The last two count as of 25: the order is right even where a time is not.
    expect([...track.start.slice(0, track.length)]).toEqual([
      -Infinity,
      20,
      25
    ]);
    expect([...track.value.slice(0, track.length)]).toEqual([1, 2, 1]);
  });

  it('grows', () => {
    const track = new StepTrack(0, 0);
    for (let i = 1; i < 1000; i++) {
      track.append(i, i % 7);
    }
    expect(track.length).toBe(1000);
    for (const time of [0, 0.5, 1, 511, 512.5, 999, 5000, -1]) {
      expect(track.indexAt(time)).toBe(
        Math.min(Math.max(Math.floor(time), 0), 999)
      );
    }
    expect(track.value[998]).toBe(998 % 7);
  });
});

describe('blame', () => {
  it('splits each wait by who held the GIL during it', () => {
    const holds = new HoldRows();
    holds.push(0, 0, 10);
    holds.push(1, 10, 20);
    holds.push(0, 25, 30);
    holds.push(2, 30, 30);
    const waits = new WaitRows();
    waits.push(2, 5, 28, WaitKind.Contended, 0, 0);
    waits.push(1, 26, 27, WaitKind.Handoff, 0, 0);
    waits.push(2, 29, 31, WaitKind.Unfinished, 0, 0);
    waits.push(1, 40, 44, WaitKind.Unfinished, 0, 0);
    expect(blame(waits, holds, 3)).toEqual([
      { waiter: 1, holder: -1, waitNs: 4, count: 1 },
      { waiter: 1, holder: 0, waitNs: 1, count: 1 },
      // 20 to 25 and 30 to 31
      { waiter: 2, holder: -1, waitNs: 6, count: 2 },
      // 5 to 10, 25 to 28 and 29 to 30, in two waits
      { waiter: 2, holder: 0, waitNs: 9, count: 2 },
      { waiter: 2, holder: 1, waitNs: 10, count: 1 }
    ]);
  });
});

describe('wanted time', () => {
  it('is the union of the waits within each hold', () => {
    const holds = new HoldRows();
    holds.push(0, 0, 10);
    holds.push(1, 10, 20);
    holds.push(0, 25, 30);
    holds.push(1, 30, 40);
    const waits = new WaitRows();
    waits.push(3, 29, 33, WaitKind.Contended, 0, 0);
    waits.push(2, 4, 12, WaitKind.Contended, 0, 0);
    waits.push(3, 2, 6, WaitKind.Contended, 0, 0);
    waits.push(0, 35, 36, WaitKind.Handoff, 0, 0);
    waits.push(2, 22, 25, WaitKind.Contended, 0, 0);
    expect([...wantedTimes(holds, waits)]).toEqual([8, 2, 1, 4]);
  });
});

describe('a composed track', () => {
  it('forgets what is settled, and shows the same', () => {
    const layers = {
      gilTrack: new StepTrack(-Infinity, GilPhase.Free),
      cpuTrack: new StepTrack(-Infinity, CpuPhase.On),
      lockTrack: new StepTrack(-Infinity, LockPhase.None)
    };
    const composer = new StateComposer(layers, true);
    for (let i = 0; i < 20_000; i++) {
      layers.gilTrack.append(10 * i, GilPhase.Holding);
      if (i % 3 === 0) {
        const asleep = i % 2 === 0;
        layers.cpuTrack.append(
          10 * i + 1,
          asleep ? CpuPhase.Off : CpuPhase.Preempted
        );
        layers.cpuTrack.append(10 * i + 2, CpuPhase.On);
      }
      layers.gilTrack.append(10 * i + 4, GilPhase.Free);
      composer.settle();
    }
    expect(layers.gilTrack.length).toBeLessThan(3000);
    expect(layers.cpuTrack.length).toBeLessThan(3000);
    const track = composer.finish(200_000);
    const times = new Float64Array(STATE_COUNT);
    const { length, start, value } = track;
    addStateTimes(
      {
        length: length - 1,
        start: start.subarray(1),
        value: value.subarray(1)
      },
      200_000,
      times
    );
    expect(times[ThreadState.HoldingOffCpu]).toBe(6667);
    // Each other one of these: those with an even number.
    expect(composer.heldAsleepNs).toBe(3334);
    expect(times[ThreadState.RunningGil]).toBe(4 * 20_000 - 6667);
    expect(times[ThreadState.Running]).toBe(6 * 20_000);
  });
});

describe('losses', () => {
  it('begin with the last record of the same ring', () => {
    const losses = new LossLog();
    losses.seen(0, 10);
    losses.seen(300, 20);
    losses.seen(1, 30);
    expect(losses.add(300, 50)).toEqual({ start: 20, end: 50 });
    expect(losses.add(0, 15)).toEqual({ start: 10, end: 15 });
    expect(losses.add(-1, 60)).toEqual({ start: 30, end: 60 });
    expect(losses.add(7, 5)).toEqual({ start: -Infinity, end: 5 });
    expect(losses.spans).toEqual([
      { start: -Infinity, end: 5 },
      { start: 10, end: 15 },
      { start: 20, end: 60 }
    ]);
  });
});

describe('percentages', () => {
  const thread = (states: Partial<Record<number, number>>): ThreadRecord => ({
    pid: 1,
    tid: 1,
    comm: '',
    main: true,
    begin: 0,
    end: 1000,
    requests: 1,
    python: true,
    statesNs: Float64Array.from(
      { length: STATE_COUNT },
      (_, state) => states[state] ?? 0
    ),
    track: {
      length: 0,
      start: new Float64Array(),
      state: new Uint8Array(),
      end: 0
    }
  });

  it('are those of the known part of the lifetime', () => {
    const states = {
      [ThreadState.Unknown]: 500,
      [ThreadState.RunningGil]: 100,
      [ThreadState.HoldingOffCpu]: 50,
      [ThreadState.WaitingGil]: 100,
      [ThreadState.Running]: 50,
      [ThreadState.Preempted]: 75,
      [ThreadState.OffCpu]: 100,
      [ThreadState.WaitingLock]: 25
    };
    expect(percentages(thread(states), true)).toEqual({
      hasGil: 30,
      gilWait: 20,
      noGil: 50,
      working: 10,
      asleep: 40
    });
  });

  it('have no split without the scheduler', () => {
    const states = { [ThreadState.NoGil]: 300, [ThreadState.RunningGil]: 100 };
    expect(percentages(thread(states), false)).toEqual({
      hasGil: 25,
      gilWait: 0,
      noGil: 75
    });
  });

  it('are those of waits only where holds were not recorded', () => {
    const states = {
      [ThreadState.OnCpu]: 200,
      [ThreadState.RunningGil]: 100,
      [ThreadState.WaitingGil]: 100
    };
    expect(percentages(thread(states), true)).toEqual({ gilWait: 25 });
  });

  it('are absent if nothing is known', () => {
    const states = { [ThreadState.Unknown]: 1000 };
    expect(percentages(thread(states), true)).toEqual({});
  });
});

describe('the records of a capture', () => {
  const analysis = (): ThreadAnalysis =>
    new ThreadAnalysis({
      events: EVENTS,
      strings: ['python'],
      pid: 1,
      schedulerStates: false,
      start: { time: 100, threads: [] }
    });
  const row = { pid: 1, tid: 2, cpu: -1 };
  const sample = (time: number, site: Row['site']): Row => ({
    ...row,
    time,
    kind: RecordKind.Sample,
    site
  });

  it('may begin with threads that perf announces, without a time', () => {
    const rows: Row[] = [
      { ...row, time: 0, kind: RecordKind.Fork, args: [1, 1] },
      { ...row, time: 0, kind: RecordKind.Comm, args: [0, 0] },
      sample(200, 'drop')
    ];
    const traced = analysis();
    for (const batch of batches(rows, 1)) {
      traced.consume(batch);
    }
    const { threads, holds } = traced.finish({ begin: 100, end: 300 });
    expect(threads.map(({ comm, begin }) => [comm, begin])).toEqual([
      ['python', 100]
    ]);
    expect([holds.start[0], holds.end[0]]).toEqual([100, 200]);
  });

  it('may be a little older than the time at which recording was said to be live', () => {
    const rows = [sample(90, 'request'), sample(120, 'drop')];
    const traced = analysis();
    for (const batch of batches(rows)) {
      traced.consume(batch);
    }
    const { threads } = traced.finish({ begin: 80, end: 200 });
    expect([...threads[0].track.start]).toEqual([80, 90, 120]);
    expect([...threads[0].track.state]).toEqual([
      ThreadState.Unknown,
      ThreadState.RunningGil,
      ThreadState.NoGil
    ]);
  });

  it('may be of events that nobody knows', () => {
    const traced = analysis();
    for (const batch of batches([sample(110, undefined)])) {
      traced.consume({ ...batch, event: Uint8Array.of(0) });
      traced.consume({ ...batch, event: Uint8Array.of(99) });
    }
    expect(traced.finish({ begin: 100, end: 200 }).threads).toEqual([]);
  });
});
