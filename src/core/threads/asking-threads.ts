/**
 * Threads that have asked for the GIL and have shown nothing else yet, in the order of their requests. Those
 * that have shown something since are left out when it is their turn: nothing is searched per event.
 */
import type { Nanoseconds } from '../units';
import { Standing, type TracedThread } from './traced-thread';

const MOST_LEFT_BEHIND = 256;

export class AskingThreads {
  /** The thread has asked at `thread.stamp`, not before those here. */
  push(thread: TracedThread): void {
    if (this._length >= this._limit) {
      this._tidy();
    }
    this._thread[this._length] = thread;
    this._stamp[this._length] = thread.stamp;
    this._length++;
  }

  /** Who asked first of those of whom nothing else is known. */
  first(): TracedThread | undefined {
    while (this._head < this._length) {
      if (this._asks(this._head)) {
        return this._thread[this._head];
      }
      this._head++;
    }
    this._head = 0;
    this._length = 0;
    return undefined;
  }

  private _asks(at: number): boolean {
    const thread = this._thread[at];
    return (
      thread.standing === Standing.Requested &&
      !thread.certain &&
      thread.stamp === this._stamp[at]
    );
  }

  private _tidy(): void {
    let kept = 0;
    for (let at = this._head; at < this._length; at++) {
      if (this._asks(at)) {
        this._thread[kept] = this._thread[at];
        this._stamp[kept] = this._stamp[at];
        kept++;
      }
    }
    this._head = 0;
    this._length = kept;
    this._limit = 2 * kept + MOST_LEFT_BEHIND;
  }

  private readonly _thread: TracedThread[] = [];
  private readonly _stamp: Nanoseconds[] = [];
  private _head = 0;
  private _length = 0;
  private _limit = MOST_LEFT_BEHIND;
}
