/**
 * Where threads were seen: by the memory reader with their whole stack, and by the probes of those who
 * waited for them with their innermost line.
 */
import { lowerBound } from '../columns';
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { StackTable } from './line-stacks';

/** Readings of stacks in order of time. */
export interface StackSamples {
  readonly length: number;
  /** ThreadIndex; rows of -1 are passed over. */
  readonly thread: ArrayLike<ThreadIndex>;
  readonly time: ArrayLike<Nanoseconds>;
  readonly stack: ArrayLike<StackIndex>;
  /** 0 if only the innermost frame is sure. */
  readonly complete: ArrayLike<number>;
  /**
   * 1 if the thread was chosen because it held the GIL. Such readings are spread evenly over time, so
   * that their shares estimate shares of time.
   */
  readonly holding: ArrayLike<number>;
}

/** A waiter's probe saw this innermost line of the thread that held the GIL. */
export interface ProbeSample {
  thread: ThreadIndex;
  time: Nanoseconds;
  line: LineIndex;
}

/** Samples of one thread in order of time. */
export interface ThreadSamples {
  readonly time: Float64Array;
  readonly stack: Int32Array;
  /** 1 for a reading of memory while the thread held the GIL. */
  readonly even: Uint8Array;
}

const NONE: ThreadSamples = {
  time: new Float64Array(0),
  stack: new Int32Array(0),
  even: new Uint8Array(0)
};

/** Sightings of one thread on one line, with its whole stack. */
interface Seen {
  readonly times: Nanoseconds[];
  readonly stacks: StackIndex[];
}

export class LineSamples {
  constructor(
    private readonly _stacks: StackTable,
    private readonly _samples: StackSamples,
    probeSamples: readonly ProbeSample[]
  ) {
    const { length, thread, time, stack, complete, holding } = _samples;
    for (let row = 0; row < length; row++) {
      if (complete[row] === 1 && thread[row] >= 0) {
        const key = seenKey(thread[row], _stacks.line[stack[row]]);
        let seen = this._seen.get(key);
        if (seen === undefined) {
          seen = { times: [], stacks: [] };
          this._seen.set(key, seen);
        }
        seen.times.push(time[row]);
        seen.stacks.push(stack[row]);
      }
    }
    const holders = new Map<ThreadIndex, HolderRows>();
    const rowsOf = (holder: ThreadIndex): HolderRows => {
      let rows = holders.get(holder);
      if (rows === undefined) {
        rows = { times: [], stacks: [], even: [] };
        holders.set(holder, rows);
      }
      return rows;
    };
    for (let row = 0; row < length; row++) {
      if (holding[row] === 1 && thread[row] >= 0) {
        const rows = rowsOf(thread[row]);
        rows.times.push(time[row]);
        rows.stacks.push(
          complete[row] === 1
            ? stack[row]
            : this.stackAt(thread[row], _stacks.line[stack[row]], time[row])
        );
        rows.even.push(1);
      }
    }
    for (const sample of probeSamples) {
      const rows = rowsOf(sample.thread);
      rows.times.push(sample.time);
      rows.stacks.push(this.stackAt(sample.thread, sample.line, sample.time));
      rows.even.push(0);
    }
    for (const [holder, rows] of holders) {
      this._holders.set(holder, inOrderOfTime(rows));
    }
  }

  /** Where the thread was seen while it held the GIL. */
  ofHolder(thread: ThreadIndex): ThreadSamples {
    return this._holders.get(thread) ?? NONE;
  }

  /**
   * The stack of a thread whose innermost line is known: the nearest in time that was read with this
   * line, else the line alone.
   *
   * @returns -1 if the line is not known
   */
  stackAt(thread: ThreadIndex, line: LineIndex, time: Nanoseconds): StackIndex {
    if (line < 0) {
      return -1;
    }
    const seen = this._seen.get(seenKey(thread, line));
    return seen === undefined
      ? this._stacks.intern(-1, line)
      : nearest(seen, time);
  }

  /** The stack in which the thread was read first between two times, in which it stood still; -1 if it was not. */
  readBetween(
    reader: ThreadIndex,
    start: Nanoseconds,
    end: Nanoseconds
  ): StackIndex {
    const { length, thread, time, stack, complete } = this._samples;
    for (
      let row = lowerBound(time, length, start);
      row < length && time[row] <= end;
      row++
    ) {
      if (thread[row] === reader && complete[row] === 1) {
        return stack[row];
      }
    }
    return -1;
  }

  /** Calls `part` with each stack in which the thread was seen on the line, and its share of the sightings. */
  stacksOf(
    thread: ThreadIndex,
    line: LineIndex,
    part: (stack: StackIndex, share: number) => void
  ): void {
    if (line < 0) {
      return;
    }
    const seen = this._seen.get(seenKey(thread, line));
    if (seen === undefined) {
      part(this._stacks.intern(-1, line), 1);
      return;
    }
    const counts = new Map<StackIndex, number>();
    for (const stack of seen.stacks) {
      counts.set(stack, (counts.get(stack) ?? 0) + 1);
    }
    for (const [stack, count] of counts) {
      part(stack, count / seen.stacks.length);
    }
  }

  private readonly _seen = new Map<number, Seen>();
  private readonly _holders = new Map<ThreadIndex, ThreadSamples>();
}

interface HolderRows {
  times: Nanoseconds[];
  stacks: StackIndex[];
  even: number[];
}

function inOrderOfTime({ times, stacks, even }: HolderRows): ThreadSamples {
  const order = Uint32Array.from(times, (_, row) => row).sort(
    (a, b) => times[a] - times[b]
  );
  return {
    time: Float64Array.from(order, row => times[row]),
    stack: Int32Array.from(order, row => stacks[row]),
    even: Uint8Array.from(order, row => even[row])
  };
}

function seenKey(thread: ThreadIndex, line: LineIndex): number {
  return line * 2 ** 17 + thread;
}

function nearest({ times, stacks }: Seen, time: Nanoseconds): StackIndex {
  const last = times.length - 1;
  const low = Math.min(lowerBound(times, times.length, time), last);
  const before = Math.max(0, low - 1);
  return time - times[before] < times[low] - time
    ? stacks[before]
    : stacks[low];
}
