import { OverheadBudget } from '../overhead-budget';

const SECOND = 1e9;

describe('OverheadBudget', () => {
  // A hit costs 1 us: 200 000 in a second are 0.2 s on top of 0.8 s, which is 25 %.
  const hits = 200_000;

  it.each([
    ['below', 26, false],
    ['above', 24, true]
  ])('compares what was added with the rest: %s', (_, percent, passed) => {
    expect(new OverheadBudget(percent, 1000).isPassed(hits, SECOND)).toBe(
      passed
    );
  });

  it('waits until the figure means something', () => {
    const budget = new OverheadBudget(1, 1000);
    expect(budget.isPassed(hits, 0.2 * SECOND)).toBe(false);
    expect(budget.isPassed(hits, 0.4 * SECOND)).toBe(true);
  });

  it('says yes also if the hits seem to fill all the time', () => {
    expect(new OverheadBudget(500, 1000).isPassed(2e6, SECOND)).toBe(true);
  });
});
