import { RandomTimes } from '../random-times';

it('one time in each stretch of a period', () => {
  const times = new RandomTimes(1000, 100);
  let now = 1000;
  const stretches: number[] = [];
  for (let round = 0; round < 500; round++) {
    now = times.after(now);
    stretches.push(Math.floor((now - 1000) / 100));
  }
  expect(stretches).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

it('anywhere in it', () => {
  const drawn = [0, 0.25, 0.999];
  const times = new RandomTimes(0, 100, () => drawn.shift() ?? 0);
  expect(times.after(-1)).toBe(0);
  expect(times.after(0)).toBe(125);
  expect(times.after(125)).toBeCloseTo(299.9);
});

it('a stretch that has passed is left out', () => {
  const times = new RandomTimes(0, 100, () => 0.5);
  expect(times.after(0)).toBe(50);
  // Late: of the stretches from 100 to 499 nothing is made up for.
  expect(times.after(470)).toBe(550);
  expect(times.after(550)).toBe(650);
});

it('another period', () => {
  const times = new RandomTimes(0, 100, () => 0.5);
  expect(times.after(0)).toBe(50);
  times.usePeriod(1000, 60);
  expect(times.after(60)).toBe(560);
  expect(times.after(560)).toBe(1560);
});
