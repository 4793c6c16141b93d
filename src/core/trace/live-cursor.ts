/** What a reader of live frames has been told so far. */
import type { Nanoseconds } from '../units';
import type { LiveThread } from './live-frame';

/** Of one thread. */
export interface ToldThread {
  /** As it was told last; undefined if it was not. */
  facts: LiveThread | undefined;
  /** The first bucket that was not told whole. */
  next: number;
  /** Since when what was told of it was a guess, and which. */
  guessedFrom: Nanoseconds;
  guess: number;
  /** The state that its last bucket was all in; -1 if it was in several, or none. */
  steady: number;
  /** All of its life was told. */
  done: boolean;
}

export class LiveCursor {
  of(thread: number): ToldThread {
    return (this._threads[thread] ??= {
      facts: undefined,
      next: 0,
      guessedFrom: Infinity,
      guess: 0,
      steady: -1,
      done: false
    });
  }

  private readonly _threads: ToldThread[] = [];
}
