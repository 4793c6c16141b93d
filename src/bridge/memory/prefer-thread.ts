/** How the kernel treats a thread that reads at fixed times. */
import { readlinkSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';

/** A thread that sleeps most of the time should run when it wakes, also where all CPUs are busy. */
export function preferThisThread(): void {
  try {
    setPriority(ownId(), constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Not allowed to this user: readings are rarer then.
  }
}

/**
 * Makes timers of this thread go off at their own time. By default the kernel puts them off by up to 50 µs to that of
 * another one on the same CPU (proc(5), timerslack_ns): then this thread would be woken together with those that it
 * watches, and would see them just awake too often.
 */
export function wakeAtOwnTimes(): void {
  try {
    // Of a thread that is no process's first one, too, though the file is in no task folder (fs/proc/base.c).
    writeFileSync(`/proc/${ownId()}/timerslack_ns`, '1');
  } catch {
    // Linux before 4.6, or /proc is read-only.
  }
}

function ownId(): number {
  return Number(basename(readlinkSync('/proc/thread-self')));
}
