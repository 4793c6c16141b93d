/**
 * Calls of futex(2) on the words of a GIL → what they mean for their thread.
 *
 * take_gil and drop_gil wait and signal through gil->cond and gil->switch_cond, each under a mutex of its own
 * (Python/ceval_gil.h of CPython 3.8 to 3.11, ceval_gil.c from 3.12 on). What glibc 2.25 and later call for that:
 * a thread sleeps on one of a condition's two signal words, a signal wakes one there, and only if there is somebody to
 * wake (nptl/pthread_cond_wait.c, pthread_cond_signal.c). Who returns from a wait locks the mutex as one that
 * others wait for, so that its next unlock always calls the kernel (nptl/pthread_mutex_cond_lock.c).
 */
import type { Address, Nanoseconds } from '../units';
import { FutexWaits } from './futex-waits';
import type { TracedThread } from './traced-thread';

/** What a call means. */
export const FutexDeed = {
  /** Nothing that tells of the GIL. */
  Other: 0,
  /** Goes to sleep until the GIL is dropped, or a switch interval has passed. */
  Wait: 1,
  /** Has dropped the GIL and wakes one who waits; gil->mutex is its own. */
  Drop: 2,
  /** Has to wait for gil->mutex. */
  MeetMutex: 3,
  /** Has let go of gil->mutex. */
  LeaveMutex: 4,
  /** Goes to sleep until another has taken the GIL. */
  Yield: 5,
  /** Has taken the GIL and wakes who has yielded it; gil->mutex is its own. */
  Take: 6,
  /** Has let go of gil->switch_mutex. */
  LeaveSwitchMutex: 7
} as const;

export type FutexDeed = (typeof FutexDeed)[keyof typeof FutexDeed];

/** Places in struct _gil_runtime_state on x86-64: see core/cpython/gil.ts. */
const CONDITION = 32;
const MUTEX = 80;
const SWITCH_CONDITION = 120;
const SWITCH_MUTEX = 168;

/**
 * Where the signal words are in a pthread_cond_t of 48 bytes: at 40 and 44 up to glibc 2.40, at 32 and 36 from 2.41 on
 * (sysdeps/nptl/bits/thread-shared-types.h). Of the other words there, before 2.41, one is never slept on and the other
 * one only by who destroys the condition.
 */
const SIGNALS = 32;
const CONDITION_END = 48;

/** Of the operation without its flags (include/uapi/linux/futex.h). */
const COMMAND = 0x7f;
const WAIT = 0;
const WAKE = 1;
const WAIT_BITSET = 9;
const WAKE_BITSET = 10;

/**
 * @param place of the word in the GIL's structure
 * @param op the second argument of futex(2)
 */
export function futexDeed(place: number, op: number): FutexDeed {
  const command = op & COMMAND;
  if (command === WAIT || command === WAIT_BITSET) {
    if (isSignalWord(place - CONDITION)) {
      return FutexDeed.Wait;
    }
    if (isSignalWord(place - SWITCH_CONDITION)) {
      return FutexDeed.Yield;
    }
    return place === MUTEX ? FutexDeed.MeetMutex : FutexDeed.Other;
  }
  if (command !== WAKE && command !== WAKE_BITSET) {
    return FutexDeed.Other;
  }
  if (isSignalWord(place - CONDITION)) {
    return FutexDeed.Drop;
  }
  if (isSignalWord(place - SWITCH_CONDITION)) {
    return FutexDeed.Take;
  }
  switch (place) {
    case MUTEX:
      return FutexDeed.LeaveMutex;
    case SWITCH_MUTEX:
      return FutexDeed.LeaveSwitchMutex;
    default:
      return FutexDeed.Other;
  }
}

/** The thread has called futex(2) for a word at this address. */
export function futexCall(
  thread: TracedThread,
  time: Nanoseconds,
  uaddr: Address,
  op: number
): void {
  const { events, address } = thread.gil;
  // A process that runs another program has something else at this address.
  if (address === 0 || !(events instanceof FutexWaits)) {
    return;
  }
  switch (futexDeed(uaddr - address, op)) {
    case FutexDeed.Wait:
      events.wait(thread, time);
      break;
    case FutexDeed.Drop:
      events.drop(thread, time);
      break;
    case FutexDeed.MeetMutex:
      events.meetMutex(thread, time);
      break;
    case FutexDeed.LeaveMutex:
      events.leaveMutex(thread, time);
      break;
    case FutexDeed.Yield:
      events.yield(thread, time);
      break;
    case FutexDeed.Take:
      events.take(thread, time);
      break;
    case FutexDeed.LeaveSwitchMutex:
      events.yieldEnd(thread, time);
      break;
    default:
  }
}

function isSignalWord(place: number): boolean {
  return place >= SIGNALS && place < CONDITION_END;
}
