import { int32, int64, tableFromArrays, uint16 } from '@uwdata/flechette';
import { readSightings } from '../read-trace-tables';

const THREADS = 3;

/** Where holders were seen: thread and time of each row. */
function sightings(...rows: [number, bigint][]) {
  const table = tableFromArrays(
    {
      thread: Uint16Array.from(rows, ([thread]) => thread),
      time_ns: BigInt64Array.from(rows, ([, time]) => time),
      stack_id: Int32Array.from(rows, () => 0)
    },
    { types: { thread: uint16(), time_ns: int64(), stack_id: int32() } }
  );
  return readSightings(table, THREADS, 1, 0n);
}

describe('sightings of a trace file', () => {
  it('may have their threads in any order, one after the other', () => {
    const { thread, time } = sightings([2, 5n], [2, 9n], [0, 1n], [1, 4n]);
    expect([...thread]).toEqual([2, 2, 0, 1]);
    expect([...time]).toEqual([5, 9, 1, 4]);
  });

  it.each([
    ['time', [0, 5n], [0, 4n]],
    ['thread', [0, 1n], [1, 2n], [0, 3n]]
  ] as [string, ...[number, bigint][]][])(
    'are refused if a %s comes again',
    (_what, ...rows) => {
      expect(() => sightings(...rows)).toThrow('is out of order at row');
    }
  );
});
