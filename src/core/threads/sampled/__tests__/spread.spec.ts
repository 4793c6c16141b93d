import { Differences, missed, Spread, summedSpread } from '../spread';

const MS = 1_000_000;

/** Half width of the 95 % interval by the textbook: Student with 32 degrees of freedom. */
const textbook = (changes: number, gap: number): number =>
  2.037 * Math.sqrt((changes * gap ** 2) / 2);

it('half the squares of the differences', () => {
  const differences = new Differences();
  const spread = new Spread();
  const others = new Spread();
  for (let change = 0; change < 400; change++) {
    differences.add(
      change % 2 === 0 ? others : spread,
      change % 2 === 0 ? spread : others,
      MS
    );
  }
  const expected = textbook(400, MS);
  // 32 replicates: the error of the error is some 12 %.
  expect(spread.errorNs / expected).toBeGreaterThan(0.6);
  expect(spread.errorNs / expected).toBeLessThan(1.4);
});

it('what goes to and fro between two figures does not change their sum', () => {
  const differences = new Differences();
  const [one, other] = [new Spread(), new Spread()];
  for (let change = 0; change < 100; change++) {
    differences.add(
      change % 2 === 0 ? one : other,
      change % 2 === 0 ? other : one,
      MS
    );
  }
  const sum = summedSpread([one, undefined, other]);
  expect(one.errorNs).toBeGreaterThan(5 * MS);
  expect(sum?.errorNs).toBeLessThan(1);
});

it('independent errors add up as squares', () => {
  const differences = new Differences();
  const [one, other] = [new Spread(), new Spread()];
  for (let change = 0; change < 500; change++) {
    differences.add(one, undefined, MS);
    differences.add(other, undefined, MS);
  }
  const sum = summedSpread([one, other])?.errorNs ?? 0;
  expect(sum / textbook(1000, MS)).toBeGreaterThan(0.6);
  expect(sum / textbook(1000, MS)).toBeLessThan(1.4);
});

it('one event may always be missed', () => {
  // Of Poisson's distribution with this mean, none comes in one case of forty.
  expect(Math.exp(-missed(MS).errorNs / MS)).toBeCloseTo(0.025, 4);
  expect(summedSpread([missed(MS), missed(2 * MS)])?.floor).toBe(2 * MS);
});

it('nothing has no spread', () => {
  expect(summedSpread([])).toBeUndefined();
});

it('is the same each time', () => {
  const errors = [0, 1].map(() => {
    const differences = new Differences();
    const spread = new Spread();
    for (let change = 0; change < 7; change++) {
      differences.add(spread, undefined, change * MS);
    }
    return spread.errorNs;
  });
  expect(errors[0]).toBe(errors[1]);
});
