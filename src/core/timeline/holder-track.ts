/** Who held one GIL, in order of time. */
import type { Nanoseconds, ThreadIndex } from '../units';
import { IntervalTrack } from './interval-track';
import { revived } from './revived';
import { StateSums } from './state-sums';

/** Slot of the time in which nobody holds the GIL. */
export const FREE_SLOT = 0;

/** Slot of all holders that came when the others were taken: states of a track have 8 bits. */
export const OTHERS_SLOT = 255;

const FIRST_SLOTS = 16;

/**
 * The holders as an IntervalTrack: its states are slots, given to threads in the order in which they first
 * take the GIL. All questions that a track answers are so answered for holders too.
 */
export class HolderTrack {
  /** Gives a structured clone its methods back. */
  static revive(clone: HolderTrack): HolderTrack {
    IntervalTrack.revive(clone.track);
    if (clone._sums !== undefined) {
      StateSums.revive(clone._sums);
    }
    return revived(clone, HolderTrack);
  }

  readonly track = new IntervalTrack();

  /** @throws RangeError for a time before the latest change */
  take(time: Nanoseconds, thread: ThreadIndex): void {
    this.track.append(time, this._slotOf(thread));
  }

  /** @throws RangeError for a time before the latest change */
  drop(time: Nanoseconds): void {
    this.track.append(time, FREE_SLOT);
  }

  /** Slots in use, that of free time included: the length of a row of `sums`. */
  get slots(): number {
    return this._threads.length;
  }

  /** The thread of a slot; -1 for FREE_SLOT, and for OTHERS_SLOT. */
  threadOf(slot: number): ThreadIndex {
    return this._threads[slot] ?? -1;
  }

  /** Exact nanoseconds by slot. Its `stateCount` grows with the slots: ask for it anew after appends. */
  get sums(): StateSums {
    if (this._sums === undefined || this._sums.stateCount < this.slots) {
      let count = FIRST_SLOTS;
      while (count < this.slots) {
        count *= 2;
      }
      this._sums = new StateSums(this.track, count);
    }
    return this._sums;
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    this.track.trim();
    this._sums?.trim();
  }

  /** Bytes that the columns take. */
  get byteLength(): number {
    return this.track.byteLength + (this._sums?.byteLength ?? 0);
  }

  private _slotOf(thread: ThreadIndex): number {
    let slot = this._slots.get(thread);
    if (slot === undefined) {
      slot = Math.min(this._threads.length, OTHERS_SLOT);
      this._slots.set(thread, slot);
      this._threads[slot] = slot === OTHERS_SLOT ? -1 : thread;
    }
    return slot;
  }

  /** By slot. */
  private readonly _threads: ThreadIndex[] = [-1];
  private readonly _slots = new Map<ThreadIndex, number>();
  private _sums: StateSums | undefined;
}
