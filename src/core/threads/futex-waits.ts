/**
 * Who waits for one GIL, and who drops it, from the calls of futex(2) that its waiters cause (the rung `futex`): what
 * each means is said in futex-calls.ts. What is not waited for makes no call and is not known.
 *
 * A thread that waits sleeps on gil->cond again and again. After each sleep it has gil->mutex, and its unlock of it has
 * a record: either it has taken the GIL just then, or it goes to sleep again at once.
 */
import type { Nanoseconds } from '../units';
import type { GilEvents, PresentHolder } from './gil-events';
import { wakerWithin, type GilLedger } from './gil-ledger';
import type { HolderSpanRows } from './holder-spans';
import type { OddityLog } from './oddity-log';
import { GilPhase } from './phases';
import { ranSince } from './scheduler';
import { Standing, type TracedThread } from './traced-thread';

/**
 * Whoever unlocks gil->mutex only to sleep on gil->cond again does so within the same call of
 * pthread_cond_timedwait. Measured, four threads on two busy CPUs: 5 us on its CPU in 95 of 100 cases, 20 us in 999 of 1000.
 */
const SAME_CALL: Nanoseconds = 20_000;

/** A round that lasted so much of the switch interval was not ended by a drop. */
const WHOLE_ROUND = 0.9;

export class FutexWaits implements GilEvents {
  constructor(
    readonly ledger: GilLedger,
    private readonly _threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog,
    private readonly _spans: HolderSpanRows,
    private readonly _switchInterval: Nanoseconds
  ) {
    ledger.resting = GilPhase.Unrecorded;
  }

  holder(): PresentHolder | undefined {
    const { _holder: thread, _dropsSeenFrom: since } = this;
    return thread && since < Infinity ? { thread, since } : undefined;
  }

  wait(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    this._stayWaiting(thread);
    if (thread.standing === Standing.Waiting) {
      thread.wakes++;
      if (time - thread.stamp >= WHOLE_ROUND * this._switchInterval) {
        thread.ignored++;
      }
    } else {
      this._endYield(thread, time);
      thread.requests++;
      thread.standing = Standing.Waiting;
      this.ledger.startWait(thread, time);
      this._waiters.add(thread);
    }
    thread.stamp = time;
    if (this._holder === thread) {
      // Its drop woke nobody: who had been woken already was still on the way.
      this._forgetHolder();
    }
    if (this._dropsSeenFrom === Infinity) {
      this._holder = undefined;
      this._dropsSeenFrom = time;
    }
  }

  /** The thread has to wait for gil->mutex. */
  meetMutex(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    this._stayWaiting(thread);
  }

  leaveMutex(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    if (thread.standing === Standing.Waiting) {
      this._candidates.add(thread);
      thread.standing = Standing.Acquired;
    }
    if (thread.standing === Standing.Acquired) {
      thread.provedAt = time;
    }
  }

  take(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    switch (thread.standing) {
      case Standing.Waiting:
      case Standing.Acquired:
        thread.provedAt = time;
        this._acquire(thread);
        break;
      case Standing.Yielding:
        // It passes on a signal that was not for it (glibc up to 2.40, pthread_cond_wait.c).
        break;
      default:
        this._hasTaken(thread, time);
    }
  }

  drop(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    if (thread.standing === Standing.Waiting) {
      // It passes on a signal, as above.
      return;
    }
    if (thread.standing === Standing.Acquired) {
      this._acquire(thread);
    }
    for (const other of this._candidates) {
      other.standing = Standing.Waiting;
    }
    this._candidates.clear();
    this._lastDrop = time;
    this._endYield(thread, time);
    if (this._holder === undefined || this._holder === thread) {
      this._tellHold(thread, time);
    }
    this._forgetHolder();
    thread.standing = Standing.Free;
  }

  yield(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    if (thread.standing === Standing.Yielding) {
      return;
    }
    if (thread.standing === Standing.Acquired) {
      this._acquire(thread);
    } else if (thread.standing === Standing.Waiting) {
      // The call behind its last sleep is missing.
      this._oddities.add('brokenAlternation', time);
      this._settle(thread, thread.stamp);
      thread.gilTrack.append(thread.stamp, GilPhase.Unknown);
    }
    if (this._holder === thread) {
      this._tellHold(thread, time);
      this._forgetHolder();
    }
    thread.standing = Standing.Yielding;
    this.ledger.startWait(thread, time);
  }

  yieldEnd(thread: TracedThread, time: Nanoseconds): void {
    this._decide(time);
    this._endYield(thread, time);
  }

  request(): void {
    // No event of this rung: a thread that asks need not wait.
  }

