/**
 * All threads of a run on one clock, with their waits and the holders of each GIL. It grows at its end:
 * a live view appends to it what a finished run fills in at once, and both are asked alike.
 */
import type { StateTrack } from '../threads/result';
import type { Nanoseconds, ThreadIndex } from '../units';
import { HolderTrack } from './holder-track';
import { longestWaits, threadWait, type ThreadWait } from './longest-waits';
import { ThreadTimeline } from './thread-timeline';
import { revived } from './revived';
import { NO_WAIT, type WaitTrack } from './wait-track';

export class Timeline {
  /**
   * A timeline that came from another thread by structured clone, which keeps columns and drops methods. It is changed
   * where it is: its columns may be as large as memory allows.
   */
  static revive(clone: Timeline): Timeline {
    clone.threads.forEach(thread => ThreadTimeline.revive(thread));
    clone.gils.forEach(gil => HolderTrack.revive(gil));
    return revived(clone, Timeline);
  }

  readonly threads: ThreadTimeline[] = [];
  readonly gils: HolderTrack[] = [];

  /** First instant that any thread is known at; Infinity while there is none. */
  get begin(): Nanoseconds {
    return this.threads.reduce(
      (begin, { states }) =>
        states.length > 0 ? Math.min(begin, states.start[0]) : begin,
      Infinity
    );
  }

  /** Last instant that any thread is known at; -Infinity while there is none. */
  get end(): Nanoseconds {
    return this.threads.reduce(
      (end, { states }) => Math.max(end, states.end),
      -Infinity
    );
  }

  /** Adds the next thread, with what is known of it so far. */
  addThread(track?: StateTrack): ThreadTimeline {
    const thread = new ThreadTimeline(track);
    this.threads.push(thread);
    return thread;
  }

  addGil(): HolderTrack {
    const gil = new HolderTrack();
    this.gils.push(gil);
    return gil;
  }

  /**
   * The longest waits that belong to [from, to), with all their length: longest first, of equals the one
   * with the smaller row.
   *
   * @param threads whose waits count; default: all
   */
  longestWaits(
    from: Nanoseconds,
    to: Nanoseconds,
    limit: number,
    threads: readonly ThreadIndex[] = this._all()
  ): ThreadWait[] {
    return longestWaits(this.threads, threads, from, to, limit);
  }

  /** The first wait after `time` that lasts at least `least`; undefined if there is none. */
  nextWait(time: Nanoseconds, least: Nanoseconds = 0): ThreadWait | undefined {
    return this._nearest(
      waits => waits.next(time, least),
      (start, best) => start < best
    );
  }

  /** The last wait that starts before `time` and lasts at least `least`; undefined if there is none. */
  previousWait(
    time: Nanoseconds,
    least: Nanoseconds = 0
  ): ThreadWait | undefined {
    return this._nearest(
      waits => waits.previous(time, least),
      (start, best) => start > best
    );
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    this.threads.forEach(thread => thread.trim());
    this.gils.forEach(gil => gil.trim());
  }

  /** Bytes in memory: columns and what was built over them so far. */
  get byteLength(): number {
    return [...this.threads, ...this.gils].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0
    );
  }

  /** Of each thread's wait the nearest one, of those that start together that of the first thread. */
  private _nearest(
    find: (waits: WaitTrack) => number,
    isNearer: (start: Nanoseconds, best: Nanoseconds) => boolean
  ): ThreadWait | undefined {
    let best: ThreadWait | undefined;
    this.threads.forEach(({ waits }, thread) => {
      const found = find(waits);
      if (
        found !== NO_WAIT &&
        (best === undefined || isNearer(waits.start(found), best.start))
      ) {
        best = threadWait(this.threads, thread, found);
      }
    });
    return best;
  }

  private _all(): ThreadIndex[] {
    return this.threads.map((_, thread) => thread);
  }
}
