/**
 * Who holds one GIL, from the writes to gil->locked that a watchpoint sees (the rung `watch`).
 *
 * Both writes are made with gil->mutex held, so that takes and drops are exact and come one after the other. Who
 * is about to wait adds to the sequence word of gil->cond, gil->mutex held: that is the start of the wait. When
 * a thread asked without having to wait is not known.
 */
import type { Nanoseconds } from '../units';
import type { GilEvents, PresentHolder } from './gil-events';
import type { GilLedger } from './gil-ledger';
import type { OddityLog } from './oddity-log';
import { GilPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';
import type { RecordedSites } from './waits-only';
import { startSleptWait } from './watched-sleeps';
import { yieldedUntil } from './watched-yields';

export class WatchedTakes implements GilEvents {
  /**
   * @param _threads those that use this GIL
   * @param _switchInterval sys.getswitchinterval(): how long a wait is before it begins anew
   */
  constructor(
    readonly ledger: GilLedger,
    private readonly _threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog,
    private readonly _sites: RecordedSites,
    private readonly _switchInterval: Nanoseconds
  ) {}

  holder(): PresentHolder | undefined {
    const thread = this._holder;
    return thread && { thread, since: this.ledger.acquiredAt(thread) };
  }

  get findsWaits(): boolean {
    return !this._sites.hasWait;
  }

  yieldedUntil(thread: TracedThread): Nanoseconds {
    return yieldedUntil(thread);
  }

  take(thread: TracedThread, stamp: Nanoseconds): void {
    const holder = this._holder;
    // Clocks of two CPUs may differ by some nanoseconds.
    const time = Math.max(stamp, this.ledger.lastEnd);
    if (holder !== undefined) {
      // Its drop is missing.
      this._breakOff(holder, time);
    }
    if (thread.standing !== Standing.Waiting) {
      this._enter(thread, time);
      thread.requests++;
      this._startUnseenWait(thread, time);
    }
    if (thread.waitStart < time) {
      thread.wakes = 1;
    } else {
      this._unanswered = this.ledger.lastEnd;
    }
    thread.stamp = time;
    thread.standing = Standing.Acquired;
    this._holder = thread;
    for (const yielding of this._yielding) {
      // Whoever takes the GIL wakes them.
      yielding.stamp = Math.min(yielding.stamp, time);
    }
  }

  drop(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Acquired:
        this.ledger.hold(thread, time);
        break;
      case Standing.Unknown:
        this._dropFirst(thread, time);
        break;
      default:
        this._breakOff(thread, time);
        this.ledger.heldUntil(time);
    }
    thread.standing = Standing.Free;
    this._release(thread);
  }

  wait(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Waiting) {
      // The round before found the GIL still locked.
      thread.ignored++;
      this.ledger.askedSince(thread.stamp);
    } else {
      this._enter(thread, time);
      thread.requests++;
      this.ledger.startWait(thread, time);
      thread.standing = Standing.Waiting;
    }
    thread.stamp = time;
  }

  yield(thread: TracedThread, time: Nanoseconds): void {
    this._enter(thread, time);
    if (thread.holdKnown) {
      this.ledger.forceLastHold(thread);
    }
    this.ledger.startWait(thread, time);
    thread.standing = Standing.Yielding;
    thread.stamp = Infinity;
    this._yielding.push(thread);
  }

  request(): void {
    // No event of this rung.
  }

  wake(): void {
    // No event of this rung: the take tells.
  }

  yieldEnd(): void {
    // No event of this rung: the thread's next one tells.
  }

  waitsForLock(): void {
    // Its drop has told.
  }

  inherit(thread: TracedThread, time: Nanoseconds): void {
    thread.inherited = true;
    thread.standing = Standing.Acquired;
    thread.stamp = time;
    this.ledger.startWait(thread, time);
    this._holder = thread;
  }

  exit(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Waiting) {
      this._oddities.add('neverAcquired', time);
    } else if (thread.standing === Standing.Acquired && !thread.inherited) {
      this._oddities.add('exitWhileHolding', time);
    }
    this._settle(thread, time);
    thread.standing = Standing.Free;
  }

  leave(thread: TracedThread, time: Nanoseconds): void {
    this._settle(thread, time);
    if (thread.standing !== Standing.Unknown) {
      thread.standing = Standing.Free;
    }
    thread.holdKnown = false;
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    const holder = this._holder;
    if (holder !== undefined && !holder.inherited) {
      const start = startOf(holder);
      if (holder.stamp < start && start < Infinity) {
        this.ledger.hold(holder, start);
        holder.standing = Standing.Free;
      }
    }
    for (const thread of this._threads) {
      const start = startOf(thread);
      if (thread.died === Infinity && start < Infinity) {
        if (
          thread.standing === Standing.Yielding &&
          yieldedUntil(thread) < start
        ) {
          this._endYield(thread, start);
          thread.standing = Standing.Free;
        }
        this.ledger.lose(thread, start, end);
        this._release(thread);
      }
    }
  }

  finish(end: Nanoseconds): void {
    for (const thread of this._threads) {
      if (thread.standing === Standing.Unknown) {
        this.ledger.settleSilent(thread, end);
      } else {
        this._settle(thread, end);
        thread.standing = Standing.Free;
      }
    }
  }

  /** The thread has taken the GIL without having been seen to wait for it. */
  private _startUnseenWait(thread: TracedThread, time: Nanoseconds): void {
    const { ledger } = this;
    const unseen = !this._sites.hasWait || thread.standing === Standing.Unknown;
    const slept =
      unseen &&
      startSleptWait(
        thread,
        time,
        { dropped: ledger.lastEnd, unanswered: this._unanswered },
        ledger,
        this._switchInterval
      );
    if (!slept) {
      ledger.startWait(thread, time);
    }
  }

  /** The thread asks for the GIL, or waits to ask for it again: it does not have it. */
  private _enter(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Unknown:
        thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
        break;
      case Standing.Free:
        break;
      case Standing.Yielding:
        this._endYield(thread, time);
        break;
      default:
        this._breakOff(thread, time);
    }
    this._release(thread);
  }

  /** Settles what the thread does at `time`, after which nothing more is known of it. */
  private _settle(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Waiting:
        this.ledger.abandonWait(thread, time);
        break;
      case Standing.Acquired:
        if (!thread.inherited) {
          this.ledger.hold(thread, time);
        }
        break;
      case Standing.Yielding:
        this._endYield(thread, time);
        break;
      default:
    }
    this._release(thread);
  }

  /** The thread's first event is a drop: it has held the GIL since then, if nobody else can have. */
  private _dropFirst(thread: TracedThread, time: Nanoseconds): void {
    if (!thread.afterLoss) {
      thread.requests++;
      this._oddities.add('dropWithoutRequest', time);
    }
    if (this.ledger.lastEnd <= thread.knownFrom) {
      this.ledger.startWait(thread, thread.knownFrom);
      thread.stamp = thread.knownFrom;
      this.ledger.hold(thread, time);
    } else {
      thread.gilTrack.append(time, GilPhase.Free);
      this.ledger.heldUntil(time);
    }
  }

  /** Its wait for another one to take the GIL is over: it had a CPU again, or has an event. */
  private _endYield(thread: TracedThread, time: Nanoseconds): void {
    this.ledger.endYield(thread, Math.min(yieldedUntil(thread), time));
    thread.forcedWait = -1;
  }

  private _breakOff(thread: TracedThread, time: Nanoseconds): void {
    if (thread.inherited) {
      // A forked child made its parent's GIL anew.
      this.ledger.hold(thread, time);
    } else {
      this._oddities.add('brokenAlternation', time);
      this.ledger.breakOff(thread, time);
    }
    thread.standing = Standing.Free;
    this._release(thread);
  }

  /** The thread neither has the GIL nor waits to ask for it again. */
  private _release(thread: TracedThread): void {
    if (this._holder === thread) {
      this._holder = undefined;
    }
    if (this._yielding.length > 0) {
      const at = this._yielding.indexOf(thread);
      if (at >= 0) {
        this._yielding.splice(at, 1);
      }
    }
    thread.inherited = false;
  }

  /** Who has taken the GIL and not dropped it. */
  private _holder: TracedThread | undefined;
  /** The last drop behind which a thread took the GIL that had not waited. */
  private _unanswered: Nanoseconds = -Infinity;
  /** Those that wait until another has taken it; their `stamp` is when one had, Infinity before. */
  private readonly _yielding: TracedThread[] = [];
}
