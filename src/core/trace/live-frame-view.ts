/**
 * A live frame after it was read and checked: what a viewer draws from. Nothing in here is packed, every number is
 * finite.
 */
import type { ThreadState } from '../threads/states';
import type { LiveFrame } from './live-frame';

/** Shares of states of one thread: some buckets in a row. Buckets told before are replaced. */
export interface LiveSharesView {
  /** As `LiveThread.index`; of a thread that this frame or one before names. */
  readonly thread: number;
  /** Number of the first bucket: it begins at first x bucket_ns. */
  readonly first: number;
  readonly count: number;
  /** [bucket][column of states], each bucket summing to 255, or to 0. */
  readonly shares: Uint8Array;
}

export interface LiveFrameView extends Readonly<
  Omit<LiveFrame, 'format' | 'version' | 'states' | 'shares'>
> {
  /** The state that each share of a bucket stands for. */
  readonly states: readonly ThreadState[];
  readonly shares: readonly LiveSharesView[];
}
