/** Columns that grow, and what they take of the machine's memory. */
import { grown } from '../growing-column';

/** More than any column has before it is long. */
const LONG = 1 << 20;

function columnsOf(length: number) {
  return {
    number: Float64Array.from({ length }, (_, row) => row / 4),
    byte: Uint8Array.from({ length }, (_, row) => row % 251)
  };
}

describe('columns that grow', () => {
  it.each([1, 64, LONG])('keep what stands in %d rows', length => {
    const columns = columnsOf(length);
    const { number, byte } = grown(columns);
    expect(number.length).toBeGreaterThan(length);
    expect(byte.length).toBe(number.length);
    // Jest compares a million numbers in half a minute.
    expect(columns.number.every((value, row) => number[row] === value)).toBe(
      true
    );
    expect(columns.byte.every((value, row) => byte[row] === value)).toBe(true);
    expect(number[length]).toBe(0);
  });

  it('take no memory for rows that nothing was written to', () => {
    const columns = columnsOf(LONG);
    const before = process.memoryUsage.rss();
    const { number } = grown(columns);
    const taken = process.memoryUsage.rss() - before;
    expect(number.byteLength).toBeGreaterThan(256 << 20);
    // The copies take 9 MiB.
    expect(taken).toBeLessThan(64 << 20);
  });

  it('grow where no such room is to be had', () => {
    const columns = { small: new FewBytes(LONG).fill(7) };
    const { small } = grown(columns);
    expect(small.length).toBeGreaterThan(LONG);
    expect(small[LONG - 1]).toBe(7);
  });
});

/** A column for which the system has no gigabytes. */
class FewBytes extends Uint8Array {
  constructor(length: number) {
    if (length > 8 * LONG) {
      throw new RangeError('Array buffer allocation failed');
    }
    super(length);
  }
}
