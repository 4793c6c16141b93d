/** Where the reader's next wait comes from: the longest ones of a bundle, or all those of a whole trace. */
import type { WaitRow } from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';

export interface IWaitSource {
  /** The first wait that begins after `time` and lasts at least `least`; undefined if there is none. */
  next(time: Nanoseconds, least: Nanoseconds): Found;

  /** The last wait that begins before `time` and lasts at least `least`. */
  previous(time: Nanoseconds, least: Nanoseconds): Found;
}

/** A source that has to read first answers later. */
export type Found = WaitRow | undefined | Promise<WaitRow | undefined>;

/** The waits that a table lists. */
export class ListedWaits implements IWaitSource {
  constructor(waits: readonly WaitRow[]) {
    this._waits = [...waits].sort((a, b) => a.start_ns - b.start_ns);
  }

  next(time: Nanoseconds, least: Nanoseconds): WaitRow | undefined {
    return this._waits.find(
      wait => wait.start_ns > time && wait.duration_ns >= least
    );
  }

  previous(time: Nanoseconds, least: Nanoseconds): WaitRow | undefined {
    // Backwards from the end: the arrays are short, and `findLast` is younger than the browsers that we serve.
    for (let index = this._waits.length - 1; index >= 0; index--) {
      const wait = this._waits[index];
      if (wait.start_ns < time && wait.duration_ns >= least) {
        return wait;
      }
    }
    return undefined;
  }

  private readonly _waits: readonly WaitRow[];
}
