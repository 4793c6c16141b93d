/** Writes to the words of a GIL that watchpoints stand on → what they mean for their thread. */
import type { Store } from '../binary/stores';
import type { Address, Nanoseconds } from '../units';
import { Site } from './site';
import type { TracedThread } from './traced-thread';

/** Knows the code of the traced process. */
export interface StoreResolver {
  /**
   * What the instruction that ends at an address has written.
   *
   * @returns undefined if that can't be told
   */
  storeAt(ip: Address): Store | undefined;
}

/** The thread has written to a watched word of its GIL; `ip` is behind the instruction. */
export function writtenTo(
  site: typeof Site.GilWord | typeof Site.WaitWord | typeof Site.YieldWord,
  thread: TracedThread,
  time: Nanoseconds,
  ip: Address,
  stores: StoreResolver
): void {
  const { events, address } = thread.gil;
  if (address === 0) {
    // The process runs another program now, which has something else at this address.
    return;
  }
  const store = stores.storeAt(ip);
  if (site === Site.GilWord) {
    // CPython 3.8 to 3.15: 1 in take_gil; 0 in drop_gil, and where a forked child makes the GIL anew (Python/ceval_gil.c).
    if (store?.kind === 'constant' && store.value === 1) {
      events.take(thread, time);
    } else if (store?.kind === 'constant' && store.value === 0) {
      events.drop(thread, time);
    }
  } else if (store?.kind === 'addition') {
    // Who signals writes there too, but adds nothing (glibc, nptl/pthread_cond_wait.c and pthread_cond_common.c).
    if (site === Site.WaitWord) {
      events.wait(thread, time, 0);
    } else {
      events.yield(thread, time);
    }
  }
}
