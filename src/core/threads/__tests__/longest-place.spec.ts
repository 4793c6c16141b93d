import { LongestPlace } from '../longest-place';

it('is that of the thread that held longest, however small its pieces', () => {
  const longest = new LongestPlace();
  // Thread 1 is seen each millisecond, twice on line 7 and once on 8; thread 2 once for 5.
  for (let reading = 0; reading < 30; reading++) {
    longest.add(1, reading % 3 === 2 ? 8 : 7, 1);
  }
  longest.add(2, 9, 5);
  expect(longest.place).toBe(7);
});

it('is not the sum of what two threads did on one line', () => {
  const longest = new LongestPlace();
  longest.add(1, 7, 4);
  longest.add(2, 7, 4);
  longest.add(3, 8, 5);
  expect(longest.place).toBe(8);
});

it('is begun anew for each wait', () => {
  const longest = new LongestPlace();
  expect(longest.place).toBe(-1);
  longest.add(1, 7, 4);
  longest.restart();
  expect(longest.place).toBe(-1);
  longest.add(1, -3, 1);
  expect(longest.place).toBe(-3);
});
