/** What a thread that waits for a `threading` lock waits for: told by who called it. */
import type { SourceLine } from '../../trace/document';
import type { SourceStacks } from '../../trace/source-stacks';
import type { StackIndex } from '../../units';

export const LockKind = {
  /** Mutual exclusion: a lock, a semaphore. Also where nothing is known. */
  Lock: 0,
  /** Something to take out of a `queue.Queue`, or room in it. */
  QueueGet: 1,
  QueuePut: 2,
  /** The end of another thread's work: a join, a future's result, an event; a worker that has nothing to do. */
  Others: 3
} as const;

export type LockKind = (typeof LockKind)[keyof typeof LockKind];

/** Frames of the standard library between the wait and who asked for it: Condition.wait, wait_for, get. */
const DEEPEST = 5;

/**
 * Functions of Lib/threading.py that wait for others: Thread.join (3.13: of the handle itself), Thread.start for the new thread,
 * Event, Barrier and bare conditions. A Semaphore's wait is one for a lock.
 */
const OF_OTHERS =
  /^(?:_wait_for_tstate_lock|join|start|_shutdown|wait|wait_for|_wait|_enter)$/;

/** Pools whose threads wait for work, and what waits for their results. */
const POOLS =
  /^(?:concurrent\/futures\/|multiprocessing\/pool\.py$|asyncio\/|joblib\/|selectors\.py$)/;

export class LockKinds {
  constructor(private readonly stacks: SourceStacks) {}

  of(stack: StackIndex): LockKind {
    let kind = this.known.get(stack);
    if (kind === undefined) {
      kind = kindOf(this.stacks.frames(stack, DEEPEST));
      this.known.set(stack, kind);
    }
    return kind;
  }

  private readonly known = new Map<StackIndex, LockKind>();
}

/** @param frames innermost first */
export function kindOf(frames: readonly SourceLine[]): LockKind {
  let waits = false;
  for (const { file, function: name = '' } of frames) {
    const own = name.slice(name.lastIndexOf('.') + 1);
    if (file === 'threading.py') {
      if (name.startsWith('Semaphore.') || own === 'acquire') {
        return LockKind.Lock;
      }
      waits ||= OF_OTHERS.test(own);
    } else if (file === 'queue.py') {
      if (own === 'get') {
        return LockKind.QueueGet;
      }
      // Queue.join waits until all is done.
      return own === 'put' ? LockKind.QueuePut : LockKind.Others;
    } else {
      return waits || POOLS.test(file) ? LockKind.Others : LockKind.Lock;
    }
  }
  return waits ? LockKind.Others : LockKind.Lock;
}
