/** How many there were per second lately, of what is only counted. */

/** Over so long, in milliseconds. */
const SPAN = 1000;

export class RecentRate {
  /** @param _clock in milliseconds */
  constructor(private readonly _clock: () => number = () => performance.now()) {
    this._marks.push({ time: _clock(), count: 0 });
  }

  /** @param count so far */
  at(count: number): number {
    const time = this._clock();
    this._marks.push({ time, count });
    while (this._marks.length > 2 && this._marks[1].time <= time - SPAN) {
      this._marks.shift();
    }
    const first = this._marks[0];
    return time > first.time
      ? Math.round((1000 * (count - first.count)) / (time - first.time))
      : 0;
  }

  private readonly _marks: { time: number; count: number }[] = [];
}
