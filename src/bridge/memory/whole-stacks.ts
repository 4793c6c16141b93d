/**
 * Stacks of threads that went on while they were read: only the innermost line is sure then. Its callers are taken from
 * the last whole stack of the thread with this line.
 */
import type { LineIndex, StackIndex } from '../../core/units';

/** Thread numbers lie below. */
const THREADS = 2 ** 17;

export class WholeStacks {
  /** Notes a stack that was read whole. */
  note(thread: number, line: LineIndex, stack: StackIndex): void {
    this._last.set(line * THREADS + thread, stack);
  }

  /**
   * @param innermost the stack of which only the line is known
   * @returns that one if no whole stack with this line was met
   */
  completed(
    thread: number,
    line: LineIndex,
    innermost: StackIndex
  ): StackIndex {
    return this._last.get(line * THREADS + thread) ?? innermost;
  }

  private readonly _last = new Map<number, StackIndex>();
}
