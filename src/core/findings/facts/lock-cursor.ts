/** What each thread waits for while it waits for a lock. */
import type { Nanoseconds, ThreadIndex } from '../../units';
import { LockKinds, type LockKind } from './lock-kinds';
import type { RunColumns } from './run-columns';

/** The kinds of each thread's lock waits, asked for in order of time. */
export class LockCursor {
  constructor({ lockWaits, stacks, tracks }: RunColumns) {
    const { length, thread } = lockWaits;
    const count = new Uint32Array(tracks.length + 1);
    for (let i = 0; i < length; i++) {
      count[thread[i] + 1]++;
    }
    for (let i = 1; i <= tracks.length; i++) {
      count[i] += count[i - 1];
    }
    this.next = count.slice(0, tracks.length);
    this.behind = count.slice(1);
    this.rows = new Uint32Array(length);
    const fill = count.slice(0, tracks.length);
    for (let i = 0; i < length; i++) {
      this.rows[fill[thread[i]]++] = i;
    }
    this.ends = lockWaits.end;
    this.stacks = lockWaits.stack;
    this.kinds = new LockKinds(stacks);
  }

  /** Undefined if it is not known what the thread waits for from `time` on. */
  at(thread: ThreadIndex, time: Nanoseconds): LockKind | undefined {
    const { next, behind, rows, ends } = this;
    while (next[thread] < behind[thread] && ends[rows[next[thread]]] <= time) {
      next[thread]++;
    }
    return next[thread] < behind[thread]
      ? this.kinds.of(this.stacks[rows[next[thread]]])
      : undefined;
  }

  private readonly next: Uint32Array;
  private readonly behind: Uint32Array;
  private readonly rows: Uint32Array;
  private readonly ends: Float64Array;
  private readonly stacks: Int32Array;
  private readonly kinds: LockKinds;
}
