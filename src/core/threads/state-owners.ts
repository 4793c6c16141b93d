/** Whose a PyThreadState is. Its memory is used again, so one may be another thread's later. */
import type { Address, Nanoseconds, ThreadIndex } from '../units';
import type { TracedThread } from './traced-thread';

/** A thread was seen to use a thread state. Uses are kept in order of time, the first only of each thread's. */
interface Use {
  seen: Nanoseconds;
  readonly thread: TracedThread;
}

const NONE: readonly Use[] = [];

export class StateOwners {
  /** A record tells that the thread uses it: so it is not another's any more. */
  learn(thread: TracedThread, tstate: Address, time: Nanoseconds): void {
    const before = this._owner.get(tstate);
    if (before?.tstate === tstate) {
      before.tstate = 0;
    }
    thread.tstate = tstate;
    if (before === thread) {
      return;
    }
    this._owner.set(tstate, thread);
    const uses = this._told.get(tstate);
    if (uses === undefined) {
      this._told.set(tstate, [{ seen: time, thread }]);
    } else if (uses[uses.length - 1].thread !== thread) {
      uses.push({ seen: time, thread });
    }
  }

  /** The thread uses another GIL from now on. */
  forget(thread: TracedThread): void {
    if (this._owner.get(thread.tstate) === thread) {
      this._owner.delete(thread.tstate);
    }
    thread.tstate = 0;
  }

  /** The living thread that uses it now: not one that has used another since. */
  ownerOf(tstate: Address): TracedThread | undefined {
    const owner = this._owner.get(tstate);
    return owner?.tstate === tstate && owner.died === Infinity
      ? owner
      : undefined;
  }

  /** A thread was found with it in memory. In any order. */
  suppose(thread: TracedThread, tstate: Address, time: Nanoseconds): void {
    const uses = this._read.get(tstate);
    if (uses === undefined) {
      this._read.set(tstate, [{ seen: time, thread }]);
    } else if (lastUntil(uses, time)?.thread !== thread) {
      const next = firstAfter(uses, time);
      if (next?.thread === thread) {
        next.seen = time;
      } else {
        uses.splice(countUntil(uses, time), 0, { seen: time, thread });
      }
    }
  }

  /** The last use before a time that a record told of; undefined if there is none. */
  lastUse(tstate: Address, time: Nanoseconds): Readonly<Use> | undefined {
    return lastUntil(this._told.get(tstate) ?? NONE, time);
  }

  /**
   * Whose it was at a time: of those who lived then, who was known to use it last; if nobody had until
   * then, the first who did. What records tell counts more than what was read: the first state of a
   * sub-interpreter bears the number of the thread that made it (3.12). What was read counts where the one
   * of whom records tell had ended, or was not there yet.
   *
   * @returns -1 if nobody is known
   */
  ownerAt(tstate: Address, time: Nanoseconds): ThreadIndex {
    const told = this._told.get(tstate) ?? NONE;
    const last = lastUntil(told, time);
    if (last && lives(last, time)) {
      return last.thread.index;
    }
    const next = firstAfter(told, time);
    const read = this._readAt(tstate, time, last?.seen ?? -Infinity);
    if (next === undefined || !lives(next, time)) {
      return read && read.seen < (next?.seen ?? Infinity)
        ? read.thread.index
        : -1;
    }
    return read && read.thread.died <= next.seen
      ? read.thread.index
      : next.thread.index;
  }

  /** Who was read with it and lived at a time: last before it, but after `since`; or first after it. */
  private _readAt(
    tstate: Address,
    time: Nanoseconds,
    since: Nanoseconds
  ): Use | undefined {
    const read = this._read.get(tstate) ?? NONE;
    const last = lastUntil(read, time);
    if (last && last.seen > since && lives(last, time)) {
      return last;
    }
    const next = firstAfter(read, time);
    return next && lives(next, time) ? next : undefined;
  }

  private readonly _owner = new Map<Address, TracedThread>();
  private readonly _told = new Map<Address, Use[]>();
  private readonly _read = new Map<Address, Use[]>();
}

function lives({ thread }: Use, time: Nanoseconds): boolean {
  return thread.born <= time && time < thread.died;
}

function lastUntil(uses: readonly Use[], time: Nanoseconds): Use | undefined {
  const count = countUntil(uses, time);
  return count > 0 ? uses[count - 1] : undefined;
}

function firstAfter(uses: readonly Use[], time: Nanoseconds): Use | undefined {
  const count = countUntil(uses, time);
  return count < uses.length ? uses[count] : undefined;
}

/** How many were seen until a time. */
function countUntil(uses: readonly Use[], time: Nanoseconds): number {
  let low = 0;
  let high = uses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (uses[middle].seen <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
