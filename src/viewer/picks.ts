/** What the reader has picked in one view of a run, so that lanes and tables show the same. */
import type { SourceLine, ThreadRow, WaitRow } from '../core/trace/document';
import type { TimeRange } from './lanes/time-scale';

export interface Picked {
  /** A span of time: the tables count only what lies within it. */
  readonly range?: TimeRange;
  /** A wait for the GIL: its chain of holders is shown. */
  readonly wait?: WaitRow;
  /** A line of code: its waits and holds are lit up. */
  readonly line?: SourceLine;
  /** A thread: its lane and its rows are lit up. */
  readonly thread?: ThreadRow;
}

export type PickKind = keyof Picked;

/** One per view; never shared by two. */
export class Picks {
  get current(): Picked {
    return this._current;
  }

  /** Pick something, or nothing more of its kind; listeners are told if anything changes. */
  pick<Kind extends PickKind>(kind: Kind, value: Picked[Kind]): void {
    if (this._current[kind] !== value) {
      this._current = { ...this._current, [kind]: value };
      this._listeners.forEach(listener => {
        listener(this._current, kind);
      });
    }
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (picked: Picked, changed: PickKind) => void): () => void {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  private _current: Picked = {};
  private readonly _listeners = new Set<
    (picked: Picked, changed: PickKind) => void
  >();
}