  wake(): void {
    // No event of this rung.
  }

  waitsForLock(): void {
    // No event of this rung.
  }

  inherit(): void {
    // A child that has the GIL from its parent does not wait.
  }

  exit(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Waiting) {
      this._oddities.add('neverAcquired', time);
    }
    this._settle(thread, time);
    if (this._holder === thread) {
      this._forgetHolder();
    }
    thread.standing = Standing.Free;
  }

  leave(thread: TracedThread, time: Nanoseconds): void {
    this.exit(thread, time);
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    let earliest = Infinity;
    for (const thread of this._threads) {
      const start = startOf(thread);
      if (thread.died !== Infinity || start === Infinity) {
        continue;
      }
      earliest = Math.min(earliest, start);
      this._settle(thread, start);
      thread.gilTrack.append(start, GilPhase.Unknown);
      thread.gilTrack.append(end, GilPhase.Unrecorded);
      thread.standing = Standing.Unknown;
      thread.knownFrom = end;
      thread.afterLoss = true;
    }
    // A drop may be among the lost.
    if (earliest < Infinity) {
      this._spans.forgetFrom(earliest);
      this._forgetHolder();
    }
  }

  finish(end: Nanoseconds): void {
    this._decide(end);
    if (this._holder !== undefined) {
      this._tellHold(this._holder, end);
      this._forgetHolder();
    }
    for (const thread of this._threads) {
      this._settle(thread, end);
    }
  }

  /** Those who let go of gil->mutex and have not gone to sleep again have the GIL since. */
  private _decide(time: Nanoseconds): void {
    if (this._candidates.size === 0) {
      return;
    }
    for (const thread of this._candidates) {
      // A drop wakes somebody, unless that one is awake just then: without any it is hardly free. A virtual CPU may stand.
      const mayBeFree = this._lastDrop >= thread.stamp - SAME_CALL;
      const limit = mayBeFree ? SAME_CALL : this._switchInterval;
      // Whoever has slept meanwhile made no call here for that.
      if (ranSince(thread, thread.provedAt, time) > limit) {
        this._acquire(thread);
      }
    }
  }

  private _stayWaiting(thread: TracedThread): void {
    if (thread.standing === Standing.Acquired) {
      this._candidates.delete(thread);
      thread.standing = Standing.Waiting;
    }
  }

  private _acquire(thread: TracedThread): void {
    const time = thread.provedAt;
    this._candidates.delete(thread);
    this._waiters.delete(thread);
    thread.standing = Standing.Free;
    thread.waitWaker = wakerWithin(thread, time);
    this.ledger.endWait(thread, time);
    this._hasTaken(thread, time);
  }

  private _hasTaken(thread: TracedThread, time: Nanoseconds): void {
    thread.standing = Standing.Free;
    this._holder = thread;
    // Others may have begun to wait before it was certain that this one has it.
    const since = this._dropsSeenFrom < Infinity ? this._dropsSeenFrom : 0;
    this._dropsSeenFrom =
      this._waiters.size > 0 ? Math.max(time, since) : Infinity;
  }

  /** The thread has the GIL until `time`, and had it as long as a drop would have been seen. */
  private _tellHold(thread: TracedThread, time: Nanoseconds): void {
    if (this._dropsSeenFrom < time) {
      this._spans.begin(this._dropsSeenFrom, 0, thread.index);
      this._spans.close(time);
    }
  }

  /** A drop wakes a waiter, so the next one may have nobody to wake. */
  private _forgetHolder(): void {
    this._holder = undefined;
    this._dropsSeenFrom = Infinity;
  }

  private _endYield(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Yielding) {
      this.ledger.endYield(thread, time);
      thread.forcedWait = -1;
      thread.standing = Standing.Free;
    }
  }

  /** Settles what the thread does at `time`, after which nothing more is known of it. */
  private _settle(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Acquired:
        this._acquire(thread);
        break;
      case Standing.Waiting:
      case Standing.Yielding:
        this.ledger.abandonWait(thread, time);
        break;
      default:
    }
    this._waiters.delete(thread);
  }

  private readonly _waiters = new Set<TracedThread>();
  /** Of the waiters: those that let go of gil->mutex at `provedAt` and either have the GIL or go on waiting. */
  private readonly _candidates = new Set<TracedThread>();
  /** Who has taken the GIL since the last drop seen, if known. */
  private _holder: TracedThread | undefined;
  private _lastDrop: Nanoseconds = -Infinity;
  /** Since when each drop has an event, because somebody sleeps that it would wake; Infinity if nobody does. */
  private _dropsSeenFrom: Nanoseconds = Infinity;
}
