import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { ThreadTimeline } from '../../../core/timeline/thread-timeline';
import type { Interval } from '../lane-source';
import { TimelineLane } from '../timeline-lane';

const { Running, RunningGil, WaitingGil, OffCpu } = ThreadState;

/** A thread from [start, state] pairs. */
function thread(
  changes: readonly (readonly [number, ThreadState])[],
  end: number
): ThreadTimeline {
  return new ThreadTimeline({
    length: changes.length,
    start: Float64Array.from(changes, ([start]) => start),
    state: Uint8Array.from(changes, ([, state]) => state),
    end
  });
}

function shares(
  lane: TimelineLane,
  start: number,
  end: number,
  columns: number
): Record<number, number>[] {
  const out = new Float64Array(columns * STATE_COUNT);
  lane.columnShares({ start, end }, columns, out);
  return Array.from({ length: columns }, (_, column) =>
    Object.fromEntries(
      Array.from(out.subarray(column * STATE_COUNT).subarray(0, STATE_COUNT))
        .map((share, state) => [state, share] as const)
        .filter(([, share]) => share > 0)
    )
  );
}

const STATES = [Running, RunningGil, WaitingGil, OffCpu];
const ONE = thread(
  [
    [100, RunningGil],
    [150, WaitingGil],
    [175, RunningGil]
  ],
  300
);

describe('a lane of one thread', () => {
  const lane = new TimelineLane([ONE], STATES);

  it('has exact shares at any zoom, and none where the thread does not exist', () => {
    expect(shares(lane, 0, 400, 4)).toEqual([
      {},
      { [RunningGil]: 0.75, [WaitingGil]: 0.25 },
      { [RunningGil]: 1 },
      {}
    ]);
    expect(shares(lane, 140, 160, 2)).toEqual([
      { [RunningGil]: 1 },
      { [WaitingGil]: 1 }
    ]);
  });

  it('tells each interval with its true length', () => {
    expect(lane.intervalAt(160)).toEqual({
      start: 150,
      end: 175,
      state: WaitingGil,
      cut: false
    });
    expect(lane.intervalAt(99)).toBeUndefined();
    expect(lane.intervalAt(300)).toBeUndefined();
    expect(lane.resolutionAt()).toBe(0);
  });
});

describe('the long intervals of a lane', () => {
  it('are found among many short ones', () => {
    const changes: [number, ThreadState][] = [];
    const long: number[] = [];
    let now = 0;
    for (let i = 0; i < 5000; i++) {
      changes.push([now, i % 2 === 0 ? RunningGil : OffCpu]);
      const lasts = i % 777 === 5 ? 1000 : 10;
      if (lasts === 1000) {
        long.push(now);
      }
      now += lasts;
    }
    const lane = new TimelineLane([thread(changes, now)], STATES);
    const visited: Interval[] = [];
    lane.visitExact({ start: 0, end: now }, 1000, interval =>
      visited.push(interval)
    );
    expect(visited.map(({ start }) => start)).toEqual(long);
    const some: number[] = [];
    lane.visitExact({ start: long[1] + 1, end: long[3] }, 11, ({ start }) =>
      some.push(start)
    );
    expect(some).toEqual([long[1], long[2]]);
  });
});

describe('a lane of several threads', () => {
  it('shows the average of those that exist, and no interval', () => {
    const other = thread([[200, OffCpu]], 300);
    const lane = new TimelineLane([ONE, other], STATES);
    expect(shares(lane, 100, 300, 2)).toEqual([
      { [RunningGil]: 0.75, [WaitingGil]: 0.25 },
      { [RunningGil]: 0.5, [OffCpu]: 0.5 }
    ]);
    expect(lane.intervalAt(160)).toBeUndefined();
  });
});
