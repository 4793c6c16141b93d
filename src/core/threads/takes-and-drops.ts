/**
 * Who holds one GIL, from every take and drop of its threads in order of time (the rung `full`).
 *
 * No event marks the acquire itself (a probe there would lengthen the hold), and a drop is stamped after
 * the unlock, so that the next taker's stamp may be the earlier one. Therefore a hold is settled when
 * it ends: it lasts from the thread's own last stamp in take_gil (request, or the wake that found the
 * GIL free), or from the end of the hold before if that is later, to its drop.
 */
import type { Address, LineIndex, Nanoseconds } from '../units';
import { AskingThreads } from './asking-threads';
import { GilHolders } from './gil-holders';
import { wakerWithin, type GilLedger } from './gil-ledger';
import type { GilEvents } from './gil-events';
import { HoldSettler } from './hold-settler';
import type { OddityLog } from './oddity-log';
import { GilPhase } from './phases';
import type { StateOwners } from './state-owners';
import { Standing, type TracedThread } from './traced-thread';

export class TakesAndDrops implements GilEvents {
  /** @param threads those that use this GIL */
  constructor(
    readonly ledger: GilLedger,
    private readonly _owners: StateOwners,
    private readonly _threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog
  ) {
    this._holders = new GilHolders(_owners);
    this._settler = new HoldSettler(ledger, this._holders, this._asking);
  }

  request(
    thread: TracedThread,
    time: Nanoseconds,
    tstate: Address,
    line: LineIndex
  ): void {
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
        this._requestAgain(thread, time, tstate);
    }
    if (thread.tstate !== tstate) {
      this._owners.learn(thread, tstate, time);
    }
    thread.standing = Standing.Requested;
    thread.stamp = time;
    thread.line = line;
    thread.lastHold = -1;
    this.ledger.tellLine(thread);
    this.ledger.startWait(thread, time);
    this._asking.push(thread);
  }

  wait(thread: TracedThread, time: Nanoseconds, lastHolder: Address): void {
    this._enterWait(thread, time);
    thread.stamp = time;
    thread.standing = Standing.Waiting;
    this._holders.seenLocked(lastHolder, time);
  }

  wake(
    thread: TracedThread,
    time: Nanoseconds,
    locked: boolean,
    lastHolder: Address
  ): void {
    this._enterWait(thread, time);
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
      thread.waitWaker = wakerWithin(thread, time);
      thread.standing = Standing.Acquired;
      this._holders.add(thread, time);
    }
  }

  drop(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Acquired:
        if (!thread.certain) {
          this._settler.releasePreempted(thread);
        }
        this._settler.releaseOlder(thread);
        this._settler.settle(thread, this._settler.releasedBy(thread, time));
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

  inherit(thread: TracedThread, time: Nanoseconds): void {
    thread.inherited = true;
    thread.standing = Standing.Acquired;
    thread.stamp = time;
    this.ledger.startWait(thread, time);
    this._holders.add(thread, time);
  }

  exit(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Waiting:
      case Standing.Acquired:
        if (thread.inherited) {
          this._settler.forget(thread);
        } else if (this._settler.holder() === thread) {
          this._settler.releaseOlder(thread);
          this._settler.settle(thread, time);
          this._oddities.add('exitWhileHolding', time);
        } else if (thread.certain) {
          const next = this._holders.after(thread);
          if (next) {
            this._settler.releaseOlder(next);
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

  leave(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Acquired:
        if (thread.inherited) {
          this._settler.forget(thread);
        } else if (thread.certain || this._settler.holder() === thread) {
          // Its interpreter ended, and its GIL with it, without a drop (Py_EndInterpreter, Python/pylifecycle.c).
          this._settler.releaseOlder(thread);
          this._settler.settle(thread, time);
        } else {
          this._breakOff(thread, time);
        }
        break;
      case Standing.Waiting:
        this._breakOff(thread, time);
        break;
      case Standing.Yielding:
        this.ledger.endYield(thread, time);
        break;
      default:
    }
    if (thread.standing !== Standing.Unknown) {
      thread.standing = Standing.Free;
    }
    thread.lastHold = -1;
    thread.forcedWait = -1;
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    const holder = this._settler.holder();
    if (holder && !holder.inherited) {
      this._settler.releaseOlder(holder);
      const start = startOf(holder);
      if (this.ledger.acquiredAt(holder) < start) {
        this._settler.settle(holder, start);
        holder.standing = Standing.Free;
      }
    }
    for (const thread of this._threads) {
      const start = startOf(thread);
      if (thread.died === Infinity && start < Infinity) {
        this._loseThread(thread, start, end);
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
          this.ledger.abandonWait(thread, end);
          break;
        case Standing.Unknown:
          this.ledger.settleSilent(thread, end);
          break;
        default:
      }
    }
  }

  /** The thread waits for the GIL, so it does not have it. */
  private _enterWait(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Waiting:
        break;
      case Standing.Requested:
        this._settler.forget(thread);
        break;
      case Standing.Unknown:
        this._countUnseenRequest(thread);
        this.ledger.startWait(thread, thread.knownFrom);
        break;
      default:
        this._breakOff(thread, time);
        this.ledger.startWait(thread, time);
    }
  }

  /** A request of a thread that has asked before and has not dropped the GIL since. */
  private _requestAgain(
    thread: TracedThread,
    time: Nanoseconds,
    tstate: Address
  ): void {
    const madeAnew =
      thread.tstate !== tstate && this._settler.holder() === thread;
    if (thread.inherited || madeAnew) {
      // A forked child makes the GIL anew and takes it (_PyEval_ReInitThreads, Python/ceval_gil.c), and so does
      // an interpreter that is initialised again; the one before was never dropped (_PyEval_InitGIL).
      this._settler.releaseOlder(thread);
      this._settler.settle(thread, time);
    } else {
      this._breakOff(thread, time);
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
    this._settler.forget(thread);
    thread.gilTrack.append(start, GilPhase.Unknown);
    thread.standing = Standing.Unknown;
    thread.knownFrom = end;
    thread.afterLoss = true;
    thread.line = -1;
    thread.lastHold = -1;
    thread.forcedWait = -1;
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
      this._settler.settle(thread, this._settler.releasedBy(thread, time));
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

  private _breakOff(thread: TracedThread, time: Nanoseconds): void {
    this._oddities.add('brokenAlternation', time);
    this.ledger.breakOff(thread, time);
    this._settler.forget(thread);
  }

  private readonly _asking = new AskingThreads();
  private readonly _holders: GilHolders;
  private readonly _settler: HoldSettler;
}
