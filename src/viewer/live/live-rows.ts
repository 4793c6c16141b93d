/**
 * Which threads have a row. A row once given is not moved: the reader follows a thread by its place. Only if there are
 * more threads than rows, and one without a row waits clearly more than one that has a row, it takes over that row.
 */
import type { LiveRun, LiveTrack } from './live-run';

/** Rows beside the GIL's; more threads are folded. */
export const MOST_ROWS = 12;

/** What a thread without a row must have waited more, in times and in buckets, to take over one. */
const CLEARLY_MORE = 1.5;
const LEAST_DIFFERENCE = 5;

export interface LiveRowThread {
  readonly track: LiveTrack;
  /** By which the GIL's lane names it, from 1; undefined while it has not asked for the GIL. */
  number: number | undefined;
}

export class LiveRows {
  constructor(private readonly _run: LiveRun) {}

  /** In the order of the screen. */
  readonly shown: LiveRowThread[] = [];
  /** In the order in which they came. */
  readonly folded: LiveRowThread[] = [];

  /**
   * Give rows to threads that have begun to do something, while there are any.
   *
   * @returns whether the lists have changed
   */
  fill(): boolean {
    const before = this.shown.length;
    const changed = this._takeNew();
    for (let i = 0; i < this.folded.length; i++) {
      const row = this.folded[i];
      if (this.shown.length >= MOST_ROWS) {
        break;
      }
      if (row.track.active || row.track.info.main) {
        this.folded.splice(i--, 1);
        this.shown.push(row);
        this._giveNumber(row);
      }
    }
    return changed || this.shown.length !== before;
  }

  /** Look at the run anew; whether a row has another thread than before. */
  update(): boolean {
    const filled = this.fill();
    const replaced = this._replaceLeast();
    for (const row of this.shown) {
      this._giveNumber(row);
    }
    for (const row of this.folded) {
      if (row.track.active) {
        this._giveNumber(row);
      }
    }
    return filled || replaced;
  }

  private _takeNew(): boolean {
    const { tracks } = this._run;
    let changed = false;
    for (const track of tracks.values()) {
      if (!this._known.has(track)) {
        this._known.add(track);
        this.folded.push({ track, number: undefined });
        changed = true;
      }
    }
    if (this._known.size > tracks.size) {
      // The run has forgotten some that ended long ago.
      const kept = new Set(tracks.values());
      for (const list of [this.shown, this.folded]) {
        for (let i = list.length - 1; i >= 0; i--) {
          if (!kept.has(list[i].track)) {
            this._known.delete(list[i].track);
            list.splice(i, 1);
            changed = true;
          }
        }
      }
    }
    return changed;
  }

  /** At most one row a look, so that the reader can follow. */
  private _replaceLeast(): boolean {
    let most = -1;
    for (let i = 0; i < this.folded.length; i++) {
      const { track } = this.folded[i];
      if (
        track.active &&
        !this._run.isPast(track) &&
        (most < 0 || track.waited > this.folded[most].track.waited)
      ) {
        most = i;
      }
    }
    if (most < 0 || this.shown.length < MOST_ROWS) {
      return false;
    }
    let least = -1;
    for (let i = 0; i < this.shown.length; i++) {
      const { track } = this.shown[i];
      if (
        !track.info.main &&
        (least < 0 ||
          this._weight(track) < this._weight(this.shown[least].track))
      ) {
        least = i;
      }
    }
    if (least < 0) {
      return false;
    }
    const one = this.folded[most];
    const other = this.shown[least];
    const weight = this._weight(other.track);
    const limit = Math.max(weight * CLEARLY_MORE, weight + LEAST_DIFFERENCE);
    if (one.track.waited < limit) {
      return false;
    }
    this.shown[least] = one;
    this.folded[most] = other;
    return true;
  }

  /** What a thread's row is worth: nothing once all that it did has left the picture. */
  private _weight(track: LiveTrack): number {
    return this._run.isPast(track) ? -Infinity : track.waited;
  }

  private _giveNumber(row: LiveRowThread): void {
    if (row.number === undefined && !row.track.info.native) {
      row.number = ++this._numbers;
    }
  }

  private readonly _known = new Set<LiveTrack>();
  private _numbers = 0;
}
