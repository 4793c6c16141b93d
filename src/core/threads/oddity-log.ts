/** Unusual sequences with their times, so that those outside the run's window don't count. */
import type { Nanoseconds } from '../units';
import type { OddityCounts } from './result';

export type Oddity = keyof OddityCounts;

export class OddityLog {
  add(oddity: Oddity, time: Nanoseconds): void {
    this._times[oddity].push(time);
  }

  /** How many lie in the window, its end not included. */
  count(begin: Nanoseconds, end: Nanoseconds): OddityCounts {
    const within = (oddity: Oddity): number =>
      this._times[oddity].reduce(
        (sum, time) => (time >= begin && time < end ? sum + 1 : sum),
        0
      );
    return {
      dropWithoutRequest: within('dropWithoutRequest'),
      neverAcquired: within('neverAcquired'),
      exitWhileHolding: within('exitWhileHolding'),
      brokenAlternation: within('brokenAlternation')
    };
  }

  private readonly _times: Record<Oddity, Nanoseconds[]> = {
    dropWithoutRequest: [],
    neverAcquired: [],
    exitWhileHolding: [],
    brokenAlternation: []
  };
}
