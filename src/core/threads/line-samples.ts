/**
 * Where threads were seen: by the memory reader with their whole stack, and by the probes of those who
 * waited for them with their innermost line.
 */
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import type { StackTable } from './line-stacks';

/** One reading of a thread's stack. */
export interface StackSample {
  thread: ThreadIndex;
  /** The frame was read between these two times. */
  from: Nanoseconds;
  to: Nanoseconds;
  stack: StackIndex;
  /** False if only its innermost frame is sure. */
  complete: boolean;
  /**
   * Whether the thread was chosen because it held the GIL. Such readings are spread evenly over time, so
   * that their shares estimate shares of time.
   */
  holding: boolean;
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

export class LineSamples {
  constructor(
    private readonly _stacks: StackTable,
    stackSamples: readonly StackSample[],
    probeSamples: readonly ProbeSample[]
  ) {
    for (const sample of stackSamples) {
      if (!sample.complete) {
        continue;
      }
      const line = this._stacks.line[sample.stack];
      const time = (sample.from + sample.to) / 2;
      listOf(this._seen, seenKey(sample.thread, line)).push([
        time,
        sample.stack
      ]);
    }
    for (const seen of this._seen.values()) {
      seen.sort(([a], [b]) => a - b);
    }
    const holding = new Map<ThreadIndex, [Nanoseconds, StackIndex, number][]>();
    for (const sample of stackSamples) {
      const { thread, stack } = sample;
      if (sample.holding) {
        const time = (sample.from + sample.to) / 2;
        const line = this._stacks.line[stack];
        const whole = sample.complete
          ? stack
          : this.stackAt(thread, line, time);
        listOf(holding, thread).push([time, whole, 1]);
      }
    }
    for (const { thread, time, line } of probeSamples) {
      listOf(holding, thread).push([time, this.stackAt(thread, line, time), 0]);
    }
    for (const [thread, rows] of holding) {
      rows.sort(([a], [b]) => a - b);
      this._holders.set(thread, {
        time: Float64Array.from(rows, ([time]) => time),
        stack: Int32Array.from(rows, ([, stack]) => stack),
        even: Uint8Array.from(rows, ([, , even]) => even)
      });
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

  private readonly _seen = new Map<number, [Nanoseconds, StackIndex][]>();
  private readonly _holders = new Map<ThreadIndex, ThreadSamples>();
}

function seenKey(thread: ThreadIndex, line: LineIndex): number {
  return line * 2 ** 17 + thread;
}

function nearest(
  seen: readonly [Nanoseconds, StackIndex][],
  time: Nanoseconds
): StackIndex {
  let low = 0;
  let high = seen.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seen[middle][0] < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = Math.max(0, low - 1);
  return time - seen[before][0] < seen[low][0] - time
    ? seen[before][1]
    : seen[low][1];
}

function listOf<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}
