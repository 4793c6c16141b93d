/**
 * The states of a thread. At each instant a thread has exactly one. The order is fixed: it is stored
 * in trace files and bundles by name, in memory by this number.
 */
export const ThreadState = {
  /** Not known: before the first event that tells, or where records were lost. */
  Unknown: 0,
  /** On a CPU, holds the GIL. */
  RunningGil: 1,
  /** On a CPU, GIL released: native work, or spinning. */
  Running: 2,
  /** Holds the GIL while descheduled or asleep. */
  HoldingOffCpu: 3,
  /** From the request for the GIL to the acquire, spinning and waiting for a CPU included. */
  WaitingGil: 4,
  /** Waits for a threading lock (or, without a GIL, for a PyMutex, critical section, stop-the-world). */
  WaitingLock: 5,
  /** Runnable, not on a CPU, GIL not held. */
  Preempted: 6,
  /** Asleep: I/O, sleep, join. */
  OffCpu: 7,
  /** GIL released, but scheduler states were not recorded (--no-states): running or asleep. */
  NoGil: 8,
  /** On a CPU; whether it holds the GIL was not recorded (rung `waits`). */
  OnCpu: 9
} as const;

export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];

/** Names as they stand in files and bundles; index = ThreadState. */
export const STATE_NAMES = [
  'unknown',
  'running-gil',
  'running',
  'holding-off-cpu',
  'waiting-gil',
  'waiting-lock',
  'preempted',
  'off-cpu',
  'no-gil',
  'on-cpu'
] as const;

export type StateName = (typeof STATE_NAMES)[number];

export const STATE_COUNT = STATE_NAMES.length;
