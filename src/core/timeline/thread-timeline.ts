/** One thread on the timeline: its states with the indexes over them, and its waits. */
import { STATE_COUNT } from '../threads/states';
import type { StateTrack } from '../threads/result';
import { BucketSums } from './bucket-sums';
import { IntervalTrack } from './interval-track';
import { revived } from './revived';
import { StateSums } from './state-sums';
import { WaitTrack } from './wait-track';

/**
 * Append to `states` and `waits`; the sums follow with the next question.
 *
 * `sums` is exact everywhere: tables, tooltips, reports. `overview` is for drawing: exact for a frame and
 * for each bucket, its columns' edges are placed by proportion where a frame shows much of the trace.
 */
export class ThreadTimeline {
  /** Gives a structured clone its methods back. */
  static revive(clone: ThreadTimeline): ThreadTimeline {
    IntervalTrack.revive(clone.states);
    StateSums.revive(clone.sums);
    BucketSums.revive(clone.overview);
    WaitTrack.revive(clone.waits);
    return revived(clone, ThreadTimeline);
  }

  /** @param track of a finished run; its columns are used as they are */
  constructor(track?: StateTrack) {
    this.states = track ? IntervalTrack.from(track) : new IntervalTrack();
    this.sums = new StateSums(this.states, STATE_COUNT);
    this.overview = new BucketSums(this.sums);
  }

  readonly states: IntervalTrack;
  readonly sums: StateSums;
  readonly overview: BucketSums;
  readonly waits = new WaitTrack();

  /** Gives back the room that was kept for growth. */
  trim(): void {
    this.states.trim();
    this.sums.trim();
    this.waits.trim();
  }

  /** Bytes in memory: columns and what was built over them so far. */
  get byteLength(): number {
    return (
      this.states.byteLength +
      this.sums.byteLength +
      this.overview.byteLength +
      this.waits.byteLength
    );
  }
}
