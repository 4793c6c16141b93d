/**
 * One process's GIL: who holds it, from the events of its threads in order of time.
 *
 * No event marks the acquire itself (a probe there would lengthen the hold), and a drop is stamped after
 * the unlock, so that the next taker's stamp may be the earlier one. Therefore a hold is settled when
 * it ends: it lasts from the thread's own last stamp in take_gil (request, or the wake that found the
 * GIL free), or from the end of the hold before if that is later, to its drop.
 */
import type { Nanoseconds } from '../units';
import { GilHolders } from './gil-holders';
import { GilLedger } from './gil-ledger';
import type { OddityLog } from './oddity-log';
import {
  CpuPhase,
  GilPhase,
  Standing,
  type TracedThread
} from './traced-thread';

export class Gil {
  constructor(private readonly _oddities: OddityLog) {}

  readonly ledger = new GilLedger();
  readonly threads: TracedThread[] = [];

  /** The thread enters take_gil. */
  request(thread: TracedThread, time: Nanoseconds, tstate: number): void {
    thread.requests++;
    switch (thread.standing) {
      case Standing.Free:
        break;
      case Standing.Unknown:
        thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
        break;
      case Standing.Yielding:
        this.ledger.endYield(thread, time);
        break;
      default:
        if (thread.inherited) {
          // The child makes the GIL anew and takes it (_PyEval_ReInitThreads, Python/ceval_gil.c).
          this._hold(thread, time);
        } else {
          this._breakOff(thread, time);
        }
    }
    if (thread.tstate !== tstate) {
      this._holders.learnState(thread, tstate);
    }
    thread.standing = Standing.Requested;
    thread.stamp = time;
    thread.lastHold = -1;
    this.ledger.startWait(thread, time);
  }

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
    lastHolder: number
  ): void {
    switch (thread.standing) {
      case Standing.Waiting:
        break;
      case Standing.Requested:
        this._forget(thread);
        break;
      case Standing.Unknown:
        this._countUnseenRequest(thread);
        this.ledger.startWait(thread, thread.knownFrom);
        break;
      default:
        this._breakOff(thread, time);
        this.ledger.startWait(thread, time);
    }
    if (locked) {
      this.ledger.askedSince(thread.stamp);
    }
    thread.stamp = time;
    thread.wakes++;
    if (locked) {
      thread.ignored++;
      thread.standing = Standing.Waiting;
      this._holders.seenLocked(lastHolder, time);
    } else {
      this._holders.seenFree(lastHolder, thread, time);
      thread.standing = Standing.Acquired;
      this._holders.add(thread, time);
    }
  }

  /** The thread has released the GIL. */
  drop(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Acquired:
        this._releaseOlder(thread);
        this._hold(thread, this._releasedBy(thread, time));
        break;
      case Standing.Released:
        break;
      case Standing.Unknown:
        this._dropFirst(thread, time);
        break;
      default:
        this._breakOff(thread, time);
        this.ledger.heldUntil(time);
    }
    thread.standing = Standing.Free;
  }

  /** The thread begins to wait in drop_gil until another has taken the GIL. */
  yield(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Free:
      case Standing.Released:
        break;
      case Standing.Unknown:
        this._countUnseenRequest(thread);
        thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
        break;
      default:
        this._breakOff(thread, time);
    }
    if (thread.lastHold >= 0) {
      this.ledger.holds.forced[thread.lastHold] = 1;
    }
    thread.standing = Standing.Yielding;
    this.ledger.startWait(thread, time);
  }

  /** That wait is over. */
  yieldEnd(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Unknown) {
      this._countUnseenRequest(thread);
      this.ledger.startWait(thread, thread.knownFrom);
      thread.standing = Standing.Yielding;
    }
    if (thread.standing === Standing.Yielding) {
      this.ledger.endYield(thread, time);
      thread.standing = Standing.Free;
    }
  }

  /** The first thread of a forked process, whose parent held the GIL. */
  inherit(thread: TracedThread, time: Nanoseconds): void {
    thread.inherited = true;
    thread.standing = Standing.Acquired;
    thread.stamp = time;
    this.ledger.startWait(thread, time);
    this._holders.add(thread, time);
  }

  /** The thread ended. */
  exit(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Waiting:
      case Standing.Acquired:
        if (thread.inherited) {
          this._forget(thread);
        } else if (this._holder() === thread) {
          this._releaseOlder(thread);
          this._hold(thread, time);
          this._oddities.add('exitWhileHolding', time);
        } else if (thread.certain) {
          const next = this._holders.after(thread);
          if (next) {
            this._releaseOlder(next);
          }
        } else {
          this.ledger.abandonWait(thread, time);
          this._oddities.add('neverAcquired', time);
        }
        break;
      case Standing.Yielding:
        this.ledger.abandonWait(thread, time);
        break;
      default:
    }
    thread.standing = Standing.Free;
  }

  /** The process runs another program from now on: its GIL and thread states are no more. */
  exec(time: Nanoseconds): void {
    this.finish(time);
    for (const thread of this.threads) {
      thread.tstate = 0;
      if (thread.died === Infinity) {
        thread.standing = Standing.Free;
        thread.gilTrack.append(time, GilPhase.Free);
      }
    }
    this._holders.forgetStates();
  }

  /**
   * Records were lost. For the threads concerned, what was known up to the loss is settled; the rest is
   * unknown until the thread's next event, which tells back to `end`. Nobody is known to hold the GIL
   * then: the thread that had it is concerned, always.
   *
   * @param startOf since when the thread's records may be missing; Infinity if none of them are
   */
  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    const holder = this._holder();
    if (holder && !holder.inherited) {
      this._releaseOlder(holder);
      const start = startOf(holder);
      if (this.ledger.acquiredAt(holder) < start) {
        this._hold(holder, start);
        holder.standing = Standing.Free;
      }
    }
    for (const thread of this.threads) {
      const start = startOf(thread);
      if (thread.died === Infinity && start < Infinity) {
        this._loseThread(thread, start, end);
      }
    }
    this._holders.forgetLast();
  }

  /** The records end: what is still open is settled. */
  finish(end: Nanoseconds): void {
    const holder = this._holder();
    if (holder?.inherited) {
      this._forget(holder);
    } else if (holder) {
      this._releaseOlder(holder);
      this._hold(holder, end);
      holder.standing = Standing.Free;
    }
    for (const thread of this.threads) {
      switch (thread.standing) {
        case Standing.Requested:
        case Standing.Waiting:
        case Standing.Yielding:
          this.ledger.abandonWait(thread, end);
          break;
        case Standing.Unknown:
          this.ledger.settleSilent(thread, end);
          break;
        default:
      }
    }
  }

  private _loseThread(
    thread: TracedThread,
    start: Nanoseconds,
    end: Nanoseconds
  ): void {
    switch (thread.standing) {
      case Standing.Unknown:
        this.ledger.settleSilent(thread, start);
        break;
      case Standing.Requested:
      case Standing.Waiting:
      case Standing.Acquired:
      case Standing.Yielding:
        if (!thread.inherited) {
          this.ledger.abandonWait(thread, start);
        }
        break;
      default:
    }
    this._forget(thread);
    thread.gilTrack.append(start, GilPhase.Unknown);
    thread.standing = Standing.Unknown;
    thread.knownFrom = end;
    thread.afterLoss = true;
    thread.lastHold = -1;
  }

  /** The thread asked for the GIL before the start of the recording. */
  private _countUnseenRequest(thread: TracedThread): void {
    if (!thread.afterLoss) {
      thread.requests++;
    }
  }

  /** The thread's first event is a drop: it has held the GIL since then, if nobody else can have. */
  private _dropFirst(thread: TracedThread, time: Nanoseconds): void {
    this._countUnseenRequest(thread);
    if (this.ledger.lastEnd <= thread.knownFrom) {
      this.ledger.startWait(thread, thread.knownFrom);
      thread.stamp = thread.knownFrom;
      this._hold(thread, this._releasedBy(thread, time));
    } else {
      thread.gilTrack.append(time, GilPhase.Free);
      if (this._holders.oldest === undefined) {
        this.ledger.heldUntil(time);
      }
    }
    if (!thread.afterLoss) {
      this._oddities.add('dropWithoutRequest', time);
    }
  }

  /** Settles a hold that ended at `time`. */
  private _hold(thread: TracedThread, time: Nanoseconds): void {
    this._holders.settled(thread, this.ledger.lastEnd <= thread.stamp);
    this.ledger.hold(thread, time);
    this._forget(thread);
  }

  /** Those who are certain to have had the GIL before this thread took it have released it since. */
  private _releaseOlder(thread: TracedThread): void {
    let { oldest } = this._holders;
    while (oldest && oldest !== thread && oldest.provedAt <= thread.stamp) {
      const next = this._holders.after(oldest)?.stamp ?? thread.stamp;
      const taken = Math.min(next, thread.stamp);
      this._hold(oldest, leftCpuBefore(oldest, taken) ?? taken);
      oldest.standing = Standing.Released;
      oldest = this._holders.oldest;
    }
  }

  /**
   * When the thread had released the GIL at the latest, if its drop is stamped at `time`: before that if
   * another is certain to have taken the GIL meanwhile, and the thread lost its CPU between unlock and
   * stamp. It would else be charged with holding the GIL in its sleep.
   */
  private _releasedBy(thread: TracedThread, time: Nanoseconds): Nanoseconds {
    // What is older was released before: the first one is this thread, or the one that came after it.
    const { oldest } = this._holders;
    const next = oldest === thread ? this._holders.after(thread) : oldest;
    if (next === undefined) {
      return time;
    }
    const left = leftCpuBefore(thread, next.stamp);
    if (left !== undefined) {
      return left;
    }
    const leftSince = thread.cpuTrack.lastStart > next.stamp;
    return leftSince ? Math.min(next.stamp, time) : time;
  }

  private _breakOff(thread: TracedThread, time: Nanoseconds): void {
    this._oddities.add('brokenAlternation', time);
    this.ledger.breakOff(thread, time);
    this._forget(thread);
  }

  /** Who holds the GIL as far as the events tell: else the first to ask that was not seen to wait. */
  private _holder(): TracedThread | undefined {
    let holder = this._holders.newest;
    if (holder === undefined) {
      for (const thread of this.threads) {
        if (
          thread.standing === Standing.Requested &&
          (holder === undefined || thread.stamp < holder.stamp)
        ) {
          holder = thread;
        }
      }
    }
    return holder;
  }

  /** The thread is no longer a holder. */
  private _forget(thread: TracedThread): void {
    this._holders.remove(thread);
    thread.inherited = false;
  }

  private readonly _holders = new GilHolders();
}

/** When the thread lost its CPU, if it had none at `time`. */
function leftCpuBefore(
  { cpuTrack }: TracedThread,
  time: Nanoseconds
): Nanoseconds | undefined {
  const step = cpuTrack.indexAt(time);
  return cpuTrack.value[step] >= CpuPhase.Preempted
    ? cpuTrack.start[step]
    : undefined;
}
