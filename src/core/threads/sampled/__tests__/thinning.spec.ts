/** Half the readings are forgotten: what is left, and how much. */
import { SampledAnalysis } from '../sampled-analysis';
import { ThreadSeries } from '../series';
import { mergeQueued } from '../thread-pieces';
import { generator } from './sampled-program';
import { batchOf, STEP } from './strips';

const READINGS = 20_000;

function seriesOf(stateAt: (reading: number) => number): ThreadSeries {
  const series = new ThreadSeries();
  for (let reading = 0; reading < READINGS; reading++) {
    series.push(reading * STEP, stateAt(reading), 0, 0, 0, 0);
  }
  return series;
}

/** Time by state where states change halfway between two readings. */
function timesOf({ length, first, last, state }: ThreadSeries): number[] {
  const times: number[] = [];
  for (let row = 0; row < length; row++) {
    const from = row === 0 ? first[0] : (last[row - 1] + first[row]) / 2;
    const to = row + 1 < length ? (last[row] + first[row + 1]) / 2 : last[row];
    times[state[row]] = (times[state[row]] ?? 0) + to - from;
  }
  return times;
}

it('rows that lasted for one reading become half as many', () => {
  // Three states by turns: about a third of the neighbours of what is forgotten are alike.
  const series = seriesOf(reading => (reading * 7 + (reading >> 3)) % 3);
  const before = series.length;
  series.thin(generator(1));
  expect(series.length).toBeLessThan(0.55 * before);
  expect(series.readings).toBe(READINGS / 2);
  expect(series.first[0]).toBe(0);
  expect(series.last[series.length - 1]).toBe((READINGS - 1) * STEP);
});

it('long rows stay, and about half their readings', () => {
  const series = seriesOf(reading => Math.floor(reading / 1000) % 2);
  series.thin(generator(2));
  expect(series.length).toBe(READINGS / 1000);
  const seen = series.seen.subarray(0, series.length);
  expect(seen.reduce((sum, count) => sum + count, 0) / READINGS).toBeCloseTo(
    0.5,
    1
  );
});

it('no state gains: neither the short ones nor the long ones', () => {
  // One reading in state 1, then five in state 2.
  const stateAt = (reading: number): number => (reading % 6 === 0 ? 1 : 2);
  const [, before] = timesOf(seriesOf(stateAt));
  const shares: number[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const series = seriesOf(stateAt);
    series.thin(generator(seed));
    shares.push(timesOf(series)[1] / before);
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  // 20 times 3333 short rows, of which half are drawn: 0.4 % is the standard error.
  expect(Math.abs(mean - 1)).toBeLessThan(0.02);
});

it('the figures are those of rounds half as frequent', () => {
  const analysis = new SampledAnalysis();
  analysis.consume(batchOf({ threads: ['HHHHwwww'.repeat(100)] }));
  const before = analysis.figures();
  const { rows } = analysis;
  analysis.thin(generator(3));
  const after = analysis.figures();
  expect(after.period / before.period).toBeCloseTo(2, 1);
  expect(after.threadPeriod / before.threadPeriod).toBeCloseTo(2, 1);
  expect(analysis.rows).toBeLessThanOrEqual(rows);
});

it('spans without a CPU keep their time, and those far apart their place', () => {
  const spans = [
    { start: 0, end: 2, within: 3 },
    { start: 4, end: 5, within: 3 },
    { start: 100, end: 103, within: 3 },
    { start: 500, end: 501, within: 3 }
  ];
  mergeQueued(spans, 10);
  expect(spans).toEqual([
    { start: 2, end: 5, within: 6 },
    { start: 100, end: 103, within: 3 },
    { start: 500, end: 501, within: 3 }
  ]);
});
