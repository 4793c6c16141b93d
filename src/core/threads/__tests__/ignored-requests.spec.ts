import { ignoredRequests } from '../ignored-requests';
import { LineSamples } from '../line-samples';
import { StackTable } from '../line-stacks';

const MS = 1e6;
const SWITCH_INTERVAL = 5 * MS;

describe('ignoredRequests', () => {
  const stacks = new StackTable();
  const line = (number: number): number => stacks.intern(-1, number);
  const seenAt = [1, 2, 3, 31, 32];
  const samples = new LineSamples(
    stacks,
    {
      length: seenAt.length,
      thread: seenAt.map(() => 0),
      time: seenAt.map(ms => ms * MS),
      stack: seenAt.map(ms => line(ms < 20 ? 7 : 8)),
      complete: seenAt.map(() => 1),
      holding: seenAt.map(() => 1)
    },
    []
  );
  const places = [
    { symbol: 'sre_match', library: '/lib/_sre.so' },
    { symbol: '', library: '/lib/libz.so' }
  ];
  // What the samples stand for is seen on a CPU from 8 ms on: the first request is asked 5 ms after 1.
  const native = {
    length: 5,
    time: [1, 8, 9, 41, 42].map(ms => ms * MS),
    // The fourth is another thread's.
    thread: [0, 0, 0, 1, 0],
    ip: [0, 0, 1, 0, 1],
    stands: [1, 6, 6, 1, 25].map(ms => ms * MS)
  };
  const names = { placeOf: (ip: number) => places[ip] };

  it('names the function that was on the CPU most, and counts the intervals beyond the first', () => {
    const holds = {
      length: 3,
      thread: [0, 0, 0],
      start: Float64Array.of(0, 20 * MS, 30 * MS),
      end: Float64Array.of(18 * MS, 29 * MS, 60 * MS),
      line: [7, 8, 8],
      // 17 ms: the first request came after 5, and was ignored for 12; 9 ms: not for a whole interval.
      wanted: Float64Array.of(17 * MS, 9 * MS, 30 * MS)
    };
    expect(
      ignoredRequests(holds, samples, native, names, SWITCH_INTERVAL)
    ).toEqual([
      {
        holder: 0,
        holderStack: line(8),
        symbol: '',
        library: '/lib/libz.so',
        wantedNs: 30 * MS,
        holds: 1,
        requests: 5
      },
      {
        holder: 0,
        holderStack: line(7),
        symbol: 'sre_match',
        library: '/lib/_sre.so',
        wantedNs: 17 * MS,
        holds: 1,
        requests: 2
      }
    ]);
  });

  it('leaves the place open where nobody looked', () => {
    const holds = {
      length: 1,
      thread: [3],
      start: Float64Array.of(0),
      end: Float64Array.of(12 * MS),
      line: [1],
      wanted: Float64Array.of(12 * MS)
    };
    expect(
      ignoredRequests(holds, samples, native, undefined, SWITCH_INTERVAL)
    ).toEqual([
      {
        holder: 3,
        holderStack: -1,
        symbol: '',
        library: '',
        wantedNs: 12 * MS,
        holds: 1,
        requests: 1
      }
    ]);
  });

  it('does not charge a holder that was taken off its CPU: it could not answer', () => {
    const holds = {
      length: 1,
      thread: [0],
      start: Float64Array.of(50 * MS),
      end: Float64Array.of(150 * MS),
      line: [1],
      wanted: Float64Array.of(90 * MS)
    };
    expect(
      ignoredRequests(holds, samples, native, names, SWITCH_INTERVAL)
    ).toEqual([]);
  });
});
