/** When there were rounds, and when there were none for so long that nothing is said of that time. */
import type { Nanoseconds } from '../../units';
import type { Span } from './hold-cells';

/** Nothing is said of a span without a round that is longer than this. */
export const LONGEST_GAP: Nanoseconds = 50_000_000;

/** Where rounds are more than so many times rarer than at the beginning, they are far apart without anything amiss. */
const THINNED_MUCH = 8;

export class RoundTimes {
  /** There was a round. */
  meet(time: Nanoseconds): void {
    if (Number.isNaN(this.first)) {
      this.first = time;
    } else if (time - this.last > this._longestGap) {
      this._gaps.push({ start: this.last, end: time });
    }
    this.last = time;
  }

  /** From now on rounds are half as frequent. */
  thin(): void {
    this._thinned *= 2;
  }

  /**
   * Spans of which nothing is said: half a period around a reading it still counts. The window may begin before the first
   * round, and end after the last one.
   */
  unknown(begin: Nanoseconds, end: Nanoseconds, period: Nanoseconds): Span[] {
    if (Number.isNaN(this.first)) {
      return [{ start: begin, end }];
    }
    const margin = Math.floor(period / 2);
    const gaps = [...this._gaps];
    if (Math.min(this.first, end) - begin > this._longestGap) {
      gaps.unshift({ start: -Infinity, end: this.first });
    }
    if (end - Math.max(this.last, begin) > this._longestGap) {
      gaps.push({ start: this.last, end: Infinity });
    }
    return gaps.map(gap => ({
      start: gap.start + margin,
      end: gap.end - margin
    }));
  }

  /** Time of the first round, NaN if there was none, and of the last one. */
  first: Nanoseconds = NaN;
  last: Nanoseconds = 0;

  private get _longestGap(): Nanoseconds {
    return LONGEST_GAP * Math.max(1, this._thinned / THINNED_MUCH);
  }

  private readonly _gaps: Span[] = [];
  /** Rounds are so many times rarer than at the beginning. */
  private _thinned = 1;
}
