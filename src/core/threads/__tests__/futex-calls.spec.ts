/** What calls on the words of a GIL mean: glibc's sysdeps/nptl/bits/thread-shared-types.h, and the kernel's futex.h. */
import { futexDeed, FutexDeed } from '../futex-calls';

describe('words and operations', () => {
  it.each([
    // glibc 2.25 to 2.40: __g_signals at 40.
    [32 + 40, 0x189, FutexDeed.Wait],
    [32 + 44, 0x89, FutexDeed.Wait],
    // glibc 2.41: at 32.
    [32 + 32, 0x89, FutexDeed.Wait],
    [32 + 36, 0x81, FutexDeed.Drop],
    // The lock within the condition, and the references to its groups.
    [32 + 8, 0x80, FutexDeed.Other],
    [32 + 16, 0x81, FutexDeed.Other],
    [80, 0x80, FutexDeed.MeetMutex],
    [80, 0x81, FutexDeed.LeaveMutex],
    [84, 0x81, FutexDeed.Other],
    [120 + 44, 0x189, FutexDeed.Yield],
    [120 + 44, 0x81, FutexDeed.Take],
    [168, 0x81, FutexDeed.LeaveSwitchMutex],
    // FUTEX_REQUEUE and FUTEX_WAKE_OP.
    [32 + 44, 0x83, FutexDeed.Other],
    [32 + 44, 0x85, FutexDeed.Other],
    [-8, 0x81, FutexDeed.Other],
    [208, 0x81, FutexDeed.Other]
  ])('at %d, operation %d', (place, op, deed) => {
    expect(futexDeed(place, op)).toBe(deed);
  });
});
