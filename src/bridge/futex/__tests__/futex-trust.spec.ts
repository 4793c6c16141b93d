import {
  ARGUMENT_COLUMNS,
  RecordKind,
  type RecordBatch
} from '../../../core/perfdata/records';
import { FUTEX_EVENT, futexFilter } from '../futex-event';
import { FutexTrust } from '../futex-trust';

const GIL = 0x7f00_0000_1000;

/** Place in the GIL's structure (CPython 3.8 to 3.15 with glibc 2.36), and operation. */
const DEEDS = {
  wait: [32 + 44, 0x89],
  drop: [32 + 44, 0x81],
  leave: [80, 0x81],
  yield: [120 + 44, 0x189],
  take: [120 + 44, 0x81],
  /** Another condition's words, as if the GIL lay elsewhere. */
  strange: [32 + 8, 0x81]
} as const;

type Deed = readonly [tid: number, deed: keyof typeof DEEDS];

function trustIn(deeds: readonly Deed[]): FutexTrust {
  const trust = new FutexTrust(
    [{ name: FUTEX_EVENT, fields: ['__syscall_nr', 'uaddr', 'op'] }],
    GIL
  );
  const { length } = deeds;
  const tids = Int32Array.from(deeds, ([tid]) => tid);
  const columns = [
    new Float64Array(length).fill(202),
    Float64Array.from(deeds, ([, deed]) => GIL + DEEDS[deed][0]),
    Float64Array.from(deeds, ([, deed]) => DEEDS[deed][1])
  ];
  const batch: RecordBatch = {
    length,
    kind: new Uint8Array(length).fill(RecordKind.Sample),
    event: new Uint8Array(length),
    time: Float64Array.from(deeds, (_, row) => row),
    pid: tids,
    tid: tids,
    cpu: new Int16Array(length),
    args: Array.from(
      { length: ARGUMENT_COLUMNS },
      (_, column) => columns[column] ?? new Float64Array(length)
    )
  };
  trust.consume(batch);
  return trust;
}

/** Two threads that hand the GIL to and fro, each after two rounds. */
const HAND_OVER: readonly Deed[] = [
  [2, 'wait'],
  [2, 'leave'],
  [2, 'wait'],
  [1, 'drop'],
  [1, 'yield'],
  [2, 'take'],
  [2, 'leave'],
  [1, 'wait'],
  [1, 'leave'],
  [1, 'wait'],
  [2, 'drop'],
  [1, 'leave']
];

function times(count: number, deeds: readonly Deed[]): Deed[] {
  return Array.from({ length: count }, () => deeds).flat();
}

describe('futex calls', () => {
  it('are trusted if waits end and drops wake', () => {
    expect(trustIn(times(5, HAND_OVER)).distrust(0)).toBeUndefined();
  });

  it('are not if records were lost', () => {
    expect(trustIn(times(5, HAND_OVER)).distrust(3)).toBe(
      '3 records were lost'
    );
  });

  it('prove nothing if they are few', () => {
    expect(trustIn(HAND_OVER).distrust(0)).toBe(
      '4 waits and 2 drops were seen where at least 8 and 4 were made'
    );
    expect(trustIn(times(20, [[1, 'strange']])).distrust(0)).toMatch(
      /^0 waits and 0 drops/
    );
    const calls = HAND_OVER.filter(([, deed]) => deed !== 'yield');
    expect(trustIn(times(5, calls)).distrust(0)).toBe(
      'no forced switch was seen'
    );
  });

  it('are not if waits do not end with a call: another C library', () => {
    const calls = HAND_OVER.filter(([, deed]) => deed !== 'leave');
    expect(trustIn(times(5, calls)).distrust(0)).toMatch(/make no sense$/);
  });

  it('are not if drops have nobody to wake', () => {
    const calls: Deed[] = [
      [1, 'wait'],
      [1, 'leave'],
      [1, 'drop']
    ];
    expect(trustIn(times(10, calls)).distrust(0)).toBe(
      '10 of 20 waits and drops make no sense'
    );
  });
});

it('are trusted where a signal comes while the waiter is awake, or a drop has nobody to signal', () => {
  const calls: Deed[] = [
    [2, 'wait'],
    [2, 'leave'],
    // 2 is about to sleep again.
    [1, 'drop'],
    [2, 'take'],
    [1, 'wait'],
    [1, 'leave'],
    [2, 'yield'],
    [1, 'take'],
    [2, 'wait'],
    [2, 'leave'],
    [1, 'drop']
  ];
  expect(trustIn(times(5, calls)).distrust(0)).toBeUndefined();
});

describe('the kernel’s filter', () => {
  it('lets the words of the GIL through', () => {
    // struct _gil_runtime_state has 208 bytes with glibc on x86-64.
    expect(futexFilter(0x1000)).toBe('uaddr >= 0x1000 && uaddr < 0x10d0');
  });
});
