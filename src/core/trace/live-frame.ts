/**
 * A live frame: what changed in a run that goes on, some ten times a second. Frames are JSON, one per message.
 * Shares lie in buckets of a fixed length, so that a frame's size depends on time and threads, not on events.
 */
import type { StateName } from '../threads/states';
import type { PackedBytes } from './bundle';
import type { RunInfo, SourceLine } from './document';

/** Length of a bucket of shares, in nanoseconds. */
export const LIVE_BUCKET_NS = 10_000_000;

/** How far back a new or slow reader is told of the run, in buckets: half a minute. */
export const LIVE_BUCKETS = 3000;

/** Most bytes of shares in one frame, unpacked: of many threads less of the past is told. */
export const LIVE_SHARE_BYTES = 4 << 20;

/** A thread that is new to the reader, or whose name or end is. */
export interface LiveThread {
  /** Names the thread within the run. */
  index: number;
  pid: number;
  tid: number;
  /** threading's name if it is known, else the kernel's. */
  name: string;
  main: boolean;
  /** Never asked for the GIL so far. */
  native: boolean;
  /** On the run's clock; end_ns once it has ended. */
  begin_ns: number;
  end_ns?: number;
}

/** Shares of states of one thread: some buckets in a row. Buckets told before are replaced. */
export interface LiveShares {
  thread: number;
  /** Number of the first bucket: it begins at first x bucket_ns. */
  first: number;
  count: number;
  /** u8 [bucket][state], each bucket summing to 255, or to 0 where the thread did not exist or nothing is known yet. */
  shares: PackedBytes;
}

export interface LiveHolder {
  thread: number;
  /** Since when, on the run's clock. */
  since_ns: number;
  line?: SourceLine;
}

export interface LiveWait {
  thread: number;
  start_ns: number;
  duration_ns: number;
  /** Still waiting. */
  open: boolean;
  /** Who held the GIL at the request. */
  holder?: number;
  line?: SourceLine;
  holder_line?: SourceLine;
}

/** A figure or part that the rung can't know is absent. */
export interface LiveFrame {
  format: 'giltracer-live';
  version: 1;
  run: RunInfo;
  /** Rung. */
  mode: string;
  scheduler_states: boolean;
  /** Counts the frames of the run, from 1: a gap tells a reader how many it missed. */
  frame: number;
  /** Time of the run that the frame tells up to; 0 is the begin of the recording. */
  until_ns: number;
  bucket_ns: number;
  /** Order of the shares; states that do not occur in this frame may be left out. */
  states: StateName[];
  threads: LiveThread[];
  /**
   * Where threads are many, those whose state has not changed are left out for up to a second; what of them was not told
   * is told then.
   */
  shares: LiveShares[];
  /** Holders of the GILs now; empty: nobody. Absent: not known on this rung. */
  holders?: LiveHolder[];
  longest_wait?: LiveWait;
  /** Records (readings, where the rung samples) so far, and per second lately. */
  events: number;
  events_per_second: number;
  lost: number;
  /** Lower bound so far, as in CaptureInfo. */
  overhead_percent?: number;
  /** CPU time of giltracer itself so far, in percent of one CPU. */
  reader_cpu_percent?: number;
}
