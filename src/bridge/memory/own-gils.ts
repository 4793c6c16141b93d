/**
 * When threads used a GIL of their own (sub-interpreters, CPython 3.12 and later): only the main one is watched. Who
 * ran in which interpreter is told by the reader of stacks.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import { gilOfInterpreter } from '../../core/cpython/gil';
import { readWord, type ReadMemory } from '../../core/cpython/memory';
import type { UnwatchedSpan } from '../../core/threads/unwatched-spans';
import type { StackReadingRows } from '../../core/threads/stack-readings';
import type { Address, Nanoseconds } from '../../core/units';

export class OwnGils {
  /** @param _mainGil address of the one that is watched */
  constructor(
    private readonly _read: ReadMemory,
    private readonly _layout: FrameLayout,
    private readonly _mainGil: Address
  ) {}

  /** To be called every 100 ms or so: an interpreter may end, and its thread states with it. */
  look({ length, tstate }: StackReadingRows): void {
    if (this._layout.interpreter.gil === undefined) {
      return;
    }
    // Readings are thinned when there are too many.
    for (let row = Math.min(this._seen, length); row < length; row++) {
      if (!this._own.has(tstate[row])) {
        this._own.set(tstate[row], this._hasOwn(tstate[row]));
      }
    }
    this._seen = length;
  }

  /**
   * From the reading before the first in a sub-interpreter to the reading behind the last one.
   *
   * @returns undefined if every thread that was read used the main GIL
   */
  spans({
    length,
    tid,
    tstate,
    time
  }: StackReadingRows): UnwatchedSpan[] | undefined {
    if (![...this._own.values()].includes(true)) {
      return undefined;
    }
    const spans: UnwatchedSpan[] = [];
    const last = new Map<number, { time: Nanoseconds; open?: Nanoseconds }>();
    for (let row = 0; row < length; row++) {
      const before = last.get(tid[row]) ?? { time: -Infinity };
      const own = this._own.get(tstate[row]) === true;
      let { open } = before;
      if (own) {
        open ??= before.time;
      } else if (open !== undefined) {
        spans.push({ tid: tid[row], start: open, end: time[row] });
        open = undefined;
      }
      last.set(tid[row], { time: time[row], open });
    }
    for (const [thread, { open }] of last) {
      if (open !== undefined) {
        spans.push({ tid: thread, start: open, end: Infinity });
      }
    }
    return spans;
  }

  private _hasOwn(threadState: Address): boolean {
    try {
      const interpreter = readWord(
        this._read,
        threadState + this._layout.threadState.interpreter
      );
      const gil = gilOfInterpreter(this._read, interpreter, this._layout);
      return gil !== undefined && gil.address !== this._mainGil;
    } catch {
      return false;
    }
  }

  /** By thread state: whether its interpreter has a GIL of its own. */
  private readonly _own = new Map<Address, boolean>();
  private _seen = 0;
}
