/**
 * When a hold ended. A drop is stamped after the unlock, and a thread may lose its CPU between the two: the
 * next one may take the GIL, and even drop it, before that stamp comes.
 */
import type { Nanoseconds } from '../units';
import type { AskingThreads } from './asking-threads';
import type { GilHolders } from './gil-holders';
import type { GilLedger } from './gil-ledger';
import { CpuPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

export class HoldSettler {
  constructor(
    private readonly _ledger: GilLedger,
    private readonly _holders: GilHolders,
    private readonly _asking: AskingThreads
  ) {}

  /** Settles a hold that ended at `time`. */
  settle(thread: TracedThread, time: Nanoseconds): void {
    this._holders.settled(thread, this._ledger.lastEnd <= thread.stamp);
    this._ledger.hold(thread, time);
    this.forget(thread);
  }

  /** The thread is no longer a holder. */
  forget(thread: TracedThread): void {
    this._holders.remove(thread);
    thread.inherited = false;
  }

  /** Who holds the GIL as far as the events tell: else the first to ask that was not seen to wait. */
  holder(): TracedThread | undefined {
    return this._holders.newest ?? this._asking.first();
  }

  /** Those who are certain to have had the GIL before this thread took it have released it since. */
  releaseOlder(thread: TracedThread): void {
    let { oldest } = this._holders;
    while (oldest && oldest !== thread && oldest.provedAt <= thread.stamp) {
      const next = this._holders.after(oldest)?.stamp ?? thread.stamp;
      const taken = Math.min(next, thread.stamp);
      this.settle(oldest, leftCpuBefore(oldest, taken) ?? taken);
      oldest.standing = Standing.Released;
      oldest = this._holders.oldest;
    }
  }

  /**
   * The drop of a thread that was not seen to wait shows that it had the GIL. Another that asked before it,
   * when the GIL was free, and is off its CPU now, did not lose that CPU while it held the GIL: it had
   * released it, and its drop is still to be stamped.
   */
  releasePreempted(thread: TracedThread): void {
    if (this._holders.newest !== undefined) {
      return;
    }
    let first = this._asking.first();
    while (
      first !== undefined &&
      first !== thread &&
      first.stamp < thread.stamp &&
      first.stamp >= this._ledger.lastEnd &&
      first.cpuTrack.last === CpuPhase.Preempted &&
      first.cpuTrack.lastStart > first.stamp
    ) {
      this.settle(first, first.cpuTrack.lastStart);
      first.standing = Standing.Released;
      first = this._asking.first();
    }
  }

  /**
   * When the thread had released the GIL at the latest, if its drop is stamped at `time`: before that if
   * another is certain to have taken the GIL meanwhile, and the thread lost its CPU between unlock and
   * stamp. It would else be charged with holding the GIL in its sleep.
   */
  releasedBy(thread: TracedThread, time: Nanoseconds): Nanoseconds {
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
