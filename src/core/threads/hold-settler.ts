/**
 * When a hold ended. A drop is stamped after the unlock, and a thread may lose its CPU between the two: the
 * next one may take the GIL, and even drop it, before that stamp comes.
 */
import type { Nanoseconds } from '../units';
import type { GilHolders } from './gil-holders';
import type { GilLedger } from './gil-ledger';
import { CpuPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

export class HoldSettler {
  constructor(
    private readonly _ledger: GilLedger,
    private readonly _holders: GilHolders,
    private readonly _threads: ReadonlySet<TracedThread>
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
    let holder = this._holders.newest;
    if (holder === undefined) {
      for (const thread of this._threads) {
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

  /**
   * Those who are certain to have had the GIL before this thread took it have released it since.
   *
   * @param latest when the thread took it at the latest, if that was not at its stamp
   */
  releaseOlder(thread: TracedThread, latest = thread.stamp): void {
    let { oldest } = this._holders;
    while (oldest && oldest !== thread && oldest.provedAt <= thread.stamp) {
      const next = this._holders.after(oldest)?.stamp ?? Infinity;
      const left = leftCpuBefore(oldest, Math.min(next, latest));
      this.settle(oldest, left ?? Math.min(next, thread.stamp));
      oldest.standing = Standing.Released;
      oldest = this._holders.oldest;
    }
  }

  /**
   * Settles the hold of a thread that was not seen to wait, if it was over long ago: the GIL was free when
   * it asked, it lost its CPU, and others have had the GIL since. Then either it had released the GIL and its
   * drop is stamped late, or it had not yet got to the mutex and took the GIL when it had its CPU again.
   * Of the two spans on the CPU the longer one is taken for the hold, so that no more than the shorter
   * one is wrong.
   *
   * @param time of its drop
   * @returns whether it was
   */
  settleEarlier(thread: TracedThread, time: Nanoseconds): boolean {
    const { stamp, cpuTrack, certain } = thread;
    const { holds, lastEnd } = this._ledger;
    // Most often nobody else has had it. Of one who is certain to have had it, it is known since when.
    if (lastEnd <= stamp || cpuTrack.lastStart <= stamp || certain) {
      return false;
    }
    let row = holds.length;
    while (row > 0 && holds.end[row - 1] > stamp) {
      row--;
    }
    if (row === holds.length || holds.start[row] < stamp) {
      return false;
    }
    const step = cpuTrack.indexAt(holds.end[row]);
    const left = cpuTrack.start[step];
    if (
      cpuTrack.value[step] !== CpuPhase.Preempted ||
      left <= stamp ||
      cpuTime(thread, stamp, left) < cpuTime(thread, left, time)
    ) {
      return false;
    }
    this._ledger.insertHold(thread, row, Math.min(left, holds.start[row]));
    // If it took the GIL later after all, it was the last.
    this._holders.forgetLast();
    return true;
  }

  /**
   * Moves the stamp of a thread that was not seen to wait, and had no CPU when another was seen to have the GIL, to
   * when it had its CPU again, if it took the GIL only then: else it had it before that one. Again the longer
   * span on the CPU is taken for the hold.
   *
   * @param time of its drop
   */
  moveStamp(thread: TracedThread, time: Nanoseconds): void {
    const { cpuTrack } = thread;
    let next = thread.certain ? undefined : this._holders.oldest;
    while (next !== undefined) {
      const step = cpuTrack.indexAt(next.provedAt);
      const left = cpuTrack.start[step];
      if (next.provedAt > thread.stamp) {
        if (
          cpuTrack.value[step] < CpuPhase.Preempted ||
          step + 1 === cpuTrack.length ||
          cpuTime(thread, thread.stamp, left) >= cpuTime(thread, left, time)
        ) {
          return;
        }
        thread.stamp = cpuTrack.start[step + 1];
      }
      next = this._holders.after(next);
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
    const { provedAt } = next;
    const leftSince = thread.cpuTrack.lastStart > provedAt;
    return leftCpuBefore(thread, provedAt) ?? (leftSince ? provedAt : time);
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

/** How long the thread was on a CPU between the two times. */
function cpuTime(
  { cpuTrack }: TracedThread,
  from: Nanoseconds,
  to: Nanoseconds
): Nanoseconds {
  let sum = 0;
  for (
    let step = cpuTrack.indexAt(from);
    step < cpuTrack.length && cpuTrack.start[step] < to;
    step++
  ) {
    if (cpuTrack.value[step] === CpuPhase.On) {
      const end = step + 1 < cpuTrack.length ? cpuTrack.start[step + 1] : to;
      sum += Math.min(end, to) - Math.max(cpuTrack.start[step], from);
    }
  }
  return sum;
}
