/**
 * When the rounds are: one in each stretch of one period, anywhere in it with the same probability. So no
 * rhythm of the program can meet them always at the same point (core/threads/sampled/spread.ts).
 */
import type { Nanoseconds } from '../../core/units';

export class RandomTimes {
  /**
   * @param start of the first stretch
   * @param random numbers from 0 to 1
   */
  constructor(
    private _start: Nanoseconds,
    private _period: Nanoseconds,
    private readonly _random: () => number = Math.random
  ) {}

  /** The next time after `now`; a stretch whose time has passed already has none. */
  after(now: Nanoseconds): Nanoseconds {
    let time: Nanoseconds;
    const passed = Math.floor((now - this._start) / this._period) - 1;
    this._stretch = Math.max(this._stretch, passed);
    do {
      this._stretch++;
      time = this._start + (this._stretch + this._random()) * this._period;
    } while (time <= now);
    return time;
  }

  /** From now on stretches are of another length. */
  usePeriod(period: Nanoseconds, now: Nanoseconds): void {
    this._start = now;
    this._period = period;
    this._stretch = -1;
  }

  private _stretch = -1;
}
