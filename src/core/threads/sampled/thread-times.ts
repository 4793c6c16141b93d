/** What the pieces of a thread's life are: waits for the GIL and for locks, and times of lines without the GIL. */
import type {
  Address,
  Nanoseconds,
  StackIndex,
  ThreadIndex
} from '../../units';
import type { LockWaitColumns } from '../result';
import { ThreadState } from '../states';
import type { SpreadTimes } from './line-sums';
import type { SampledWait } from './sampled-gil';
import type { ThreadSeries } from './series';
import type { ThreadPieces } from './thread-pieces';

/** A span in which a thread slept on one address. */
export interface SampledLockWait {
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly lock: Address;
  readonly stack: StackIndex;
  /** How far apart the readings are between which it began, and ended. */
  readonly gapBefore: Nanoseconds;
  readonly gapAfter: Nanoseconds;
}

/** Gathers them, thread after thread. */
export class ThreadTimes {
  constructor(private readonly _times: SpreadTimes) {}

  readonly lockWaits: SampledLockWait[] = [];

  /** @param waits to which the waits for the GIL are added; undefined for a thread that takes none */
  add(
    thread: ThreadIndex,
    pieces: ThreadPieces,
    series: ThreadSeries,
    waits: SampledWait[] | undefined
  ): void {
    let waitedAt = -1;
    let releasedAt = -1;
    for (let piece = 0; piece < pieces.length; piece++) {
      const row = pieces.row[piece];
      const start = pieces.start[piece];
      const end = pieces.endOf(piece);
      const state = pieces.state[piece];
      const stack = row < 0 ? -1 : series.stack[row];
      const gap = gapBefore(pieces, series, piece);
      const gapAfter = gapBefore(pieces, series, piece + 1);
      const waited = state === ThreadState.WaitingGil ? stack : -1;
      const released = isWithoutGil(state) ? stack : -1;
      this._times.add('waitedNs', waited, end - start);
      this._times.add('releasedNs', released, end - start);
      this._times.change('waitedNs', waitedAt, waited, gap);
      this._times.change('releasedNs', releasedAt, released, gap);
      waitedAt = waited;
      releasedAt = released;
      if (state === ThreadState.WaitingGil && waits !== undefined) {
        const last: SampledWait | undefined = waits[waits.length - 1];
        if (
          last?.thread === thread &&
          last.end === start &&
          last.stack === stack
        ) {
          waits[waits.length - 1] = { ...last, end, gapAfter };
        } else {
          waits.push({ thread, start, end, stack, gapBefore: gap, gapAfter });
        }
      }
      if (state === ThreadState.WaitingLock && row >= 0) {
        const lock = series.lock[row];
        this.lockWaits.push({
          thread,
          start,
          end,
          lock,
          stack,
          gapBefore: gap,
          gapAfter
        });
      }
    }
  }
}

function isWithoutGil(state: number): boolean {
  return (
    state === ThreadState.Running ||
    state === ThreadState.OffCpu ||
    state === ThreadState.WaitingLock ||
    state === ThreadState.Preempted
  );
}

/** How far apart the readings are between which a piece began; 0 at the window's edge. */
export function gapBefore(
  { row, length }: ThreadPieces,
  { first, last, length: rows }: ThreadSeries,
  piece: number
): Nanoseconds {
  if (piece <= 0 || piece >= length) {
    return 0;
  }
  const own = row[piece];
  if (own > 0) {
    return first[own] - last[own - 1];
  }
  const before = row[piece - 1];
  return before >= 0 && before + 1 < rows
    ? first[before + 1] - last[before]
    : 0;
}

/**
 * The waits as columns, in order of their starts.
 *
 * @param floor time between two readings of a thread
 */
export function lockColumns(
  waits: SampledLockWait[],
  floor: Nanoseconds
): LockWaitColumns {
  waits.sort((a, b) => a.start - b.start);
  return {
    length: waits.length,
    thread: Uint16Array.from(waits, ({ thread }) => thread),
    start: Float64Array.from(waits, ({ start }) => start),
    end: Float64Array.from(waits, ({ end }) => end),
    lock: Float64Array.from(waits, ({ lock }) => lock),
    holder: new Int32Array(waits.length).fill(-1),
    stack: Int32Array.from(waits, ({ stack }) => stack),
    sampled: {
      variance: Float64Array.from(
        waits,
        each => (each.gapBefore ** 2 + each.gapAfter ** 2) / 2
      ),
      floor
    }
  };
}
