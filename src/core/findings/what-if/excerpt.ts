/** Which parts of a run are replayed: all of it, or evenly spread spans where that would take too long. */
import type { Nanoseconds } from '../../units';

export class Excerpt {
  /**
   * Keeps the first of every `every` spans.
   *
   * @param span long against a switch interval, so that what is cut out changes little of who waits for whom
   */
  constructor(
    private readonly _begin: Nanoseconds,
    private readonly _span: Nanoseconds,
    readonly every: number
  ) {}

  /** How much of a time is kept. */
  kept(from: Nanoseconds, to: Nanoseconds): Nanoseconds {
    return this.every === 1 ? to - from : this._until(to) - this._until(from);
  }

  has(time: Nanoseconds): boolean {
    const cycle = this._span * this.every;
    return this.every === 1 || (time - this._begin) % cycle < this._span;
  }

  private _until(time: Nanoseconds): Nanoseconds {
    const since = time - this._begin;
    const cycle = this._span * this.every;
    const cycles = Math.floor(since / cycle);
    return cycles * this._span + Math.min(since - cycles * cycle, this._span);
  }
}
