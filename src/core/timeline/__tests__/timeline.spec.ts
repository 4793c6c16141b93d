import fc from 'fast-check';

import { STATE_COUNT, ThreadState } from '../../threads/states';
import { randomResult } from '../../trace/__tests__/made-results';
import { FREE_SLOT, HolderTrack, OTHERS_SLOT } from '../holder-track';
import { intervalAt } from '../interval-track';
import { columnsTimeline, resultTimeline } from '../result-timeline';
import { Timeline } from '../timeline';
import { drawnTrack } from './made-tracks';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`timeline.spec: fast-check seed ${SEED}`));

const RESULT = fc
  .record({
    seed: fc.integer(),
    threads: fc.integer({ min: 1, max: 6 }),
    intervals: fc.integer({ min: 1, max: 400 })
  })
  .map(({ seed, threads, intervals }) =>
    randomResult(seed, threads, intervals, 3000)
  );

/** Waits of columns as objects, in the order of their rows. */
function listed({ waits }: ReturnType<typeof randomResult>): {
  thread: number;
  row: number;
  start: number;
  end: number;
}[] {
  return Array.from({ length: waits.length }, (_, row) => ({
    thread: waits.thread[row],
    row,
    start: waits.start[row],
    end: waits.end[row]
  }));
}

describe('resultTimeline', () => {
  it('has each thread spend its time as the result says', () => {
    fc.assert(
      fc.property(RESULT, result => {
        const timeline = resultTimeline(result);
        result.threads.forEach((thread, index) => {
          const out = new Float64Array(STATE_COUNT);
          const { sums } = timeline.threads[index];
          sums.timeInStates(result.begin, result.end, out);
          expect(out).toEqual(thread.statesNs);
        });
        const begins = result.threads.map(({ begin }) => begin);
        expect(timeline.begin).toBe(Math.min(...begins));
        expect(timeline.end).toBe(result.end);
      }),
      { seed: SEED, numRuns: 60 }
    );
  });

  it('ranks waits as sorting all of them does', () => {
    fc.assert(
      fc.property(
        RESULT,
        fc.double({ min: -0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.integer({ min: 0, max: 50 }),
        (result, at, part, limit) => {
          const span = result.end - result.begin;
          const from = result.begin + at * span;
          const to = from + part * span;
          const expected = listed(result)
            .filter(({ start, end }) => start < to && end > from && from < to)
            .sort(
              (a, b) => b.end - b.start - (a.end - a.start) || a.row - b.row
            )
            .slice(0, limit);
          const timeline = resultTimeline(result);
          expect(timeline.longestWaits(from, to, limit)).toEqual(expected);
          const first = expected.filter(({ thread }) => thread === 0);
          const own = timeline.longestWaits(from, to, first.length, [0]);
          expect(own).toEqual(first);
        }
      ),
      { seed: SEED, numRuns: 200 }
    );
  });

  it('steps through the waits that are long enough', () => {
    fc.assert(
      fc.property(
        RESULT,
        fc.integer({ min: 0, max: 6000 }),
        (result, least) => {
          const timeline = resultTimeline(result);
          const stops = listed(result)
            .filter(({ start, end }) => end - start >= least)
            .map(({ start }) => start);
          const expected = [...new Set(stops)].sort((a, b) => a - b);
          const forward: number[] = [];
          let wait = timeline.nextWait(-Infinity, least);
          while (wait !== undefined) {
            expect(wait.end - wait.start).toBeGreaterThanOrEqual(least);
            expect(result.waits.start[wait.row]).toBe(wait.start);
            expect(result.waits.thread[wait.row]).toBe(wait.thread);
            forward.push(wait.start);
            wait = timeline.nextWait(wait.start, least);
          }
          expect(forward).toEqual(expected);
          const back: number[] = [];
          wait = timeline.previousWait(Infinity, least);
          while (wait !== undefined) {
            back.push(wait.start);
            wait = timeline.previousWait(wait.start, least);
          }
          expect(back.reverse()).toEqual(expected);
        }
      ),
      { seed: SEED, numRuns: 60 }
    );
  });

  it('takes waits in the order of a file', () => {
    const timeline = columnsTimeline({
      tracks: [drawnTrack('##..##')],
      waits: {
        length: 3,
        thread: Uint16Array.of(0, 0, 0),
        start: Float64Array.of(40, 0, 20),
        end: Float64Array.of(50, 5, 35)
      }
    });
    const rows = timeline.longestWaits(0, 60, 9).map(({ row }) => row);
    expect(rows).toEqual([2, 0, 1]);
  });

  it('fills the tracks of the holders', () => {
    // A |##  ##  |  GIL 0
    // B |  ##    |  GIL 1
    const { gils } = columnsTimeline({
      tracks: [drawnTrack('##--##--'), drawnTrack('--##----')],
      waits: {
        length: 0,
        thread: new Uint16Array(0),
        start: new Float64Array(0),
        end: new Float64Array(0)
      },
      holds: {
        length: 3,
        thread: Uint16Array.of(0, 1, 0),
        start: Float64Array.of(0, 20, 40),
        end: Float64Array.of(20, 40, 60),
        gil: Uint16Array.of(0, 1, 0)
      }
    });
    const holderAt = (gil: HolderTrack, time: number): number => {
      const at = intervalAt(gil.track, time);
      return at < 0 ? -1 : gil.threadOf(gil.track.state[at]);
    };
    const holders = gils.map(gil =>
      [10, 30, 50, 70].map(time => holderAt(gil, time))
    );
    expect(holders).toEqual([
      [0, -1, 0, -1],
      [-1, 1, -1, -1]
    ]);
  });
});

describe('Timeline', () => {
  it('shows a live run as it will be shown when it has ended', () => {
    const live = new Timeline();
    const thread = live.addThread();
    thread.states.append(0, ThreadState.RunningGil);
    thread.states.append(30, ThreadState.WaitingGil);
    thread.states.extendTo(50);
    const out = new Float64Array(STATE_COUNT);
    thread.sums.timeInStates(0, 100, out);
    expect(out[ThreadState.WaitingGil]).toBe(20);
    thread.states.append(70, ThreadState.RunningGil);
    thread.states.extendTo(80);
    thread.waits.append(30, 70, 0);
    live.trim();
    const finished = drawnTrack('###....#');
    const done = columnsTimeline({
      tracks: [finished],
      waits: {
        length: 1,
        thread: Uint16Array.of(0),
        start: Float64Array.of(30),
        end: Float64Array.of(70)
      }
    });
    const theirs = new Float64Array(STATE_COUNT);
    for (const [from, to] of [
      [0, 80],
      [5, 31],
      [69, 90]
    ]) {
      thread.sums.timeInStates(from, to, out);
      done.threads[0].sums.timeInStates(from, to, theirs);
      expect(out).toEqual(theirs);
    }
    expect(live.longestWaits(0, 80, 2)).toEqual(done.longestWaits(0, 80, 2));
    expect([live.begin, live.end]).toEqual([0, 80]);
  });
});

describe('HolderTrack', () => {
  it('sums the time of each holder while more and more come', () => {
    const gil = new HolderTrack();
    const expected = new Map<number, number>();
    let time = 0;
    let free = 0;
    for (let i = 0; i < 3000; i++) {
      const thread = (i * i) % (1 + Math.floor(i / 20));
      gil.take(time, thread);
      const held = 1 + (i % 7);
      expected.set(thread, (expected.get(thread) ?? 0) + held);
      time += held;
      gil.drop(time);
      time += i % 3;
      free += i < 2999 ? i % 3 : 0;
      if (i % 500 === 499) {
        const out = new Float64Array(gil.sums.stateCount);
        gil.sums.timeInStates(0, gil.track.end, out);
        for (let slot = 1; slot < gil.slots; slot++) {
          expect(out[slot]).toBe(expected.get(gil.threadOf(slot)));
        }
        expect(gil.slots).toBe(expected.size + 1);
      }
    }
    const out = new Float64Array(gil.sums.stateCount);
    gil.sums.timeInStates(0, time, out);
    expect(out[FREE_SLOT]).toBe(free);
    expect(gil.threadOf(FREE_SLOT)).toBe(-1);
  });

  it('puts holders beyond 254 into one slot', () => {
    const gil = new HolderTrack();
    for (let thread = 0; thread < 400; thread++) {
      gil.take(thread * 10, thread);
      gil.drop(thread * 10 + 4);
    }
    const out = new Float64Array(gil.sums.stateCount);
    gil.sums.timeInStates(0, 4000, out);
    expect(gil.slots).toBe(256);
    expect(gil.threadOf(254)).toBe(253);
    expect(out[254]).toBe(4);
    expect(gil.threadOf(OTHERS_SLOT)).toBe(-1);
    expect(out[OTHERS_SLOT]).toBe((400 - 254) * 4);
  });
});
