import fc from 'fast-check';

import { STATE_COUNT } from '../../threads/states';
import { IntervalTrack } from '../interval-track';
import { StateSums } from '../state-sums';
import { appendAll, changes, longTrack, timesWithin } from './made-tracks';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`state-sums.spec: fast-check seed ${SEED}`));

/** A frame: where it begins and ends within the trace, somewhat beyond it, and its columns. */
const FRAME = fc.record({
  at: fc.double({ min: -0.2, max: 1.1, noNaN: true }),
  zoom: fc.double({ min: 0, max: 6, noNaN: true }),
  columns: fc.integer({ min: 1, max: 40 })
});

function frameEdges(
  { at, zoom, columns }: { at: number; zoom: number; columns: number },
  begin: number,
  end: number
): Float64Array {
  const span = (end - begin) / 10 ** zoom;
  const from = begin + at * (end - begin);
  return Float64Array.from(
    { length: columns + 1 },
    (_, edge) => from + (edge * span) / columns
  );
}

function rowOf(out: Float64Array, row: number): number[] {
  return Array.from(out.subarray(row * STATE_COUNT, (row + 1) * STATE_COUNT));
}

function near(ours: readonly number[], expected: readonly number[]): void {
  const most = Math.max(...ours.map((time, i) => Math.abs(time - expected[i])));
  expect(most).toBeLessThan(0.01);
}

