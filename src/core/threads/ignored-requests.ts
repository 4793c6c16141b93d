/**
 * Holds in which others asked for the GIL in vain, and the native function that kept it: a call that does not
 * release the GIL can't be interrupted, whatever the switch interval is.
 */
import { lowerBound } from '../columns';
import type { Address, Nanoseconds, ThreadIndex } from '../units';
import type { LineSamples } from './line-samples';
import type { HoldsWithLines } from './line-shares';
import type { IgnoredRequests } from './result';

/** What stands at an address of the traced process. */
export interface NativePlace {
  /** Function, '' if it has no symbol. */
  readonly symbol: string;
  /** Path of the file that is mapped there, '' if none is. */
  readonly library: string;
}

/** Names addresses of the traced process. */
export interface NativeResolver {
  placeOf(address: Address): NativePlace;
}

/** Where threads were seen in native code, in order of time. */
export interface NativeSamples {
  readonly length: number;
  readonly time: ArrayLike<Nanoseconds>;
  readonly thread: ArrayLike<ThreadIndex>;
  readonly ip: ArrayLike<Address>;
  /** Time that the sample stands for: on a CPU, or asleep in a system call. */
  readonly stands: ArrayLike<Nanoseconds>;
}

type MutableRow = {
  -readonly [key in keyof IgnoredRequests]: IgnoredRequests[key];
};

const NOWHERE: NativePlace = { symbol: '', library: '' };

/**
 * A waiter sets a request when it has waited for one switch interval (take_gil); a holder that runs
 * Python code answers within microseconds. So a hold that is wanted for two intervals has ignored one, if its
 * thread ran or slept meanwhile: one that was taken off its CPU could not answer.
 *
 * @param holds of one GIL
 * @returns the longest first
 */
export function ignoredRequests(
  holds: HoldsWithLines & { readonly wanted: Float64Array },
  samples: LineSamples,
  native: NativeSamples,
  names: NativeResolver | undefined,
  switchInterval: Nanoseconds
): IgnoredRequests[] {
  const rows = new Map<string, MutableRow>();
  for (let hold = 0; hold < holds.length; hold++) {
    const wanted = holds.wanted[hold];
    if (wanted < 2 * switchInterval) {
      continue;
    }
    const holder = holds.thread[hold];
    const start = holds.start[hold];
    const end = holds.end[hold];
    const holderStack = mostSeen(samples, holder, start, end);
    const asked = end - wanted + switchInterval;
    const stuck = names
      ? Math.min(wanted, timeIn(native, holder, Math.max(start, asked), end))
      : wanted;
    const requests = Math.floor(
      (names ? stuck : wanted - switchInterval) / switchInterval
    );
    if (requests < 1) {
      continue;
    }
    const place = mostUsed(native, names, holder, start, end);
    const key = `${holder} ${holderStack} ${place.symbol} ${place.library}`;
    const row = rows.get(key);
    if (row) {
      row.wantedNs += wanted;
      row.holds++;
      row.requests += requests;
    } else {
      rows.set(key, {
        holder,
        holderStack,
        ...place,
        wantedNs: wanted,
        holds: 1,
        requests
      });
    }
  }
  return [...rows.values()].sort((a, b) => b.wantedNs - a.wantedNs);
}

/** The stack in which the thread was seen most often in this time; -1 if it was not seen. */
function mostSeen(
  samples: LineSamples,
  thread: ThreadIndex,
  start: Nanoseconds,
  end: Nanoseconds
): number {
  const { time, stack } = samples.ofHolder(thread);
  const counts = new Map<number, number>();
  for (
    let i = lowerBound(time, time.length, start);
    i < time.length && time[i] <= end;
    i++
  ) {
    counts.set(stack[i], (counts.get(stack[i]) ?? 0) + 1);
  }
  return mostCounted(counts) ?? -1;
}

/** How long the thread was seen to run, or to sleep in a system call. */
function timeIn(
  native: NativeSamples,
  thread: ThreadIndex,
  start: Nanoseconds,
  end: Nanoseconds
): Nanoseconds {
  let time = 0;
  for (
    let i = lowerBound(native.time, native.length, start);
    i < native.length && native.time[i] <= end;
    i++
  ) {
    time += native.thread[i] === thread ? native.stands[i] : 0;
  }
  return time;
}

function mostUsed(
  native: NativeSamples,
  names: NativeResolver | undefined,
  thread: ThreadIndex,
  start: Nanoseconds,
  end: Nanoseconds
): NativePlace {
  if (names === undefined) {
    return NOWHERE;
  }
  const counts = new Map<string, number>();
  const places = new Map<string, NativePlace>();
  for (
    let i = lowerBound(native.time, native.length, start);
    i < native.length && native.time[i] <= end;
    i++
  ) {
    if (native.thread[i] === thread) {
      const place = names.placeOf(native.ip[i]);
      const key = `${place.library} ${place.symbol}`;
      places.set(key, place);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const most = mostCounted(counts);
  return (most === undefined ? undefined : places.get(most)) ?? NOWHERE;
}

function mostCounted<Key>(counts: ReadonlyMap<Key, number>): Key | undefined {
  let most: Key | undefined;
  let best = 0;
  for (const [key, count] of counts) {
    if (count > best) {
      best = count;
      most = key;
    }
  }
  return most;
}
