import { sampleView } from '../../__tests__/sample-view';
import { ENGLISH } from '../../translation';
import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { isIdle } from '../../../core/trace/idle';
import { lanesOf, runEndOf } from '../lane-data';
import { laneSummary } from '../lane-row';
import { describeGil, describeLane } from '../tooltip';

const MS = 1e6;
const view = sampleView();
const lanes = lanesOf(view);
const [main, worker] = lanes;

it('puts the main thread first and native threads last', () => {
  expect(lanes.map(lane => lane.thread?.name)).toEqual([
    'MainThread',
    'worker',
    'idler'
  ]);
  expect(lanes.map(lane => lane.number)).toEqual([1, 2, undefined]);
  expect(lanes.map(lane => lane.idle)).toEqual([false, false, true]);
});

it('gives each lane its own row of the overview', () => {
  const shares = new Float64Array(2 * STATE_COUNT);
  main.source.columnShares({ start: 10 * MS, end: 20 * MS }, 2, shares);
  const { RunningGil, OffCpu } = ThreadState;
  expect(shares[RunningGil]).toBe(1);
  expect(shares[STATE_COUNT + OffCpu]).toBe(1);
});

it('puts lanes of several threads last, without exact intervals', () => {
  const { overview } = sampleView();
  if (overview === undefined) {
    throw new Error('the sample has an overview');
  }
  const folded = lanesOf({
    ...view,
    overview: {
      ...overview,
      lanes: [
        { threads: [0, 2], count: 5 },
        { threads: [1], count: 1 }
      ]
    }
  });
  expect(folded.map(lane => lane.thread?.name)).toEqual([
    'MainThread',
    undefined
  ]);
  expect(folded[1].source.intervalAt(2 * MS)).toBeUndefined();
  // Three of its threads are not even in the table.
  expect(laneSummary(folded[1], ENGLISH)).toBe('5 other threads');
});

it('calls a thread idle only if it slept all the time and never waited for the GIL', () => {
  const idler = view.document?.threads[2];
  if (idler === undefined) {
    throw new Error('the sample has three threads');
  }
  expect(isIdle(idler)).toBe(true);
  expect(isIdle({ ...idler, native: false })).toBe(true);
  expect(isIdle({ ...idler, main: true })).toBe(false);
  expect(isIdle({ ...idler, waits: 1 })).toBe(false);
  const states_ns = { 'off-cpu': 19 * MS, running: 1 * MS };
  expect(isIdle({ ...idler, states_ns })).toBe(false);
});

it('ends with the run, not with the last bucket', () => {
  expect(runEndOf(view)).toBe(20 * MS);
});

it('says of a lane in words what its picture shows', () => {
  expect(laneSummary(main, ENGLISH)).toBe(
    'MainThread *, has the GIL 50 %, waits for the GIL 0 %, no GIL 50 %'
  );
});

describe('the tooltip', () => {
  it('tells the exact interval and who held the GIL meanwhile', () => {
    expect(describeLane(lanes, worker, 1 * MS, 1000, ENGLISH)).toEqual([
      'worker',
      'waits for the GIL: 5 ms',
      'from 0 ms',
      'MainThread * holds the GIL'
    ]);
  });

  it('says where a length is only a part', () => {
    expect(describeLane(lanes, worker, 7 * MS, 1000, ENGLISH)).toEqual([
      'worker',
      'runs with the GIL: ≥ 5 ms',
      'from 5 ms'
    ]);
  });

  it('tells shares where a pixel holds several intervals', () => {
    // 8 ms around 5 ms: 4 ms waiting, 4 ms running.
    expect(describeLane(lanes, worker, 5 * MS, 8 * MS, ENGLISH)).toEqual([
      'worker',
      'runs with the GIL: 50 %',
      'waits for the GIL: 50 %',
      'of 8 ms from 1 ms'
    ]);
  });

  it('tells the bucket where only the overview is known', () => {
    expect(describeLane(lanes, worker, 12 * MS, 1000, ENGLISH)).toEqual([
      'worker',
      'waits for the GIL: 100 %',
      'of 5 ms from 10 ms'
    ]);
  });

  it('tells the holder, exactly or in shares', () => {
    expect(describeGil(lanes, 1 * MS, 1000, ENGLISH)).toEqual([
      'GIL',
      'held by MainThread *',
      'runs with the GIL: 5 ms'
    ]);
    expect(describeGil(lanes, 12 * MS, 1000, ENGLISH)).toEqual([
      'GIL',
      'MainThread *: holds it 100 %'
    ]);
  });
});
