/** What is settled of a GIL's threads when they end, ask for another GIL, or their records end. */
import type { Nanoseconds } from '../units';
import type { GilHolders } from './gil-holders';
import type { GilLedger } from './gil-ledger';
import type { HoldSettler } from './hold-settler';
import type { OddityLog } from './oddity-log';
import { Standing, type TracedThread } from './traced-thread';

export class OpenEnds {
  /** @param _threads those that use this GIL */
  constructor(
    private readonly _ledger: GilLedger,
    private readonly _holders: GilHolders,
    private readonly _settler: HoldSettler,
    private readonly _threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog
  ) {}

  /** As `GilEvents` says, like all that follow. */
  exit(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Waiting:
      case Standing.Acquired:
        if (thread.inherited) {
          this._settler.forget(thread);
        } else if (this._hasGil(thread)) {
          if (this._settler.holder() === thread) {
            this._oddities.add('exitWhileHolding', time);
          }
          this._endHold(thread, time);
        } else {
          this._ledger.abandonWait(thread, time);
          this._oddities.add('neverAcquired', time);
        }
        break;
      case Standing.Yielding:
        this._ledger.abandonWait(thread, time);
        break;
      case Standing.Unknown:
        this._ledger.settleSilent(thread, time);
        break;
      default:
    }
    thread.standing = Standing.Free;
  }

  leave(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Acquired:
        if (thread.inherited) {
          this._settler.forget(thread);
        } else if (this._hasGil(thread)) {
          // Its interpreter ended, and its GIL with it, without a drop (Py_EndInterpreter, Python/pylifecycle.c).
          this._endHold(thread, time);
        } else {
          this.breakOff(thread, time);
        }
        break;
      case Standing.Waiting:
        this.breakOff(thread, time);
        break;
      case Standing.Yielding:
        this._ledger.endYield(thread, time);
        break;
      default:
    }
    if (thread.standing !== Standing.Unknown) {
      thread.standing = Standing.Free;
    }
    thread.holdKnown = false;
    thread.forcedWait = -1;
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    const holder = this._settler.holder();
    if (holder && !holder.inherited) {
      this._settler.releaseOlder(holder);
      const start = startOf(holder);
      if (this._ledger.acquiredAt(holder) < start) {
        this._settler.settle(holder, start);
        holder.standing = Standing.Free;
      }
    }
    for (const thread of this._threads) {
      const start = startOf(thread);
      if (thread.died === Infinity && start < Infinity) {
        this._ledger.lose(thread, start, end);
        this._settler.forget(thread);
      }
    }
    this._holders.forgetLast();
  }

  finish(end: Nanoseconds): void {
    const holder = this._settler.holder();
    if (holder?.inherited) {
      this._settler.forget(holder);
    } else if (holder) {
      this._settler.releaseOlder(holder);
      this._settler.settle(holder, end);
      holder.standing = Standing.Free;
    }
    for (const thread of this._threads) {
      switch (thread.standing) {
        case Standing.Requested:
        case Standing.Waiting:
        case Standing.Yielding:
          this._ledger.abandonWait(thread, end);
          break;
        case Standing.Unknown:
          this._ledger.settleSilent(thread, end);
          break;
        default:
      }
    }
  }

  /** The thread's event at `time` can't follow those before: one between is missing. */
  breakOff(thread: TracedThread, time: Nanoseconds): void {
    this._oddities.add('brokenAlternation', time);
    this._ledger.breakOff(thread, time);
    this._settler.forget(thread);
    // It may have had the GIL meanwhile.
    this._holders.forgetLast();
  }

  /** Whether the thread has the GIL, as far as the events tell, or has had it since its request. */
  private _hasGil(thread: TracedThread): boolean {
    return thread.certain || this._settler.holder() === thread;
  }

  /** The thread's hold ends without a drop: at `time`, or when the next one took the GIL. */
  private _endHold(thread: TracedThread, time: Nanoseconds): void {
    const next = this._holders.after(thread);
    this._settler.releaseOlder(next ?? thread);
    if (next === undefined) {
      this._settler.settle(thread, time);
    }
  }
}
