import { RoundBudget } from '../round-budget';

const US = 1000;

/** A budget that has learnt what a reading takes. */
function budget(cpus: number, each: number): RoundBudget {
  const made = new RoundBudget(cpus);
  for (let round = 0; round < 1000; round++) {
    made.spent(4 * each, 4);
  }
  return made;
}

it('reads many threads while a CPU is idle', () => {
  const two = budget(2, 5 * US);
  two.turnEnds(1);
  expect(two.threads).toBe(30);
});

it('reads fewer while none is', () => {
  const two = budget(2, 5 * US);
  two.turnEnds(2);
  expect(two.threads).toBe(8);
  // A quota of one and a half CPUs leaves none to spare beside one thread.
  const less = budget(1.5, 5 * US);
  less.turnEnds(1);
  expect(less.threads).toBe(8);
});

it('reads one at least', () => {
  const slow = budget(1, 500 * US);
  slow.turnEnds(1);
  expect(slow.threads).toBe(1);
});