describe('StateSums', () => {
  it('gives each column what each change adds to it, at any zoom', () => {
    fc.assert(
      fc.property(
        changes(700),
        fc.integer({ min: 0, max: 1e12 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.array(FRAME, { minLength: 1, maxLength: 5 }),
        (history, begin, rest, frames) => {
          const track = new IntervalTrack();
          appendAll(track, begin, history);
          track.extendTo(track.end + rest);
          const end = track.length > 0 ? track.end : begin;
          const sums = new StateSums(track, STATE_COUNT);
          for (const frame of frames) {
            const edges = frameEdges(frame, begin, Math.max(end, begin + 1));
            const out = new Float64Array(frame.columns * STATE_COUNT).fill(7);
            sums.sumEdges(edges, out);
            for (let column = 0; column < frame.columns; column++) {
              const [from, to] = [edges[column], edges[column + 1]];
              near(
                rowOf(out, column),
                timesWithin(begin, history, end, from, to)
              );
            }
          }
        }
      ),
      { seed: SEED, numRuns: 150 }
    );
  });

  it('gives the same range whatever it is split into, to 1 ns, and all of the time in it', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 0, max: 1e13 }),
        fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), {
          minLength: 2,
          maxLength: 60
        }),
        (seed, length, begin, parts) => {
          const track = longTrack(seed, length, begin);
          const sums = new StateSums(track, STATE_COUNT);
          const edges = Float64Array.from(
            parts,
            part => begin + part * (track.end - begin)
          ).sort();
          const out = new Float64Array((edges.length - 1) * STATE_COUNT);
          sums.sumEdges(edges, out);
          const whole = new Float64Array(STATE_COUNT);
          sums.timeInStates(edges[0], edges[edges.length - 1], whole);
          const added = new Array<number>(STATE_COUNT).fill(0);
          for (let column = 0; column + 1 < edges.length; column++) {
            const row = rowOf(out, column);
            row.forEach((time, state) => (added[state] += time));
            const from = Math.max(edges[column], begin);
            const to = Math.min(edges[column + 1], track.end);
            const lived = Math.max(0, to - from);
            const all = row.reduce((sum, time) => sum + time, 0);
            expect(Math.abs(all - lived)).toBeLessThan(1);
          }
          whole.forEach((time, state) =>
            expect(Math.abs(time - added[state])).toBeLessThan(1)
          );
        }
      ),
      { seed: SEED, numRuns: 60 }
    );
  });

  it('is exact for whole nanoseconds three hours into a trace', () => {
    const track = longTrack(SEED, 5000, 1e13);
    const sums = new StateSums(track, STATE_COUNT);
    const out = new Float64Array(STATE_COUNT);
    const from = track.start[100] + 3;
    const to = track.start[4900] + 5;
    sums.timeInStates(from, to, out);
    const expected = new Array<bigint>(STATE_COUNT).fill(0n);
    for (let i = 100; i <= 4900; i++) {
      const start = BigInt(Math.max(track.start[i], from));
      const end = BigInt(Math.min(track.start[i + 1], to));
      expected[track.state[i]] += end - start;
    }
    expect(Array.from(out, BigInt)).toEqual(expected);
  });

  it('answers the same while a track grows by chunks as after it grew at once', () => {
    fc.assert(
      fc.property(
        fc.array(changes(150), { maxLength: 8 }),
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 30 }),
        (chunks, begin, columns) => {
          const grown = new IntervalTrack();
          const sums = new StateSums(grown, STATE_COUNT);
          const ahead = begin + 1e9;
          chunks.forEach((_, index) => {
            const history = chunks.slice(0, index + 1).flat();
            appendAll(grown, begin, chunks[index]);
            // The view sees the last state go on until now, although more may be known later.
            grown.extendTo(ahead);
            const atOnce = new IntervalTrack();
            appendAll(atOnce, begin, history);
            atOnce.extendTo(ahead);
            const fresh = new StateSums(atOnce, STATE_COUNT);
            const edges = frameEdges(
              { at: -0.1, zoom: 0, columns },
              begin,
              grown.settled + 100
            );
            const ours = new Float64Array(columns * STATE_COUNT);
            const theirs = new Float64Array(columns * STATE_COUNT);
            sums.sumEdges(edges, ours);
            fresh.sumEdges(edges, theirs);
            expect(ours).toEqual(theirs);
          });
        }
      ),
      { seed: SEED, numRuns: 60 }
    );
  });

  it.each([63, 64, 65, 128])(
    'forgets interval %d if the change that began it is taken back',
    index => {
      const track = new IntervalTrack();
      const sums = new StateSums(track, STATE_COUNT);
      for (let i = 0; i <= index; i++) {
        track.append(i * 10, 1 + (i % 2));
      }
      const out = new Float64Array(STATE_COUNT);
      sums.timeInStates(0, 1e6, out);
      // At the same instant the thread goes on as before; the change comes 100 ns later.
      const time = index * 10;
      const before = 1 + ((index - 1) % 2);
      track.append(time, before);
      expect(track.length).toBe(index);
      sums.timeInStates(0, 1e6, out);
      expect(out[1] + out[2]).toBe(time);
      track.append(time + 100, 3 - before);
      track.append(time + 110, 5);
      sums.timeInStates(time - 10, time + 200, out);
      expect(out[before]).toBe(110);
      expect(out[3 - before]).toBe(10);
    }
  );

  it('counts no state where the thread does not exist', () => {
    const track = longTrack(1, 300, 1000);
    const out = new Float64Array(2 * STATE_COUNT).fill(1);
    const sums = new StateSums(track, STATE_COUNT);
    sums.sumEdges(Float64Array.of(0, 500, 1000), out);
    expect(out.every(time => time === 0)).toBe(true);
    out.fill(1);
    sums.sumEdges(Float64Array.of(track.end, 1e12, Infinity), out);
    expect(out.every(time => time === 0)).toBe(true);
    out.fill(1);
    new StateSums(new IntervalTrack(), STATE_COUNT).sumEdges(
      Float64Array.of(0, 1, 2),
      out
    );
    expect(out.every(time => time === 0)).toBe(true);
  });

  it('takes less than 1.4 bytes an interval', () => {
    const track = longTrack(2, 100_000, 0);
    const sums = new StateSums(track, STATE_COUNT);
    sums.trim();
    expect(sums.byteLength / track.length).toBeLessThan(1.4);
  });
});
