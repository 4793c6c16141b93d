import fc from 'fast-check';
import { alignLines } from '../align-lines';

/** Lines as letters; the answer as positions, `3!` where the line was changed, `-` where it is gone. */
function aligned(before: string, after: string): string {
  const lines = (text: string): number[] =>
    Array.from(text, letter => letter.charCodeAt(0));
  return alignLines(lines(before), lines(after))
    .map(line =>
      line === undefined ? '-' : `${line.at}${line.changed ? '!' : ''}`
    )
    .join(' ');
}

describe('alignLines', () => {
  it.each([
    ['abc', 'abc', '0 1 2'],
    ['', 'abc', ''],
    ['abc', '', '- - -'],
    // A line above, between, below.
    ['abc', 'xabc', '1 2 3'],
    ['abc', 'abxc', '0 1 3'],
    ['abc', 'abcx', '0 1 2'],
    // A line is gone.
    ['abc', 'bc', '- 0 1'],
    ['abc', 'ac', '0 - 1'],
    // A line was changed, two were.
    ['abc', 'axc', '0 1! 2'],
    ['abcd', 'axyd', '0 1! 2! 3'],
    // Changed and more: nobody knows which is which.
    ['abc', 'axyc', '0 - 3'],
    ['abcd', 'axd', '0 - - 2'],
    // Two places at once.
    ['abcde', 'xabcye', '1 2 3 4! 5'],
    ['abcdefg', 'abdxefgh', '0 1 - 2 4 5 6'],
    // Equal lines keep their order.
    ['aabaa', 'aabaaa', '0 1 2 3 4'],
    ['paap', 'pap', '0 1 - 2']
  ])('%s → %s', (before, after, expected) => {
    expect(aligned(before, after)).toBe(expected);
  });

  it('keeps the order, pairs equal lines only, and finds what is alike at both ends', () => {
    const text = fc.array(fc.nat(4), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, text, (head, one, other) => {
        const before = [...head, ...one];
        const after = [...head, ...other];
        const found = alignLines(before, after);
        expect(found).toHaveLength(before.length);
        let previous = -1;
        found.forEach((line, index) => {
          if (line !== undefined) {
            expect(line.at).toBeGreaterThan(previous);
            expect(line.at).toBeLessThan(after.length);
            expect(line.changed || before[index] === after[line.at]).toBe(true);
            previous = line.at;
          }
        });
        head.forEach((_, index) => {
          expect(found[index]).toEqual({ at: index, changed: false });
        });
      })
    );
  });

  it('gives up on differences without end, and says so of the lines between', () => {
    const before = Array.from({ length: 5000 }, (_, index) => index);
    const after = [-1, ...before.slice(1, 4999).reverse(), 4999];
    const began = performance.now();
    const found = alignLines(before, after);
    expect(performance.now() - began).toBeLessThan(500);
    expect(found[10]?.changed).toBe(true);
    expect(found[4999]).toEqual({ at: 4999, changed: false });
  });
});
