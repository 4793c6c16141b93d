/** The holds of one GIL and the waits for it, as they are settled: rows, and steps in the threads' tracks. */
import type { Nanoseconds } from '../units';
import { HoldRows, WaitRows } from './gil-rows';
import { WaitKind } from './result';
import { GilPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

export class GilLedger {
  /** What a thread has of the GIL when it neither waits for it nor is known to hold it. */
  resting: number = GilPhase.Free;
  readonly holds = new HoldRows();
  readonly waits = new WaitRows();

  /** End of the last settled hold, before which no other may begin. */
  get lastEnd(): Nanoseconds {
    return this._lastEnd;
  }

  /** The GIL was held, or nothing is known of it, until `time`. */
  heldUntil(time: Nanoseconds): void {
    this._lastEnd = Math.max(this._lastEnd, time);
  }

  /** When the thread acquired the GIL, if its last stamp is that of an acquire. */
  acquiredAt(thread: TracedThread): Nanoseconds {
    return Math.max(thread.stamp, this._lastEnd);
  }

  /**
   * A thread has waited from `since` for a whole round and found the GIL locked: it asks the holder to drop
   * it, unless that one took it within the round (take_gil in CPython 3.8 to 3.13: timed_out && locked &&
   * switch_number == saved_switchnum).
   */
  askedSince(since: Nanoseconds): void {
    this._askedSince = Math.max(this._askedSince, since);
  }

  /** The thread begins to wait. */
  startWait(thread: TracedThread, time: Nanoseconds): void {
    thread.waitStart = time;
    thread.waitError = 0;
    thread.wakes = 0;
    thread.ignored = 0;
    thread.waitWaker = -1;
  }

  /** The thread's hold ended at `time`; settles its wait before, too. */
  hold(thread: TracedThread, time: Nanoseconds): void {
    const acquired = this.acquiredAt(thread);
    const released = Math.max(acquired, time);
    this._endWait(thread, acquired);
    thread.gilTrack.append(acquired, GilPhase.Holding);
    thread.gilTrack.append(released, GilPhase.Free);
    this.holds.push(
      thread.index,
      acquired,
      released,
      thread.line,
      this._askedSince >= acquired ? 1 : 0
    );
    thread.holdKnown = true;
    this._lastEnd = released;
  }

  /** The thread has held the GIL from its stamp to `end`, before the hold of this row. */
  insertHold(thread: TracedThread, row: number, end: Nanoseconds): void {
    const { index, stamp, line } = thread;
    thread.gilTrack.append(stamp, GilPhase.Holding);
    thread.gilTrack.append(end, GilPhase.Free);
    this.holds.insert(row, index, stamp, end, line);
    thread.holdKnown = true;
  }

  /** The thread has waited since for another to take the GIL: it gave up its last hold on request. */
  forceLastHold({ index }: TracedThread): void {
    const { thread, forced, length } = this.holds;
    let row = length - 1;
    while (row >= 0 && thread[row] !== index) {
      row--;
    }
    if (row >= 0) {
      forced[row] = 1;
    }
  }

  /** The thread's wait ended at `time`: it has the GIL. Whether it keeps it is not recorded. */
  endWait(thread: TracedThread, time: Nanoseconds): void {
    this._wait(thread, time, WaitKind.Contended, 0, thread.waitWaker);
  }

  /** The thread waited in vain until `time`. */
  abandonWait(thread: TracedThread, time: Nanoseconds): void {
    if (time > thread.waitStart) {
      this._wait(thread, time, WaitKind.Unfinished, 0, -1);
    }
  }

  /** The thread's wait for its forced switch ended at `time`. */
  endYield(thread: TracedThread, time: Nanoseconds): void {
    const waker = wakerWithin(thread, time);
    thread.forcedWait = this._wait(thread, time, WaitKind.Forced, 0, waker);
  }

  /** The thread asks for the GIL where it dropped it: it has run no Python in between. */
  tellLine(thread: TracedThread): void {
    if (thread.forcedWait >= 0) {
      this.waits.line[thread.forcedWait] = thread.line;
      thread.forcedWait = -1;
    }
  }

  /**
   * The event at `time` can't follow the thread's events before it: one between is missing. What is sure
   * up to its last stamp is kept; from there to `time` nothing is known.
   */
  breakOff(thread: TracedThread, time: Nanoseconds): void {
    const track = thread.gilTrack;
    switch (thread.standing) {
      case Standing.Free:
      case Standing.Released:
        track.replaceLast(GilPhase.Unknown);
        break;
      case Standing.Waiting:
        this.abandonWait(thread, thread.stamp);
        track.append(thread.stamp, GilPhase.Unknown);
        break;
      case Standing.Acquired: {
        const acquired = this.acquiredAt(thread);
        this._endWait(thread, acquired);
        track.append(acquired, GilPhase.Unknown);
        break;
      }
      default:
        track.append(thread.waitStart, GilPhase.Unknown);
    }
    track.append(time, GilPhase.Free);
    thread.holdKnown = false;
    thread.forcedWait = -1;
  }

  /**
   * The thread made no event until `time`. If another has held the GIL meanwhile, this one can't have had it
   * before, since it made no drop, nor after, since it made no request.
   */
  settleSilent(thread: TracedThread, time: Nanoseconds): void {
    const { length, start, end } = this.holds;
    let row = length - 1;
    while (row >= 0 && start[row] >= time) {
      row--;
    }
    if (row >= 0 && end[row] > thread.knownFrom) {
      thread.gilTrack.append(thread.knownFrom, GilPhase.Free);
    }
  }

  /**
   * Records of the thread may be missing from `start` to `end`, what was open is settled: the thread's next
   * event tells back to `end`.
   */
  lose(thread: TracedThread, start: Nanoseconds, end: Nanoseconds): void {
    switch (thread.standing) {
      case Standing.Unknown:
        this.settleSilent(thread, start);
        break;
      case Standing.Requested:
      case Standing.Waiting:
      case Standing.Acquired:
      case Standing.Yielding:
        if (!thread.inherited) {
          this.abandonWait(thread, start);
        }
        break;
      default:
    }
    thread.gilTrack.append(start, GilPhase.Unknown);
    thread.standing = Standing.Unknown;
    thread.knownFrom = end;
    thread.afterLoss = true;
    thread.line = -1;
    thread.holdKnown = false;
    thread.forcedWait = -1;
  }

  private _endWait(thread: TracedThread, acquired: Nanoseconds): void {
    const handOff = acquired - thread.stamp;
    if (thread.wakes > 0) {
      const { waitWaker } = thread;
      this._wait(thread, acquired, WaitKind.Contended, handOff, waitWaker);
    } else if (acquired > thread.waitStart) {
      const waker = wakerWithin(thread, acquired);
      this._wait(thread, acquired, WaitKind.Handoff, handOff, waker);
    }
  }

  private _wait(
    thread: TracedThread,
    end: Nanoseconds,
    kind: WaitKind,
    uncertainty: Nanoseconds,
    waker: number
  ): number {
    const { index, gilTrack, waitStart, ignored, line } = thread;
    gilTrack.append(waitStart, GilPhase.Waiting);
    gilTrack.append(end, this.resting);
    return this.waits.push(
      index,
      waitStart,
      end,
      kind,
      ignored,
      uncertainty + thread.waitError,
      -1,
      waker,
      kind === WaitKind.Forced ? -1 : line
    );
  }

  private _askedSince: Nanoseconds = -Infinity;
  private _lastEnd: Nanoseconds = -Infinity;
}

/** Who woke the thread last since it began to wait, if it was before `time`; -1 if not known. */
export function wakerWithin(thread: TracedThread, time: Nanoseconds): number {
  const { waker, wokenAt, waitStart } = thread;
  return wokenAt >= waitStart && wokenAt <= time ? waker : -1;
}
