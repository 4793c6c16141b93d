/**
 * Threads that are certain to have taken the GIL and whose drop has not come, in the order in which they
 * took it. All but the newest have released it: the stamps of their drops are late.
 */
import type { Address, Nanoseconds } from '../units';
import type { StateOwners } from './state-owners';
import { Standing, type TracedThread } from './traced-thread';

const UNKNOWN_STATE = -1;

export class GilHolders {
  constructor(private readonly _owners: StateOwners) {}

  /** Who took it first of those here. */
  get oldest(): TracedThread | undefined {
    // No read beyond the end: V8 looks for such a property by name.
    return this._certain.length > 0 ? this._certain[0] : undefined;
  }

  /** Who has it now. */
  get newest(): TracedThread | undefined {
    const { length } = this._certain;
    return length > 0 ? this._certain[length - 1] : undefined;
  }

  /** Who took it next after the thread. */
  after(thread: TracedThread): TracedThread | undefined {
    const next = this._certain.indexOf(thread) + 1;
    return next < this._certain.length ? this._certain[next] : undefined;
  }

  /** @param time when the thread was seen to have the GIL, or to have had it */
  add(thread: TracedThread, time: Nanoseconds): void {
    const { newest } = this;
    if (newest) {
      // It took the GIL after those who were seen to have it before.
      thread.stamp = Math.max(thread.stamp, newest.provedAt);
    }
    thread.provedAt = time;
    thread.certain = true;
    this._certain.push(thread);
  }

  /** The thread has released the GIL, or is not certain to have it any more. */
  remove(thread: TracedThread): void {
    if (thread.certain) {
      const certain = this._certain;
      // No splice: it would make an array for each contended hold.
      for (let i = certain.indexOf(thread); i + 1 < certain.length; i++) {
        certain[i] = certain[i + 1];
      }
      certain.length--;
      thread.certain = false;
    }
  }

  /**
   * A hold was settled.
   *
   * @param sure whether it certainly came after those settled before: stamps that cross leave that open
   */
  settled(thread: TracedThread, sure: boolean): void {
    this._lastState =
      sure && thread.tstate !== 0 ? thread.tstate : UNKNOWN_STATE;
  }

  /** Nobody knows any more who had the GIL last. */
  forgetLast(): void {
    this._lastState = UNKNOWN_STATE;
  }

  /** A waiter sees the GIL locked, with this thread state in gil->last_holder: its thread has it. */
  seenLocked(tstate: Address, time: Nanoseconds): void {
    if (tstate === 0 || this.newest?.tstate === tstate) {
      return;
    }
    const holder = this._owners.ownerOf(tstate);
    if (holder?.standing === Standing.Requested && !holder.certain) {
      this.add(holder, time);
    }
  }

  /**
   * A waiter finds the GIL free, with this thread state in gil->last_holder: whose it is had the GIL while
   * the waiter waited. It had it since its request, if it asked before the waiter did, or if another
   * had the GIL between the hold before and that request.
   */
  seenFree(tstate: Address, waiter: TracedThread, time: Nanoseconds): void {
    const previous = tstate === 0 ? undefined : this._owners.ownerOf(tstate);
    if (
      previous?.standing === Standing.Requested &&
      !previous.certain &&
      (previous.stamp < waiter.waitStart ||
        this._certain.length > 0 ||
        (this._lastState !== UNKNOWN_STATE && this._lastState !== tstate))
    ) {
      this.add(previous, time);
    }
  }

  private readonly _certain: TracedThread[] = [];
  /** Thread state of the last settled hold; UNKNOWN_STATE if that is not sure. */
  private _lastState = UNKNOWN_STATE;
}
