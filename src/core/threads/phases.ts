/** The values of a thread's layers: what it has of the GIL, where it is, whether it waits for a lock. */

/** What a thread has of the GIL: the values of `TracedThread.gilTrack`. */
export const GilPhase = {
  Unknown: 0,
  Free: 1,
  Waiting: 2,
  Holding: 3,
  /** Does not wait for it; whether it holds it was not recorded (rung `waits`). */
  Unrecorded: 4
} as const;

/** Whether a thread waits for a `threading` lock: the values of `TracedThread.lockTrack`. */
export const LockPhase = {
  None: 0,
  Waiting: 1
} as const;

/** Where a thread is: the values of `TracedThread.cpuTrack`. */
export const CpuPhase = {
  Unknown: 0,
  On: 1,
  /** Runnable, but not on a CPU. */
  Preempted: 2,
  /** Asleep. */
  Off: 3
} as const;
