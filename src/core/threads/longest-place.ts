/** Where the thread stood, for most of the time, that made a wait longest. */
import type { Nanoseconds, ThreadIndex } from '../units';

/** Sums the pieces of one wait; used again for the next one. */
export class LongestPlace {
  restart(): void {
    this._count = 0;
  }

  /**
   * A piece of the wait.
   *
   * @param holder who had the GIL
   * @param place where it stood, as SharePart has it
   */
  add(holder: ThreadIndex, place: number, time: Nanoseconds): void {
    // Pieces of one hold follow each other, and few threads take part in one wait.
    let at = this._count - 1;
    while (
      at >= 0 &&
      (this._holder[at] !== holder || this._place[at] !== place)
    ) {
      at--;
    }
    if (at < 0) {
      at = this._count++;
      this._holder[at] = holder;
      this._place[at] = place;
      this._time[at] = 0;
    }
    this._time[at] += time;
  }

  /** Of the thread that held the GIL longest, the place where it was longest; -1 if nobody held it. */
  get place(): number {
    let longest = -1;
    let most = 0;
    for (let at = 0; at < this._count; at++) {
      const time = this._timeOf(this._holder[at]);
      if (time > most) {
        most = time;
        longest = this._holder[at];
      }
    }
    let place = -1;
    most = 0;
    for (let at = 0; at < this._count; at++) {
      if (this._holder[at] === longest && this._time[at] > most) {
        most = this._time[at];
        place = this._place[at];
      }
    }
    return place;
  }

  private _timeOf(holder: ThreadIndex): Nanoseconds {
    let sum = 0;
    for (let at = 0; at < this._count; at++) {
      sum += this._holder[at] === holder ? this._time[at] : 0;
    }
    return sum;
  }

  private _count = 0;
  private readonly _holder: ThreadIndex[] = [];
  private readonly _place: number[] = [];
  private readonly _time: Nanoseconds[] = [];
}
