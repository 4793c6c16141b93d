/** Callers of a thread that was read while it went on. */
import { WholeStacks } from '../whole-stacks';

const LOOP = 7;
const CALL = 8;

it('takes the callers of the last whole stack with this line', () => {
  const whole = new WholeStacks();
  whole.note(0, CALL, 100);
  whole.note(0, LOOP, 101);
  whole.note(0, CALL, 102);
  expect(whole.completed(0, CALL, 900)).toBe(102);
  expect(whole.completed(0, LOOP, 901)).toBe(101);
});

it('takes none of another thread', () => {
  const whole = new WholeStacks();
  whole.note(0, CALL, 100);
  expect(whole.completed(1, CALL, 900)).toBe(900);
  expect(whole.completed(2 ** 17 - 1, LOOP, 901)).toBe(901);
});
