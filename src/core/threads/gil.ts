/**
 * One process's GIL: who holds it, from the events of its threads in order of time.
 *
 * No event marks the acquire itself (a probe there would lengthen the hold), and a drop is stamped after
 * the unlock, so that the next taker's stamp may be the earlier one. Therefore a hold is settled when
 * it ends: it lasts from the thread's own last stamp in take_gil (request, or the wake that found the
 * GIL free), or from the end of the hold before if that is later, to its drop.
 */
import type { Nanoseconds } from '../units';
import { HoldRows, WaitRows } from './gil-rows';
import type { OddityLog } from './oddity-log';
import { WaitKind } from './result';
import {
  CpuPhase,
  GilPhase,
  Standing,
  type TracedThread
} from './traced-thread';

const UNKNOWN_STATE = -1;

export class Gil {
  constructor(private readonly _oddities: OddityLog) {}

  readonly holds = new HoldRows();
  readonly waits = new WaitRows();
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
        this._endYield(thread, time);
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
      this._learnState(thread, tstate);
    }
    thread.standing = Standing.Requested;
    thread.waitStart = time;
    thread.stamp = time;
    thread.wakes = 0;
    thread.ignored = 0;
    thread.lastHold = -1;
    if (
      this._settled &&
      this._certain.length === 0 &&
      this._pendingCount === 0
    ) {
      this._presumed = thread;
    }
    thread.pending = true;
    this._pendingCount++;
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
        this._startWait(thread, thread.knownFrom);
        break;
      default:
        this._breakOff(thread, time);
        this._startWait(thread, time);
    }
    thread.stamp = time;
    thread.wakes++;
    if (locked) {
      thread.ignored++;
      thread.standing = Standing.Waiting;
      this._proveHolder(lastHolder, time);
      return;
    }
    this._provePrevious(thread, lastHolder, time);
    thread.standing = Standing.Acquired;
    this._makeCertain(thread, time);
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
        this._lastEnd = Math.max(this._lastEnd, time);
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
      this.holds.forced[thread.lastHold] = 1;
    }
    thread.standing = Standing.Yielding;
    thread.waitStart = time;
  }

  /** That wait is over. */
  yieldEnd(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Unknown) {
      this._countUnseenRequest(thread);
      thread.waitStart = thread.knownFrom;
      thread.standing = Standing.Yielding;
    }
    if (thread.standing === Standing.Yielding) {
      this._endYield(thread, time);
    }
  }

  /**
   * The thread lost its CPU. If another is certain to have taken the GIL since, the thread released it
   * before it left: without this it would be charged with holding the GIL in its sleep, since its drop
   * is stamped only when it runs again.
   */
  leftCpu(thread: TracedThread): void {
    const certain = this._certain;
    if (
      certain.length > 1 &&
      thread.certain &&
      certain[certain.length - 1] !== thread
    ) {
      this._releaseUpTo(thread);
    }
  }

  /** The first thread of a forked process, whose parent held the GIL. */
  inherit(thread: TracedThread, time: Nanoseconds): void {
    thread.inherited = true;
    thread.standing = Standing.Acquired;
    thread.waitStart = time;
    thread.stamp = time;
    this._makeCertain(thread, time);
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
          this._releaseUpTo(thread);
        } else {
          this._forget(thread);
          this._abandonWait(thread, time);
          this._oddities.add('neverAcquired', time);
        }
        break;
      case Standing.Yielding:
        this._abandonWait(thread, time);
        break;
      default:
        return;
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
    this._stateOwner.clear();
    this._lastState = UNKNOWN_STATE;
    this._settled = true;
  }

  /**
   * Records were lost. For the threads concerned, what was known up to the loss is settled; the rest is
   * unknown until the thread's next event, which tells back to `end`. Nobody is known to hold the GIL
   * then, and no hold may begin before `end`.
   *
   * @param startOf since when the thread's records may be missing; Infinity if none of them are
   */
  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    const holder = this._holder();
    if (holder) {
      const start = startOf(holder);
      if (!holder.inherited && Math.max(holder.stamp, this._lastEnd) < start) {
        this._releaseOlder(holder);
        this._hold(holder, start);
        holder.standing = Standing.Free;
      }
      this._loseThread(holder, start, end);
    }
    for (const thread of this.threads) {
      if (thread !== holder && thread.died === Infinity) {
        const start = startOf(thread);
        if (start < Infinity) {
          this._loseThread(thread, start, end);
        }
      }
    }
    this._presumed = undefined;
    this._lastEnd = Math.max(this._lastEnd, end);
    this._lastState = UNKNOWN_STATE;
    this._settled = false;
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
          this._forget(thread);
          this._abandonWait(thread, end);
          break;
        case Standing.Unknown:
          this._settleSilent(thread, end);
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
    if (thread.standing === Standing.Unknown) {
      this._settleSilent(thread, start);
    } else if (thread.standing === Standing.Acquired && !thread.inherited) {
      this._abandonWait(thread, Math.min(start, thread.stamp));
    } else if (
      thread.standing === Standing.Waiting ||
      thread.standing === Standing.Yielding ||
      (thread.standing === Standing.Requested && !thread.certain)
    ) {
      this._abandonWait(thread, start);
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
    if (this._lastEnd <= thread.knownFrom) {
      this._startWait(thread, thread.knownFrom);
      thread.stamp = thread.knownFrom;
      this._hold(thread, this._releasedBy(thread, time));
    } else {
      thread.gilTrack.append(time, GilPhase.Free);
      if (this._certain.length === 0) {
        this._lastEnd = Math.max(this._lastEnd, time);
      }
    }
    if (!thread.afterLoss) {
      this._oddities.add('dropWithoutRequest', time);
    }
  }

  /** Settles a hold that ended at `time`. */
  private _hold(thread: TracedThread, time: Nanoseconds): void {
    const acquired = Math.max(thread.stamp, this._lastEnd);
    const released = Math.max(acquired, time);
    if (thread.wakes > 0 || acquired > thread.waitStart) {
      thread.gilTrack.append(thread.waitStart, GilPhase.Waiting);
      this.waits.push(
        thread.index,
        thread.waitStart,
        acquired,
        thread.wakes > 0 ? WaitKind.Contended : WaitKind.Handoff,
        thread.ignored,
        acquired - thread.stamp
      );
    }
    thread.gilTrack.append(acquired, GilPhase.Holding);
    thread.gilTrack.append(released, GilPhase.Free);
    thread.lastHold = this.holds.push(thread.index, acquired, released);
    this._lastEnd = released;
    // Stamps that cross leave open which of two holds was the last.
    this._lastState =
      thread.tstate !== 0 && acquired === thread.stamp
        ? thread.tstate
        : UNKNOWN_STATE;
    this._settled = true;
    this._forget(thread);
  }

  /** Those who are certain to have had the GIL before this thread took it have released it since. */
  private _releaseOlder(thread: TracedThread): void {
    const certain = this._certain;
    while (
      certain.length > 0 &&
      certain[0] !== thread &&
      certain[0].provedAt <= thread.stamp
    ) {
      const next = certain.length > 1 ? certain[1].stamp : thread.stamp;
      this._release(certain[0], Math.min(next, thread.stamp));
    }
  }

  /**
   * When the thread had released the GIL at the latest, if its drop is stamped at `time` and another is
   * certain to have taken the GIL before: when it lost its CPU, if it did so between unlock and stamp.
   */
  private _releasedBy(thread: TracedThread, time: Nanoseconds): Nanoseconds {
    const certain = this._certain;
    // What is older was released before: the first one is this thread, or the one that came after it.
    const next = certain[0] === thread ? certain[1] : certain[0];
    const track = thread.cpuTrack;
    if (next === undefined || track.last !== CpuPhase.On) {
      return time;
    }
    const then = track.indexAt(next.stamp);
    if (track.value[then] >= CpuPhase.Preempted) {
      return track.start[then];
    }
    return then + 1 < track.length ? Math.min(next.stamp, time) : time;
  }

  /** Releases the oldest certain holders, the given one included, each when the next had taken it. */
  private _releaseUpTo(thread: TracedThread): void {
    const certain = this._certain;
    let oldest: TracedThread;
    do {
      oldest = certain[0];
      this._release(oldest, certain[1].stamp);
    } while (oldest !== thread);
  }

  private _release(thread: TracedThread, time: Nanoseconds): void {
    this._hold(thread, time);
    thread.standing = Standing.Released;
  }

  private _startWait(thread: TracedThread, time: Nanoseconds): void {
    thread.waitStart = time;
    thread.wakes = 0;
    thread.ignored = 0;
  }

  private _abandonWait(thread: TracedThread, time: Nanoseconds): void {
    if (time > thread.waitStart) {
      thread.gilTrack.append(thread.waitStart, GilPhase.Waiting);
      thread.gilTrack.append(time, GilPhase.Free);
      this.waits.push(
        thread.index,
        thread.waitStart,
        time,
        WaitKind.Unfinished,
        thread.ignored,
        0
      );
    }
  }

  private _endYield(thread: TracedThread, time: Nanoseconds): void {
    thread.gilTrack.append(thread.waitStart, GilPhase.Waiting);
    thread.gilTrack.append(time, GilPhase.Free);
    this.waits.push(
      thread.index,
      thread.waitStart,
      time,
      WaitKind.Forced,
      0,
      0
    );
    thread.standing = Standing.Free;
  }

  /**
   * The event at `time` can't follow the thread's events before it: one between is missing. What is sure
   * up to its last stamp is kept; from there to `time` nothing is known.
   */
  private _breakOff(thread: TracedThread, time: Nanoseconds): void {
    this._oddities.add('brokenAlternation', time);
    const track = thread.gilTrack;
    switch (thread.standing) {
      case Standing.Free:
      case Standing.Released:
        track.replaceLast(GilPhase.Unknown);
        break;
      case Standing.Waiting:
        this._abandonWait(thread, thread.stamp);
        track.append(thread.stamp, GilPhase.Unknown);
        break;
      case Standing.Acquired: {
        const acquired = Math.max(thread.stamp, this._lastEnd);
        track.append(thread.waitStart, GilPhase.Waiting);
        this.waits.push(
          thread.index,
          thread.waitStart,
          acquired,
          WaitKind.Contended,
          thread.ignored,
          acquired - thread.stamp
        );
        track.append(acquired, GilPhase.Unknown);
        break;
      }
      default:
        track.append(thread.waitStart, GilPhase.Unknown);
    }
    track.append(time, GilPhase.Free);
    thread.lastHold = -1;
    this._forget(thread);
  }

  /** Who holds the GIL as far as the events tell. */
  private _holder(): TracedThread | undefined {
    if (this._certain.length > 0) {
      return this._certain[this._certain.length - 1];
    }
    if (this._presumed) {
      return this._presumed;
    }
    let first: TracedThread | undefined;
    for (const thread of this.threads) {
      if (
        thread.standing === Standing.Requested &&
        (first === undefined || thread.stamp < first.stamp)
      ) {
        first = thread;
      }
    }
    return first;
  }

  /**
   * The thread made no event until `time`. If another has held the GIL meanwhile, this one can't have had it
   * before, since it made no drop, nor after, since it made no request.
   */
  private _settleSilent(thread: TracedThread, time: Nanoseconds): void {
    const { length, start, end } = this.holds;
    let row = length - 1;
    while (row >= 0 && start[row] >= time) {
      row--;
    }
    if (row >= 0 && end[row] > thread.knownFrom) {
      thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
    }
  }

  /** A waiter sees the GIL locked by this thread state: its thread has it. */
  private _proveHolder(lastHolder: number, time: Nanoseconds): void {
    const certain = this._certain;
    if (
      lastHolder === 0 ||
      (certain.length > 0 && certain[certain.length - 1].tstate === lastHolder)
    ) {
      return;
    }
    const holder = this._stateOwner.get(lastHolder);
    if (holder?.standing === Standing.Released) {
      // It was taken to have released the GIL, but it has it.
      this._startWait(holder, this._lastEnd);
      holder.stamp = this._lastEnd;
      holder.standing = Standing.Acquired;
      holder.lastHold = -1;
      this._makeCertain(holder, time);
    } else if (holder?.standing === Standing.Requested && !holder.certain) {
      this._makeCertain(holder, time);
    }
  }

  /** A waiter sees the GIL free: whoever had it last, while the waiter waited, has released it. */
  private _provePrevious(
    waiter: TracedThread,
    lastHolder: number,
    time: Nanoseconds
  ): void {
    const previous =
      lastHolder === 0
        ? this._presumedBefore(waiter)
        : this._stateOwner.get(lastHolder);
    if (
      previous?.standing === Standing.Requested &&
      !previous.certain &&
      (previous.stamp < waiter.waitStart || this._tookSince(lastHolder))
    ) {
      this._makeCertain(previous, time);
    }
    const certain = this._certain;
    if (certain.length > 0) {
      const last = certain[certain.length - 1];
      if (last.offCpu) {
        // It can't have released the GIL after it lost its CPU.
        this._releaseOlder(last);
        this._release(last, last.cpuTrack.lastStart);
      }
    }
  }

  /** Who probably had the GIL while the waiter waited, if no probe tells. */
  private _presumedBefore(waiter: TracedThread): TracedThread | undefined {
    return this._certain.length === 0 && this._lastEnd <= waiter.waitStart
      ? this._presumed
      : undefined;
  }

  /** Whether the last to have the GIL, as far as settled, is another than this thread state. */
  private _tookSince(tstate: number): boolean {
    return (
      this._certain.length > 0 ||
      (this._lastState !== UNKNOWN_STATE && this._lastState !== tstate)
    );
  }

  /** @param time when the thread was seen to have the GIL, or to have had it */
  private _makeCertain(thread: TracedThread, time: Nanoseconds): void {
    const certain = this._certain;
    if (certain.length > 0) {
      // It took the GIL after those who were seen to have it before.
      const { provedAt } = certain[certain.length - 1];
      thread.stamp = Math.max(thread.stamp, provedAt);
    }
    thread.provedAt = time;
    thread.certain = true;
    certain.push(thread);
    this._settled = true;
    this._presumed = undefined;
  }

  /** The thread is no longer a holder, certain or presumed. */
  private _forget(thread: TracedThread): void {
    if (thread.certain) {
      const certain = this._certain;
      // No splice: it would make an array for each contended hold.
      for (let i = certain.indexOf(thread); i + 1 < certain.length; i++) {
        certain[i] = certain[i + 1];
      }
      certain.length--;
      thread.certain = false;
    }
    if (thread.pending) {
      thread.pending = false;
      this._pendingCount--;
    }
    if (this._presumed === thread) {
      this._presumed = undefined;
    }
    thread.inherited = false;
  }

  /** A thread state belongs to the thread that used it last: others may have used it before. */
  private _learnState(thread: TracedThread, tstate: number): void {
    const before = this._stateOwner.get(tstate);
    if (before) {
      before.tstate = 0;
    }
    thread.tstate = tstate;
    this._stateOwner.set(tstate, thread);
  }

  /**
   * Threads that certainly took the GIL and whose drop has not come, in the order in which they did.
   * All but the last have released it; their stamps are late.
   */
  private readonly _certain: TracedThread[] = [];
  /** How many threads have asked, and neither woke nor showed that they hold it. */
  private _pendingCount = 0;
  /** The thread whose request found the GIL free, as far as the events tell. */
  private _presumed: TracedThread | undefined;
  /** End of the last settled hold. */
  private _lastEnd: Nanoseconds = -Infinity;
  /** Its thread state; UNKNOWN_STATE if that is not sure. */
  private _lastState = UNKNOWN_STATE;
  /** Since the start, or since the last loss, an event has told who had the GIL. */
  private _settled = false;
  private readonly _stateOwner = new Map<number, TracedThread>();
}
