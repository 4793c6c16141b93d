/** Waits for `threading` locks, by line. */
import type { ThreadsResult } from '../threads/result';
import { intervalOf } from '../threads/sampled/spread';
import type { LineIndex, ThreadIndex } from '../units';
import type { LockRow } from './document';
import { placeKey } from './source-paths';
import type { SourceStacks } from './source-stacks';

/**
 * Nobody has slept for a lock that was got in less time, in nanoseconds. C code that takes a lock without
 * trying first is seen with free ones, too (PyThread_acquire_lock where threads begin and end, Python/pystate.c).
 */
const TAKEN_AT_ONCE = 5_000;

/** Waits for `threading` locks by waiter, line and who released them, the longest time first. */
export function lockRows(
  { lockWaits, threads, sampled }: ThreadsResult,
  stacks: SourceStacks
): LockRow[] {
  // A run may have millions of these waits: numbers are their keys, and few rows come out.
  const pairs = new Map<number, Map<LineIndex, LockSum>>();
  for (let i = 0; i < lockWaits.length; i++) {
    const duration = lockWaits.end[i] - lockWaits.start[i];
    if (duration < TAKEN_AT_ONCE) {
      continue;
    }
    const waiter = lockWaits.thread[i];
    const holder = lockWaits.holder[i];
    const pair = waiter * (threads.length + 1) + holder + 1;
    let sums = pairs.get(pair);
    if (sums === undefined) {
      sums = new Map();
      pairs.set(pair, sums);
    }
    const line = stacks.chargedIndex(lockWaits.stack[i]);
    let sum = sums.get(line);
    if (sum === undefined) {
      sum = { waiter, holder, line, waitNs: 0, variance: 0, count: 0 };
      sums.set(line, sum);
    }
    sum.waitNs += duration;
    sum.variance += lockWaits.sampled?.variance[i] ?? 0;
    sum.count++;
  }
  const rows = new Map<string, LockRow>();
  const variances = new Map<string, number>();
  for (const sums of pairs.values()) {
    for (const sum of sums.values()) {
      const { waiter, holder, line, waitNs, count } = sum;
      const place = stacks.placeOf(line);
      const { tid } = threads[waiter];
      const holderTid = holder < 0 ? undefined : threads[holder].tid;
      const key = [tid, placeKey(place), holderTid ?? ''].join('\u0001');
      const before = rows.get(key);
      const variance = (variances.get(key) ?? 0) + sum.variance;
      variances.set(key, variance);
      rows.set(key, {
        tid,
        ...place,
        ...(holderTid !== undefined && { holder_tid: holderTid }),
        wait_ns: (before?.wait_ns ?? 0) + Math.round(waitNs),
        ...(lockWaits.sampled !== undefined && {
          wait_error_ns: Math.round(
            intervalOf(variance, lockWaits.sampled.floor)
          )
        }),
        ...(sampled !== true && { count: (before?.count ?? 0) + count })
      });
    }
  }
  return [...rows.values()].sort((a, b) => b.wait_ns - a.wait_ns);
}

/** Waits of one thread on one line that another thread ended. */
interface LockSum {
  readonly waiter: ThreadIndex;
  readonly holder: ThreadIndex;
  readonly line: LineIndex;
  waitNs: number;
  variance: number;
  count: number;
}
