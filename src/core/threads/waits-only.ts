/**
 * Who waits for one GIL, and who holds it meanwhile, where only waits have events (the rung `waits`).
 *
 * A thread that waits sees in gil->last_holder who holds the GIL. What is not waited for is not known. So
 * a holder is known from the event of a waiter that names it to the next event that says otherwise, as long
 * as anybody waits.
 */
import type { Address, Nanoseconds } from '../units';
import type { GilEvents, PresentHolder } from './gil-events';
import { wakerWithin, type GilLedger } from './gil-ledger';
import type { HolderSpanRows } from './holder-spans';
import type { OddityLog } from './oddity-log';
import { CpuPhase, GilPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

/** A thread asks again so soon after a forced switch that it is the same request, on the same line. */
const SAME_REQUEST: Nanoseconds = 100_000;

/** Which sites the recording has. */
export interface RecordedSites {
  /** Whether the start of each timed wait has an event. */
  readonly hasWait: boolean;
}

export class WaitsOnly implements GilEvents {
  constructor(
    readonly ledger: GilLedger,
    private readonly _threads: ReadonlySet<TracedThread>,
    private readonly _oddities: OddityLog,
    private readonly _spans: HolderSpanRows,
    private readonly _sites: RecordedSites
  ) {
    ledger.resting = GilPhase.Unrecorded;
  }

  holder(): PresentHolder | undefined {
    const since = this._spans.openSince;
    if (since < Infinity) {
      for (const thread of this._threads) {
        if (this._spans.isHeldBy(thread.index, thread.tstate)) {
          return { thread, since };
        }
      }
    }
    return undefined;
  }

  request(): void {
    // No event of this rung: a thread that asks need not wait.
  }

  take(): void {
    // No event of this rung.
  }

  drop(): void {
    // No event of this rung.
  }

  inherit(): void {
    // A child that has the GIL from its parent does not wait.
  }

  wait(thread: TracedThread, time: Nanoseconds, lastHolder: Address): void {
    if (thread.standing !== Standing.Waiting) {
      this._startWait(thread, time, time);
    }
    thread.stamp = time;
    this._see(lastHolder, time);
  }

  wake(
    thread: TracedThread,
    time: Nanoseconds,
    locked: boolean,
    lastHolder: Address
  ): void {
    if (thread.standing !== Standing.Waiting) {
      this._startWait(thread, this._waitedSince(thread, time), time);
    }
    thread.stamp = time;
    thread.wakes++;
    if (locked) {
      thread.ignored++;
      this._see(lastHolder, time);
      return;
    }
    thread.waitWaker = wakerWithin(thread, time);
    this.ledger.endWait(thread, time);
    this._spans.close(time);
    this._stopWaiting(thread, time);
    if (this._waiting > 0) {
      this._spans.begin(time, thread.tstate, thread.index);
    }
  }

  yield(thread: TracedThread, time: Nanoseconds): void {
    this._release(thread, time);
    if (thread.standing === Standing.Waiting) {
      this._breakOff(thread, time);
    }
    thread.standing = Standing.Yielding;
    this.ledger.startWait(thread, time);
  }

  yieldEnd(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Unknown) {
      this.ledger.startWait(thread, thread.knownFrom);
      thread.standing = Standing.Yielding;
    }
    if (thread.standing === Standing.Yielding) {
      this.ledger.endYield(thread, time);
      thread.standing = Standing.Free;
      thread.stamp = time;
    }
  }

  waitsForLock(thread: TracedThread, time: Nanoseconds): void {
    this._release(thread, time);
  }

  exit(thread: TracedThread, time: Nanoseconds): void {
    if (thread.standing === Standing.Waiting) {
      this.ledger.abandonWait(thread, time);
      this._oddities.add('neverAcquired', time);
      this._stopWaiting(thread, time);
    } else if (thread.standing === Standing.Yielding) {
      this.ledger.abandonWait(thread, time);
    }
    this._release(thread, time);
    thread.standing = Standing.Free;
  }

  leave(thread: TracedThread, time: Nanoseconds): void {
    this._release(thread, time);
    if (thread.standing === Standing.Waiting) {
      this._breakOff(thread, time);
    } else if (thread.standing === Standing.Yielding) {
      this.ledger.endYield(thread, time);
    }
    if (thread.standing !== Standing.Unknown) {
      thread.standing = Standing.Free;
    }
    thread.forcedWait = -1;
  }

  lose(startOf: (thread: TracedThread) => Nanoseconds, end: Nanoseconds): void {
    let earliest = Infinity;
    for (const thread of this._threads) {
      const start = startOf(thread);
      if (thread.died !== Infinity || start === Infinity) {
        continue;
      }
      earliest = Math.min(earliest, start);
      if (
        thread.standing === Standing.Waiting ||
        thread.standing === Standing.Yielding
      ) {
        this.ledger.abandonWait(thread, start);
      }
      if (thread.standing === Standing.Waiting) {
        this._waiting--;
      }
      thread.gilTrack.append(start, GilPhase.Unknown);
      thread.gilTrack.append(end, GilPhase.Unrecorded);
      thread.standing = Standing.Unknown;
      thread.knownFrom = end;
      thread.afterLoss = true;
      thread.line = -1;
      thread.forcedWait = -1;
    }
    // What would have told of another holder may be among the lost.
    if (earliest < Infinity) {
      this._spans.forgetFrom(earliest);
    }
  }

  finish(end: Nanoseconds): void {
    for (const thread of this._threads) {
      if (
        thread.standing === Standing.Waiting ||
        thread.standing === Standing.Yielding
      ) {
        this.ledger.abandonWait(thread, end);
      }
    }
    this._spans.close(end);
  }

  private _startWait(
    thread: TracedThread,
    since: Nanoseconds,
    time: Nanoseconds
  ): void {
    if (thread.standing === Standing.Yielding) {
      this.ledger.endYield(thread, since);
    }
    if (thread.forcedWait >= 0) {
      if (since - thread.stamp < SAME_REQUEST) {
        this.ledger.tellLine(thread);
      }
      thread.forcedWait = -1;
    }
    this._release(thread, time);
    thread.requests++;
    thread.standing = Standing.Waiting;
    this._waiting++;
    this.ledger.startWait(thread, since);
  }

  /**
   * Since when the thread waits, if only its wake tells: its switch-out before it. A thread that waits from
   * before the start is in a timed wait then.
   */
  private _waitedSince(
    { standing, knownFrom, cpuTrack, gilTrack }: TracedThread,
    time: Nanoseconds
  ): Nanoseconds {
    if (standing === Standing.Unknown && this._sites.hasWait) {
      return knownFrom;
    }
    // It may have lost its CPU between its sleep and the probe.
    for (let step = cpuTrack.length - 1; step > 0; step--) {
      if (cpuTrack.start[step] <= gilTrack.lastStart) {
        break;
      }
      if (cpuTrack.value[step - 1] === CpuPhase.Off) {
        return Math.max(cpuTrack.start[step - 1], gilTrack.lastStart);
      }
    }
    return time;
  }

  /** A waiter sees the GIL locked. Whose the thread state is, may become known later. */
  private _see(lastHolder: Address, time: Nanoseconds): void {
    if (lastHolder !== 0) {
      this._spans.begin(time, lastHolder, -1);
    }
  }

  /** The thread shows that it does not have the GIL now. */
  private _release(thread: TracedThread, time: Nanoseconds): void {
    if (this._spans.isHeldBy(thread.index, thread.tstate)) {
      this._spans.close(time);
    }
  }

  private _stopWaiting(thread: TracedThread, time: Nanoseconds): void {
    thread.standing = Standing.Free;
    this._waiting--;
    if (this._waiting === 0) {
      this._spans.close(time);
    }
  }

  private _breakOff(thread: TracedThread, time: Nanoseconds): void {
    this._oddities.add('brokenAlternation', time);
    this.ledger.abandonWait(thread, thread.stamp);
    thread.gilTrack.append(thread.stamp, GilPhase.Unknown);
    thread.gilTrack.append(time, GilPhase.Unrecorded);
    this._stopWaiting(thread, time);
  }

  /** Threads that are known to wait. */
  private _waiting = 0;
}
