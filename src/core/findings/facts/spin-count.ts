/** How long native threads were on a CPU though nobody can have given them work. */
import { ThreadState } from '../../threads/states';
import type { Nanoseconds, ThreadIndex } from '../../units';
import type { RunColumns } from './run-columns';
import { ABSENT } from './state-sweep';

const { Running, RunningGil, HoldingOffCpu, WaitingGil } = ThreadState;

/**
 * A native pool works for calls that Python threads make, and a call that waits for its pool lets go of the GIL first. So a pool's
 * thread that is on a CPU while every Python thread of the work has the GIL or wants it waits for the next call in a loop; or a
 * call keeps the GIL while its pool works: these two look the same.
 */
export class SpinCount {
  constructor(
    { document, rowOf }: RunColumns,
    private readonly workers: ReadonlySet<ThreadIndex>
  ) {
    this.native = rowOf.map(row => document.threads[row].native);
  }

  change(thread: ThreadIndex, from: number, to: number): void {
    if (this.native[thread]) {
      if (to === Running) {
        this.running.add(thread);
      } else {
        this.running.delete(thread);
      }
    } else if (this.workers.has(thread)) {
      this.count(from, -1);
      this.count(to, 1);
    }
  }

  private count(state: number, one: 1 | -1): void {
    if (
      state === RunningGil ||
      state === HoldingOffCpu ||
      state === WaitingGil
    ) {
      this.inPython += one;
    } else if (state !== ABSENT) {
      this.elsewhere += one;
    }
  }

  /** Nothing changes for so long. */
  pass(duration: Nanoseconds): void {
    if (this.inPython > 0 && this.elsewhere === 0) {
      for (const thread of this.running) {
        this.times.set(thread, (this.times.get(thread) ?? 0) + duration);
      }
    }
  }

  readonly times = new Map<ThreadIndex, Nanoseconds>();

  private readonly native: readonly boolean[];
  /** Native threads on a CPU. */
  private readonly running = new Set<ThreadIndex>();
  /** Python threads that have the GIL or want it, and all others. */
  private inPython = 0;
  private elsewhere = 0;
}
