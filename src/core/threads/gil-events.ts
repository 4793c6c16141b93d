/** What happens to one GIL, as its threads' probes tell. Which of the events come depends on the rung. */
import type { Address, LineIndex, Nanoseconds } from '../units';
import type { TracedThread } from './traced-thread';

/** Who has a GIL, as far as its events tell. */
export interface PresentHolder {
  readonly thread: TracedThread;
  readonly since: Nanoseconds;
}

export interface GilEvents {
  /** Who has the GIL now, as far as the events so far tell; undefined: nobody, or not known. */
  holder(): PresentHolder | undefined;

  /**
   * Until when the thread waited, which yields, as far as is known without an event of its own; Infinity if it still
   * waits. Absent where `yieldEnd` tells.
   */
  yieldedUntil?(thread: TracedThread): Nanoseconds;

  /**
   * Whether a thread that seems not to want the GIL may turn out to have waited for it since its last drop; absent where
   * the start of each wait has an event.
   */
  readonly findsWaits?: boolean;

  /** The thread enters take_gil. */
  request(
    thread: TracedThread,
    time: Nanoseconds,
    tstate: Address,
    line: LineIndex
  ): void;

  /**
   * The thread begins a timed wait within take_gil, gil->mutex held, the GIL locked.
   *
   * @param lastHolder gil->last_holder: the thread state that holds it; 0 if not known
   */
  wait(thread: TracedThread, time: Nanoseconds, lastHolder: Address): void;

  /**
   * The thread returns from a timed wait within take_gil, gil->mutex held.
   *
   * @param locked gil->locked: if not, the thread acquires now
   * @param lastHolder gil->last_holder: the thread state that holds it, or was the last to; 0 if not known
   */
  wake(
    thread: TracedThread,
    time: Nanoseconds,
    locked: boolean,
    lastHolder: Address
  ): void;

  /** The thread has taken the GIL, just now: gil->mutex is still its own. */
  take(thread: TracedThread, time: Nanoseconds): void;

  /** The thread has released the GIL. */
  drop(thread: TracedThread, time: Nanoseconds): void;

  /** The thread begins to wait in drop_gil until another has taken the GIL. */
  yield(thread: TracedThread, time: Nanoseconds): void;

  /** That wait is over. */
  yieldEnd(thread: TracedThread, time: Nanoseconds): void;

  /** The thread waits for a lock, for which it has released the GIL. */
  waitsForLock(thread: TracedThread, time: Nanoseconds): void;

  /** The first thread of a forked process, whose parent held the GIL. */
  inherit(thread: TracedThread, time: Nanoseconds): void;

  /** The thread ended. */
  exit(thread: TracedThread, time: Nanoseconds): void;

  /** The thread asks for another GIL. */
  leave(thread: TracedThread, time: Nanoseconds): void;

  /**
   * Records were lost. For the threads concerned, what was known up to the loss is settled; the rest is
   * unknown until the thread's next event, which tells back to `end`. Nobody is known to hold the GIL
   * then: the thread that had it is concerned, always.
   *
   * @param startOf since when the thread's records may be missing; Infinity if none of them are
   */
  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void;

  /** The records end: what is still open is settled. */
  finish(end: Nanoseconds): void;
}
