/** How many threads a round may read: the program must not be slowed down. */
import type { Nanoseconds } from '../../core/units';

/**
 * Time that a round may take to read threads: while the process leaves a CPU idle, and while it does not. To wake up for
 * a round takes some 40 µs of a CPU in any case (Node 24; its caches are cold each time), so less would not save much.
 */
const IDLE_TIME: Nanoseconds = 150_000;
const BUSY_TIME: Nanoseconds = 40_000;

/** Weight of the newest round in the mean. */
const NEWEST = 1 / 64;

export class RoundBudget {
  /** @param _cpus that the process may use; a quota counts as so many CPUs */
  constructor(private readonly _cpus: number) {}

  /** All threads were read once: how many of them were awake. */
  turnEnds(running: number): void {
    this._running = running;
  }

  /** What it took to read threads in one round. */
  spent(time: Nanoseconds, threads: number): void {
    if (threads > 0) {
      this._each += (time / threads - this._each) * NEWEST;
    }
  }

  /** How many threads the next round may read, at least one. */
  get threads(): number {
    const time = this._running + 1 <= this._cpus ? IDLE_TIME : BUSY_TIME;
    return Math.max(1, Math.floor(time / Math.max(1, this._each)));
  }

  private _running = 0;
  private _each: Nanoseconds = 5_000;
}
