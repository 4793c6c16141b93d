/** A track cut to the run's window, without what is not known, against the state at each instant. */
import fc from 'fast-check';
import { cutTrack, mergedLosses } from '../final-track';
import { ThreadState } from '../states';
import { StepTrack } from '../step-track';

const SEED = Date.now() & 0x7fffffff;
const END = 60;

/** Steps in order of time, some of them of one state, and spans of loss in any order. */
const tracks = fc.record({
  steps: fc.array(
    fc.record({
      time: fc.integer({ min: 0, max: END }),
      state: fc.constantFrom(
        ThreadState.Unknown,
        ThreadState.RunningGil,
        ThreadState.WaitingGil
      )
    }),
    { maxLength: 40 }
  ),
  losses: fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: END }),
      fc.integer({ min: 0, max: END })
    ),
    { maxLength: 12 }
  ),
  recordedFrom: fc.integer({ min: 0, max: 20 }),
  begin: fc.integer({ min: 0, max: 20 }),
  end: fc.integer({ min: 21, max: END })
});

beforeAll(() => {
  console.info(`final-track.spec: fast-check seed ${SEED}`);
});

describe('a cut track', () => {
  it('has the state of each instant, and none where nothing is known', () => {
    fc.assert(
      fc.property(tracks, ({ steps, losses, recordedFrom, begin, end }) => {
        steps.sort((a, b) => a.time - b.time);
        const spans = losses.map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
        const track = new StepTrack(-Infinity, ThreadState.NoGil);
        for (const { time, state } of steps) {
          track.append(time, state);
        }
        const expected: number[] = [];
        for (let time = begin; time < end; time++) {
          const lost =
            time < recordedFrom ||
            spans.some(([from, to]) => from <= time && time < to);
          const step = steps.filter(each => each.time <= time).at(-1);
          expected.push(
            lost ? ThreadState.Unknown : (step?.state ?? ThreadState.NoGil)
          );
        }
        const cut = cutTrack(
          track,
          mergedLosses(spans.flat(), recordedFrom),
          begin,
          end
        );
        const states: number[] = [];
        for (let i = 0; i < cut.length; i++) {
          const next = i + 1 < cut.length ? cut.start[i + 1] : end;
          for (let time = cut.start[i]; time < next; time++) {
            states.push(cut.value[i]);
          }
        }
        expect(cut.start[0]).toBe(begin);
        expect(states).toEqual(expected);
      }),
      { seed: SEED, numRuns: 2000 }
    );
  });
});
