import { ThreadState } from '../../states';
import {
  futexCall,
  NO_CALL,
  RUNNING,
  stateOf,
  type ThreadReading
} from '../activity';

const GIL = { start: 0x5000, end: 0x50d0 };
const FUTEX = 202;

const thread = (fields: Partial<ThreadReading>): ThreadReading => ({
  call: RUNNING,
  argument: 0,
  holds: false,
  python: true,
  stillWaits: false,
  ...fields
});

const CASES: [string, Partial<ThreadReading>, ThreadState][] = [
  ['holds and runs', { holds: true }, ThreadState.RunningGil],
  ['holds and sleeps', { holds: true, call: 230 }, ThreadState.HoldingOffCpu],
  [
    'holds and is stopped by a page fault',
    { holds: true, call: NO_CALL },
    ThreadState.HoldingOffCpu
  ],
  ['runs without it', {}, ThreadState.Running],
  ['was just woken in its wait', { stillWaits: true }, ThreadState.WaitingGil],
  [
    'sleeps on the GIL’s first word',
    { call: FUTEX, argument: 0x5000 },
    ThreadState.WaitingGil
  ],
  [
    'sleeps on the GIL’s last word',
    { call: FUTEX, argument: 0x50cc },
    ThreadState.WaitingGil
  ],
  [
    'sleeps behind the GIL',
    { call: FUTEX, argument: 0x50d0 },
    ThreadState.WaitingLock
  ],
  [
    'sleeps before the GIL',
    { call: FUTEX, argument: 0x4ffc },
    ThreadState.WaitingLock
  ],
  [
    'is named as the holder, but waits for it already',
    { call: FUTEX, argument: 0x5020, holds: true },
    ThreadState.WaitingGil
  ],
  [
    'a worker of a native library',
    { call: FUTEX, argument: 0x9000, python: false },
    ThreadState.OffCpu
  ],
  [
    'another call on such an address',
    { call: 0, argument: 0x5020 },
    ThreadState.OffCpu
  ],
  ['reads from a file', { call: 0, argument: 3 }, ThreadState.OffCpu]
];

it.each(CASES)('%s', (_, fields, state) => {
  expect(stateOf(thread(fields), FUTEX, [GIL])).toBe(state);
});

it('a thread that has just started waits for a GIL before it is known to take it', () => {
  const reading = thread({ call: FUTEX, argument: 0x5020, python: false });
  const other = { start: 0x9000, end: 0x90d0 };
  expect(stateOf(reading, FUTEX, [other, GIL])).toBe(ThreadState.WaitingGil);
  expect(stateOf(reading, FUTEX, [other])).toBe(ThreadState.OffCpu);
  expect(stateOf(reading, FUTEX, [])).toBe(ThreadState.OffCpu);
});

it('numbers of the futex call', () => {
  // man 2 syscall, and unistd.h of both machines.
  expect(futexCall('x64')).toBe(202);
  expect(futexCall('arm64')).toBe(98);
  expect(futexCall('s390x')).toBeUndefined();
});
