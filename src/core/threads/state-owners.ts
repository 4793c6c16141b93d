/** Whose a PyThreadState is. Its memory is used again, so one may be another thread's later. */
import type { Address, Nanoseconds, ThreadIndex } from '../units';
import type { TracedThread } from './traced-thread';

interface Use {
  /** Since when; the first use counts for all time before. */
  from: Nanoseconds;
  /** When it was seen. */
  seen: Nanoseconds;
  thread: ThreadIndex;
  /** Only readings of memory told. */
  supposed: boolean;
}

export class StateOwners {
  /** A thread state belongs to the thread that used it last. */
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
    const uses = this._uses.get(tstate);
    if (uses === undefined) {
      this._uses.set(tstate, [
        {
          from: -Infinity,
          seen: time,
          thread: thread.index,
          supposed: false
        }
      ]);
    } else {
      uses.push({
        from: time,
        seen: time,
        thread: thread.index,
        supposed: false
      });
    }
  }

  /** The thread uses another GIL from now on. */
  forget(thread: TracedThread): void {
    if (this._owner.get(thread.tstate) === thread) {
      this._owner.delete(thread.tstate);
    }
    thread.tstate = 0;
  }

  /** The thread that uses it now: not one that has used another since. */
  ownerOf(tstate: Address): TracedThread | undefined {
    const owner = this._owner.get(tstate);
    return owner?.tstate === tstate ? owner : undefined;
  }

  /** A thread was read with a thread state that nobody has used in a record. */
  suppose(thread: ThreadIndex, tstate: Address, time: Nanoseconds): void {
    const uses = this._uses.get(tstate);
    if (uses === undefined) {
      this._uses.set(tstate, [
        { from: -Infinity, seen: time, thread, supposed: true }
      ]);
    } else if (uses[0].supposed && uses[uses.length - 1].thread !== thread) {
      uses.push({ from: time, seen: time, thread, supposed: true });
    }
  }

  /** The last use before a time that a record told of; undefined if there is none. */
  lastUse(
    tstate: Address,
    time: Nanoseconds
  ): { readonly thread: ThreadIndex; readonly seen: Nanoseconds } | undefined {
    const uses = this._uses.get(tstate) ?? [];
    for (let i = uses.length - 1; i >= 0; i--) {
      if (!uses[i].supposed && uses[i].seen <= time) {
        return uses[i];
      }
    }
    return undefined;
  }

  /** Whose it was at a time: if nobody had used it until then, the first who did; -1 if nobody did. */
  ownerAt(tstate: Address, time: Nanoseconds): ThreadIndex {
    const uses = this._uses.get(tstate);
    if (uses === undefined) {
      return -1;
    }
    let low = 0;
    let high = uses.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (uses[middle].from <= time) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return uses[low].thread;
  }

  private readonly _owner = new Map<Address, TracedThread>();
  private readonly _uses = new Map<Address, Use[]>();
}
