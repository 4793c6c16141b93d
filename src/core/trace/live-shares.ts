/** Shares of states within a live frame. */
import { deflateSync } from 'fflate';
import { STATE_COUNT } from '../threads/states';
import type { LiveShares } from './live-frame';
import { encodeBase64 } from './packed-bytes';
import { SHARE_SUM } from './shares';

/** Short shares are not worth a search for repetitions. */
const SHORT_SHARES = 256;

/** Shares of some buckets of one thread, [bucket][ThreadState]. */
export interface LiveColumn {
  readonly thread: number;
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/**
 * As they stand in a frame.
 *
 * @param seen by state: whether it occurs in the frame; the others are left out
 * @param stride how many occur
 */
export function packShares(
  { thread, first, count, bytes }: LiveColumn,
  seen: Uint8Array,
  stride: number
): LiveShares {
  const shares = new Uint8Array(count * stride);
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (seen[at % STATE_COUNT] > 0) {
      shares[to++] = bytes[at];
    }
  }
  const level = shares.length < SHORT_SHARES ? 0 : 1;
  return {
    thread,
    first,
    count,
    shares: encodeBase64(deflateSync(shares, { level }))
  };
}

/** The state that all buckets are in, all of each; -1 if there is none. */
export function steadyState(bytes: Uint8Array): number {
  const state = bytes.indexOf(SHARE_SUM);
  if (state < 0 || state >= STATE_COUNT) {
    return -1;
  }
  for (let at = state; at < bytes.length; at += STATE_COUNT) {
    if (bytes[at] !== SHARE_SUM) {
      return -1;
    }
  }
  return state;
}
