import { TaskNames } from '../task-names';

it('keeps names, and none of those that asyncio gave', () => {
  const names = new TaskNames();
  const given = ['fetch', '', 'Task-', 'Task-1b', 'my Task-1', '学习 3'];
  expect(given.map(name => names.shortOf(name))).toEqual(given);
  expect(['Task-1', 'Task-4711'].map(name => names.shortOf(name))).toEqual([
    'Task-…',
    'Task-…'
  ]);
});

it('lets names that differ in numbers share an entry', () => {
  const names = new TaskNames();
  const short = Array.from({ length: 1000 }, (_, number) =>
    names.shortOf(`fetch-${number} of 1000`)
  );
  expect(short[0]).toBe('fetch-0 of 1000');
  expect(new Set(short).size).toBe(17);
  expect(short[999]).toBe('fetch-… of …');
  // Those that came first keep theirs.
  expect(names.shortOf('fetch-0 of 1000')).toBe('fetch-0 of 1000');
  expect(names.shortOf('other-1')).toBe('other-1');
});

it('keeps a bounded number of names of a bounded length', () => {
  const names = new TaskNames();
  const seen = new Set<string>();
  for (let number = 0; number < 20_000; number++) {
    const letters = number
      .toString(36)
      .replace(/\d/g, digit => 'xyz'[+digit % 3]);
    seen.add(
      names.shortOf(`${letters} ${number} ${'long '.repeat(number % 50)}`)
    );
  }
  expect(seen.size).toBeLessThan(2 * 256 + 2);
  expect(seen).toContain('…');
  expect(Math.max(...[...seen].map(name => name.length))).toBe(100);
  const pair = `${'a'.repeat(99)}\ud835\udcb3`;
  expect(new TaskNames().shortOf(pair)).toBe('a'.repeat(99));
});
