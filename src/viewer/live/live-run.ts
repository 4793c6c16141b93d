/**
 * A run that goes on, as far as live frames have told of it: the last half minute of each thread, and the newest
 * figures. Bounded, whatever the run does. Many views may watch one.
 */
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import { LIVE_BUCKETS, type LiveThread } from '../../core/trace/live-frame';
import type { LiveFrameView } from '../../core/trace/live-frame-view';
import type { Nanoseconds } from '../../core/units';
import { LiveLane } from './live-lane';

/** Threads whose states are kept: 30 KB each. */
export const MOST_LIVE_THREADS = 512;

/** Threads that are counted beyond those. */
const MOST_COUNTED_THREADS = 65_536;

export class LiveTrack {
  constructor(
    public info: LiveThread,
    bucketNs: Nanoseconds
  ) {
    this.lane = new LiveLane(bucketNs);
  }

  readonly lane: LiveLane;
  /** Others have the same name: until threading's names are known, many are called as their program. */
  sharesName = false;

  /** Time in which it waited for the GIL or a lock, in buckets of the last half minute. */
  get waited(): number {
    return (
      this.lane.total(ThreadState.WaitingGil) +
      this.lane.total(ThreadState.WaitingLock)
    );
  }

  /** It did something worth a look but sleep: idle threads of a kernel wake up now and then for a moment. */
  get active(): boolean {
    let busy = 0;
    for (let state = 0; state < STATE_COUNT; state++) {
      busy += QUIET.has(state) ? 0 : this.lane.total(state as ThreadState);
    }
    return busy >= LEAST_BUSY || this.waited >= LEAST_WAITED;
  }
}

/** In buckets of the last half minute. */
const LEAST_BUSY = 2;
const LEAST_WAITED = 0.5;

/** Nothing to look at. NoGil is: whether such a thread sleeps is not known. */
const QUIET: ReadonlySet<number> = new Set([
  ThreadState.Unknown,
  ThreadState.OffCpu
]);

export class LiveRun {
  constructor(readonly id: string) {}

  /** The newest frame's figures; its shares are taken into the tracks. */
  get latest(): LiveFrameView | undefined {
    return this._latest;
  }

  /** Each that has occurred so far: a frame names its own only. */
  get states(): ReadonlySet<ThreadState> {
    return this._states;
  }

  /** By `LiveThread.index`. */
  get tracks(): ReadonlyMap<number, LiveTrack> {
    return this._tracks;
  }

  /** Threads for which there was no room. */
  get omittedThreads(): number {
    return this._omitted.size;
  }

  /** Frames that never came, between the first one and the newest. */
  get missed(): number {
    return this._missed;
  }

  /** Whether a thread ended before anything that is kept. */
  isPast({ info }: LiveTrack): boolean {
    const { until_ns: until = 0, bucket_ns: bucketNs = 0 } = this._latest ?? {};
    return (
      info.end_ns !== undefined && info.end_ns < until - LIVE_BUCKETS * bucketNs
    );
  }

  /** Takes a frame in and tells who watches; false if it is another run's, or older than what is known. */
  take(frame: LiveFrameView): boolean {
    const last = this._latest;
    if (
      frame.run.id !== this.id ||
      (last !== undefined && frame.until_ns < last.until_ns)
    ) {
      return false;
    }
    if (last !== undefined && last.bucket_ns !== frame.bucket_ns) {
      this._tracks.clear();
    }
    if (last !== undefined && frame.frame > last.frame) {
      this._missed += frame.frame - last.frame - 1;
    }
    for (const thread of frame.threads) {
      this._takeThread(thread, frame);
    }
    if (frame.threads.length > 0) {
      this._compareNames();
    }
    for (const state of frame.states) {
      this._states.add(state);
    }
    for (const told of frame.shares) {
      this._tracks.get(told.thread)?.lane.write(told, frame.states);
    }
    // Its packed past would be kept alive otherwise.
    this._latest = { ...frame, threads: [], shares: [] };
    for (const watch of this._watchers) {
      watch();
    }
    return true;
  }

  /** Be told of each frame; @returns a function that ends it. */
  watch(watcher: () => void): () => void {
    this._watchers.add(watcher);
    return () => this._watchers.delete(watcher);
  }

  private _takeThread(thread: LiveThread, frame: LiveFrameView): void {
    const known = this._tracks.get(thread.index);
    if (known !== undefined) {
      known.info = thread;
      return;
    }
    if (this._tracks.size >= MOST_LIVE_THREADS) {
      this._forgetPast();
    }
    if (this._tracks.size < MOST_LIVE_THREADS) {
      this._omitted.delete(thread.index);
      this._tracks.set(thread.index, new LiveTrack(thread, frame.bucket_ns));
    } else if (thread.end_ns !== undefined) {
      this._omitted.delete(thread.index);
    } else if (this._omitted.size < MOST_COUNTED_THREADS) {
      this._omitted.add(thread.index);
    }
  }

  private _compareNames(): void {
    const counts = new Map<string, number>();
    for (const { info } of this._tracks.values()) {
      counts.set(info.name, (counts.get(info.name) ?? 0) + 1);
    }
    for (const track of this._tracks.values()) {
      track.sharesName = (counts.get(track.info.name) ?? 0) > 1;
    }
  }

  private _forgetPast(): void {
    for (const [index, track] of this._tracks) {
      if (this.isPast(track)) {
        this._tracks.delete(index);
      }
    }
  }

  private _latest: LiveFrameView | undefined;
  private _missed = 0;
  private readonly _states = new Set<ThreadState>();
  private readonly _tracks = new Map<number, LiveTrack>();
  private readonly _omitted = new Set<number>();
  private readonly _watchers = new Set<() => void>();
}
