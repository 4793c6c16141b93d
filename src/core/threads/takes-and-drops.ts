/**
 * Who holds one GIL, from every take and drop of its threads in order of time (the rung `full`).
 *
 * No event marks the acquire itself (a probe there would lengthen the hold), and a drop is stamped after
 * the unlock, so that the next taker's stamp may be the earlier one. Therefore a hold is settled when
 * it ends: it lasts from the thread's own last stamp in take_gil (request, or the wake that found the
 * GIL free), or from the end of the hold before if that is later, to its drop.
 */
import type { Address, LineIndex, Nanoseconds } from '../units';
import { GilHolders } from './gil-holders';
import { wakerWithin, type GilLedger } from './gil-ledger';
import type { GilEvents, PresentHolder } from './gil-events';
import { HoldSettler } from './hold-settler';
import type { OddityLog } from './oddity-log';
import { OpenEnds } from './open-ends';
import { GilPhase } from './phases';
import type { StateOwners } from './state-owners';
import { Standing, type TracedThread } from './traced-thread';

export class TakesAndDrops implements GilEvents {
  /** @param threads those that use this GIL */
  constructor(
    readonly ledger: GilLedger,
    private readonly _owners: StateOwners,
    threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog
  ) {
    this._holders = new GilHolders(_owners);
    this._settler = new HoldSettler(ledger, this._holders, threads);
    this._openEnds = new OpenEnds(
      ledger,
      this._holders,
      this._settler,
      threads,
      _oddities
    );
  }

  holder(): PresentHolder | undefined {
    const thread = this._settler.holder();
    return thread && { thread, since: this.ledger.acquiredAt(thread) };
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
    thread.holdKnown = false;
    this.ledger.tellLine(thread);
    this.ledger.startWait(thread, time);
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

  take(): void {
    // No event of this rung: a probe there would lengthen the hold.
  }

  drop(thread: TracedThread, time: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Requested:
      case Standing.Acquired:
        if (!this._settler.settleEarlier(thread, time)) {
          this._settler.moveStamp(thread, time);
          this._settler.releaseOlder(thread);
          this._settler.settle(thread, this._settler.releasedBy(thread, time));
        }
        break;
      case Standing.Released:
        break;
      case Standing.Unknown:
        this._dropFirst(thread, time);
        break;
      default:
        this._dropUnasked(thread, time);
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
        this._openEnds.breakOff(thread, time);
    }
    if (thread.holdKnown) {
      this.ledger.forceLastHold(thread);
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

  waitsForLock(): void {
    // Its drop has told.
  }

  inherit(thread: TracedThread, time: Nanoseconds): void {
    thread.inherited = true;
    thread.standing = Standing.Acquired;
    thread.stamp = time;
    this.ledger.startWait(thread, time);
    this._holders.add(thread, time);
  }

  exit(thread: TracedThread, time: Nanoseconds): void {
    this._openEnds.exit(thread, time);
  }

  leave(thread: TracedThread, time: Nanoseconds): void {
    this._openEnds.leave(thread, time);
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    this._openEnds.lose(startOf, end);
  }

  finish(end: Nanoseconds): void {
    this._openEnds.finish(end);
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
        this._openEnds.breakOff(thread, time);
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
      this._openEnds.breakOff(thread, time);
    }
  }

  /** The thread asked for the GIL before the start of the recording. */
  private _countUnseenRequest(thread: TracedThread): void {
    if (!thread.afterLoss) {
      thread.requests++;
    }
  }

  /** The thread has had the GIL since its last event, none of its own tells since when. */
  private _dropUnasked(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing !== Standing.Waiting) {
      thread.stamp = thread.gilTrack.lastStart;
    }
    this._settler.releaseOlder(thread, time);
    this._openEnds.breakOff(thread, time);
    this._heldUntil(time);
  }

  /** The thread's first event is a drop: it has held the GIL since then, if nobody else can have. */
  private _dropFirst(thread: TracedThread, time: Nanoseconds): void {
    this._countUnseenRequest(thread);
    thread.stamp = thread.knownFrom;
    const released = this._settler.releasedBy(thread, time);
    if (this.ledger.lastEnd <= thread.stamp && thread.stamp < released) {
      this.ledger.startWait(thread, thread.stamp);
      this._settler.settle(thread, released);
    } else {
      thread.gilTrack.append(time, GilPhase.Free);
      this._heldUntil(time);
    }
    if (!thread.afterLoss) {
      this._oddities.add('dropWithoutRequest', time);
    }
  }

  /** A hold ended that began nobody knows when: those who are certain to have the GIL may have it since before. */
  private _heldUntil(time: Nanoseconds): void {
    this._holders.forgetLast();
    if (this._holders.oldest === undefined) {
      this.ledger.heldUntil(time);
    }
  }

  private readonly _holders: GilHolders;
  private readonly _settler: HoldSettler;
  private readonly _openEnds: OpenEnds;
}
