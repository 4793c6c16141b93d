/** The states of one thread in order of time, in columns that grow at the end only. */
import type { StateTrack } from '../threads/result';
import type { Nanoseconds } from '../units';
import { lowerBound, resized } from '../columns';
import { revived } from './revived';

/** Rows of an empty track's columns. */
const FIRST_CAPACITY = 64;

/**
 * One state per instant from the track's begin to its `end`: interval i lasts from start[i] to
 * start[i + 1], the last one to `end`; neighbours differ and none but the last may be empty. 9 bytes an
 * interval after `trim`; until then the columns are up to twice as long as `length`.
 *
 * What lies before `settled` never changes again, so an index over it needs to look at its tail only.
 */
export class IntervalTrack implements StateTrack {
  /** Gives a structured clone its methods back. */
  static revive(clone: IntervalTrack): IntervalTrack {
    return revived(clone, IntervalTrack);
  }

  /** A track with the columns of a finished one. They are shared until something is appended. */
  static from(track: StateTrack): IntervalTrack {
    const adopted = new IntervalTrack();
    adopted._length = track.length;
    adopted._start = track.start;
    adopted._state = track.state;
    if (track.length > 0) {
      adopted._end = track.end;
      adopted._settled = track.end;
    }
    adopted._shared = true;
    return adopted;
  }

  /** Number of intervals. */
  get length(): number {
    return this._length;
  }

  get start(): Float64Array {
    return this._start;
  }

  get state(): Uint8Array {
    return this._state;
  }

  /** End of the last interval; -Infinity while there is none. */
  get end(): Nanoseconds {
    return this._end;
  }

  /** Time of the latest change that was appended; -Infinity before the first one. */
  get settled(): Nanoseconds {
    return this._settled;
  }

  /**
   * From `time` on the thread is in `state`; the track ends there until it is extended. Of two changes at
   * one instant the later one counts.
   *
   * @throws RangeError for a time before the latest change
   */
  append(time: Nanoseconds, state: number): void {
    if (!(time >= this._settled)) {
      throw new RangeError(
        `a change at ${time} ns comes after one at ${this._settled} ns`
      );
    }
    this._own();
    this._settled = time;
    this._end = Math.max(this._end, time);
    const last = this._length - 1;
    if (last >= 0 && this._start[last] === time) {
      if (last > 0 && this._state[last - 1] === state) {
        this._length--;
      } else {
        this._state[last] = state;
      }
    } else if (last < 0 || this._state[last] !== state) {
      if (this._length === this._start.length) {
        this._resize(Math.max(FIRST_CAPACITY, 2 * this._length));
      }
      this._start[this._length] = time;
      this._state[this._length] = state;
      this._length++;
    }
  }

  /** The last state is known to last until `time`. A change before it may still follow. */
  extendTo(time: Nanoseconds): void {
    if (this._length > 0) {
      this._end = Math.max(this._end, time);
    }
  }

  /** Makes room for so many intervals, so that it need not grow again and again. */
  reserve(intervals: number): void {
    if (intervals > this._start.length) {
      this._resize(intervals);
    }
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    if (this._start.length > this._length) {
      this._resize(this._length);
    }
  }

  /** Bytes that the columns take. */
  get byteLength(): number {
    return this._start.byteLength + this._state.byteLength;
  }

  /** Columns of somebody else are copied before they change. */
  private _own(): void {
    if (this._shared) {
      this._resize(Math.max(FIRST_CAPACITY, 2 * this._length));
    }
  }

  private _resize(capacity: number): void {
    this._start = resized(this._start, new Float64Array(capacity));
    this._state = resized(this._state, new Uint8Array(capacity));
    this._shared = false;
  }

  private _length = 0;
  private _start: Float64Array = new Float64Array(0);
  private _state: Uint8Array = new Uint8Array(0);
  private _end: Nanoseconds = -Infinity;
  private _settled: Nanoseconds = -Infinity;
  private _shared = false;
}

/** End of interval `index` of a track. */
export function intervalEnd(track: StateTrack, index: number): Nanoseconds {
  return index + 1 < track.length ? track.start[index + 1] : track.end;
}

/** The interval that lasts at `time`, -1 if the thread does not exist then. */
export function intervalAt(track: StateTrack, time: Nanoseconds): number {
  if (!(time < track.end)) {
    return -1;
  }
  return lowerBound(track.start, track.length, time, true) - 1;
}

/** The intervals that overlap [from, to): the first one, and the one behind the last. */
export function intervalRange(
  track: StateTrack,
  from: Nanoseconds,
  to: Nanoseconds
): [number, number] {
  const { length, start, end } = track;
  if (length === 0 || !(from < to) || start[0] >= to || end <= from) {
    return [0, 0];
  }
  const first = Math.max(lowerBound(start, length, from, true) - 1, 0);
  return [first, lowerBound(start, length, to, false)];
}
