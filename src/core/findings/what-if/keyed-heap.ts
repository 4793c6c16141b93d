/** Threads by when something happens to them: the earliest first. */
import type { ThreadIndex } from '../../units';

const ABSENT = -1;

/** A binary heap in which each thread is once at most. */
export class KeyedHeap {
  constructor(threads: number) {
    this._thread = new Int32Array(threads);
    this._place = new Int32Array(threads).fill(ABSENT);
    this._key = new Float64Array(threads);
  }

  size = 0;

  /** The smallest key; Infinity if there is none. */
  get first(): number {
    return this.size === 0 ? Infinity : this._key[this._thread[0]];
  }

  keyOf(thread: ThreadIndex): number {
    return this._key[thread];
  }

  has(thread: ThreadIndex): boolean {
    return this._place[thread] !== ABSENT;
  }

  /** The thread must not be in it. */
  add(thread: ThreadIndex, key: number): void {
    this._key[thread] = key;
    this._up(this.size++, thread);
  }

  /** Takes the thread of the smallest key out; there must be one. */
  pop(): ThreadIndex {
    const thread = this._thread[0];
    this.remove(thread);
    return thread;
  }

  remove(thread: ThreadIndex): void {
    const place = this._place[thread];
    if (place === ABSENT) {
      return;
    }
    this._place[thread] = ABSENT;
    const last = this._thread[--this.size];
    if (place < this.size) {
      this._up(place, last);
      this._down(this._place[last], last);
    }
  }

  private _up(place: number, thread: ThreadIndex): void {
    const key = this._key[thread];
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this._thread[parent];
      if (this._key[above] <= key) {
        break;
      }
      this._put(place, above);
      place = parent;
    }
    this._put(place, thread);
  }

  private _down(place: number, thread: ThreadIndex): void {
    const key = this._key[thread];
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) {
        break;
      }
      const right = child + 1;
      if (
        right < this.size &&
        this._key[this._thread[right]] < this._key[this._thread[child]]
      ) {
        child = right;
      }
      const below = this._thread[child];
      if (this._key[below] >= key) {
        break;
      }
      this._put(place, below);
      place = child;
    }
    this._put(place, thread);
  }

  private _put(place: number, thread: ThreadIndex): void {
    this._thread[place] = thread;
    this._place[thread] = place;
  }

  private readonly _thread: Int32Array;
  private readonly _place: Int32Array;
  private readonly _key: Float64Array;
}
