/** What an analysis tells of a run that goes on. Nothing that is asked here changes it. */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { StateTimes } from './bucket-times';

export interface LiveThreadFacts {
  readonly pid: number;
  readonly tid: number;
  /** The kernel's name, '' if not known. */
  readonly comm: string;
  /** Never asked for a GIL so far, as far as that is known. */
  readonly native: boolean;
  /** -Infinity for a thread that was there before the recording. */
  readonly born: Nanoseconds;
  /** Infinity while it lives. */
  readonly died: Nanoseconds;
}

/** Where a thread stands: the stack in which it was read, or else its innermost line; -1 what is not known. */
export interface LivePlace {
  readonly stack: StackIndex;
  readonly line: LineIndex;
}

export interface LiveHold {
  readonly thread: ThreadIndex;
  readonly since: Nanoseconds;
  readonly place: LivePlace;
}

export interface LongestWait {
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  /** Still waiting. */
  readonly open: boolean;
  /** Who had the GIL at its start; -1 if not known. */
  readonly holder: ThreadIndex;
  readonly place: LivePlace;
  readonly holderPlace: LivePlace;
}

/** How far what is told of a thread may turn out to be otherwise. */
export interface LiveGuess {
  /** From when on; Infinity if all is certain. */
  readonly from: Nanoseconds;
  /** Differs where what is guessed does. */
  readonly what: number;
}

export interface LiveAnalysis {
  /** Looks at what is known up to `until`, which never falls: what the others tell is of this look. */
  look(until: Nanoseconds): void;

  /** Threads so far; a thread keeps its index. */
  readonly threadCount: number;

  thread(index: ThreadIndex): LiveThreadFacts;

  /** The object is valid until the next call. */
  guess(index: ThreadIndex): LiveGuess;

  /** Tells the thread's states from `from` on, or since it is there, until the look's time or its end. */
  tell(index: ThreadIndex, from: Nanoseconds, times: StateTimes): void;

  /** Who has the GILs; undefined if that is known of none of them. */
  holders(): LiveHold[] | undefined;

  /** The longest wait for a GIL that began at `since` or later, open ones included. */
  longestWait(since: Nanoseconds): LongestWait | undefined;
}

export const NO_PLACE: LivePlace = { stack: -1, line: -1 };
