/** What a thread does, as /proc/PID/task/TID/syscall and the GIL's own words tell. */
import type { Address } from '../../units';
import { ThreadState } from '../states';

/** The file says `running`: on a CPU or ready for one. */
export const RUNNING = -2;
/** Asleep, but in no system call: a page fault. */
export const NO_CALL = -1;

/** __NR_futex (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const FUTEX: ReadonlyMap<string, number> = new Map([
  ['x64', 202],
  ['arm64', 98]
]);

/**
 * The number of the futex system call.
 *
 * @param machine process.arch of Node
 * @returns undefined on machines that are not known
 */
export function futexCall(machine: string): number | undefined {
  return FUTEX.get(machine);
}

/** What a reading of a thread tells. */
export interface ThreadReading {
  /** Number of the system call that it sleeps in, or RUNNING, or NO_CALL. */
  readonly call: number;
  /** First argument of that call. */
  readonly argument: Address;
  /** Whether the GIL's words name it as the holder. */
  readonly holds: boolean;
  /** Whether it has a Python thread state: others take no lock of Python. */
  readonly python: boolean;
  /**
   * Whether it waited for the GIL at its last reading and can't have had it since: the GIL changed hands once at most, and is
   * another one's.
   */
  readonly stillWaits: boolean;
}

/** The condition variables and mutexes of one GIL lie in it. */
export interface GilRange {
  readonly start: Address;
  readonly end: Address;
}

/**
 * The state of a thread. One that waits for the GIL sleeps on a futex inside it; one that has slept so far and is not on
 * a CPU yet still waits.
 *
 * @param futex number of that call
 * @param gils where all GILs lie: a thread that has just started waits for one before it is known to take it
 */
export function stateOf(
  { call, argument, holds, python, stillWaits }: ThreadReading,
  futex: number,
  gils: readonly GilRange[]
): ThreadState {
  if (
    call === futex &&
    gils.some(({ start, end }) => argument >= start && argument < end)
  ) {
    return ThreadState.WaitingGil;
  }
  if (holds) {
    return call === RUNNING
      ? ThreadState.RunningGil
      : ThreadState.HoldingOffCpu;
  }
  if (call === RUNNING) {
    return stillWaits ? ThreadState.WaitingGil : ThreadState.Running;
  }
  return python && call === futex
    ? ThreadState.WaitingLock
    : ThreadState.OffCpu;
}
