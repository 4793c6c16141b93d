/** Waits for `threading` locks, from the probes in the contended path of PyThread_acquire_lock_timed. */
import type { Address, LineIndex, Nanoseconds } from '../units';
import { LockWaitRows } from './lock-wait-rows';
import { LockPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

/**
 * sem_wait and its like return when a signal comes (EINTR), and PyThread_acquire_lock_timed calls them again
 * at once (Python/thread_pthread.h). Where requests have no events, so short a gap tells that it did.
 */
const CALLED_AGAIN: Nanoseconds = 5_000;

export class LockWaits {
  readonly rows = new LockWaitRows();

  /** @param requestsRecorded whether every request for the GIL has an event */
  begin(
    thread: TracedThread,
    time: Nanoseconds,
    lock: Address,
    requestsRecorded: boolean
  ): void {
    const { rows } = this;
    const { openLock, lastLock } = thread;
    if (openLock >= 0) {
      if (rows.lock[openLock] === lock) {
        return;
      }
      this.close(thread, time);
    } else if (
      lastLock >= 0 &&
      rows.lock[lastLock] === lock &&
      (requestsRecorded || time - rows.end[lastLock] < CALLED_AGAIN)
    ) {
      thread.openLock = lastLock;
      rows.end[lastLock] = Infinity;
      thread.lockTrack.replaceLast(LockPhase.Waiting);
      return;
    }
    thread.openLock = rows.push(thread.index, time, Infinity, lock);
    thread.lastLock = thread.openLock;
    thread.lockTrack.append(time, LockPhase.Waiting);
  }

  end(thread: TracedThread, time: Nanoseconds): void {
    const { rows } = this;
    if (thread.openLock < 0) {
      this._endFirst(thread, time);
      return;
    }
    const row = thread.openLock;
    const { waker, wokenAt } = thread;
    const woken = wokenAt >= rows.start[row] && wokenAt <= time;
    rows.holder[row] = woken ? waker : -1;
    this.close(thread, time);
  }

  /** The thread asks for the GIL: it has run no Python since it dropped it, before the wait. */
  asked(thread: TracedThread, line: LineIndex): void {
    if (thread.lastLock >= 0) {
      this.rows.line[thread.lastLock] = line;
      thread.lastLock = -1;
    }
  }

  /** Its records are lost from this time on. */
  lose(thread: TracedThread, start: Nanoseconds): void {
    this.close(thread, start);
    thread.lastLock = -1;
  }

  /** Whatever it waited for, it does not any more. */
  close(thread: TracedThread, time: Nanoseconds): void {
    if (thread.openLock >= 0) {
      this.rows.end[thread.openLock] = time;
      thread.lockTrack.append(time, LockPhase.None);
      thread.openLock = -1;
    }
  }

  /** An end whose begin is not known: since before the recording, if the thread has shown nothing else. */
  private _endFirst(thread: TracedThread, time: Nanoseconds): void {
    const { knownFrom, lockTrack } = thread;
    if (
      thread.standing !== Standing.Unknown ||
      lockTrack.lastStart > knownFrom
    ) {
      return;
    }
    thread.lastLock = this.rows.push(thread.index, knownFrom, time, 0);
    lockTrack.append(knownFrom, LockPhase.Waiting);
    lockTrack.append(time, LockPhase.None);
  }
}
