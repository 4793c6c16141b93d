/**
 * Where threads were seen: by the memory reader with their whole stack, and by the probes of those who
 * waited for them with their innermost line.
 */
import { lowerBound } from '../columns';
import type { LineIndex, Nanoseconds, StackIndex, ThreadIndex } from '../units';
import { grown } from './growing-column';
import type { StackTable } from './line-stacks';
import type { SightingColumns } from './line-split';
import { sortByStart } from './row-order';

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

export const NO_SAMPLES: ThreadSamples = {
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
    probeSamples: Iterable<ProbeSample>
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
        rows = new HolderRows();
        holders.set(holder, rows);
      }
      return rows;
    };
    for (let row = 0; row < length; row++) {
      if (holding[row] === 1 && thread[row] >= 0) {
        const seen =
          complete[row] === 1
            ? stack[row]
            : this.stackAt(thread[row], _stacks.line[stack[row]], time[row]);
        rowsOf(thread[row]).push(time[row], seen, 1);
      }
    }
    for (const sample of probeSamples) {
      const stack = this.stackAt(sample.thread, sample.line, sample.time);
      rowsOf(sample.thread).push(sample.time, stack, 0);
    }
    for (const [holder, rows] of holders) {
      this._holders.set(holder, rows.inOrder());
    }
  }

  /** All readings of memory. */
  get all(): StackSamples {
    return this._samples;
  }

  /** Where the thread was seen while it held the GIL. */
  ofHolder(thread: ThreadIndex): ThreadSamples {
    return this._holders.get(thread) ?? NO_SAMPLES;
  }

  /** All of them, one thread after the other. */
  sightings(): SightingColumns {
    const all = [...this._holders].sort(([a], [b]) => a - b);
    const length = all.reduce((sum, [, { time }]) => sum + time.length, 0);
    const thread = new Uint16Array(length);
    const time = new Float64Array(length);
    const stack = new Int32Array(length);
    let at = 0;
    for (const [holder, samples] of all) {
      thread.fill(holder, at, at + samples.time.length);
      time.set(samples.time, at);
      stack.set(samples.stack, at);
      at += samples.time.length;
    }
    return { length, thread, time, stack };
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

const INITIAL_ROWS = 64;

/** Samples of one thread as they come: those of the reader of memory, then those of the probes. */
class HolderRows {
  push(time: Nanoseconds, stack: StackIndex, even: number): void {
    const row = this._length++;
    if (row === this._time.length) {
      const { _time, _stack, _even } = this;
      Object.assign(this, grown({ _time, _stack, _even }));
    }
    this._time[row] = time;
    this._stack[row] = stack;
    this._even[row] = even;
  }

  /** In order of time. */
  inOrder(): ThreadSamples {
    const { _length: length, _time, _stack, _even } = this;
    sortByStart({ length, start: _time }, { _time, _stack, _even });
    return {
      time: _time.subarray(0, length),
      stack: _stack.subarray(0, length),
      even: _even.subarray(0, length)
    };
  }

  private _length = 0;
  private _time = new Float64Array(INITIAL_ROWS);
  private _stack = new Int32Array(INITIAL_ROWS);
  private _even = new Uint8Array(INITIAL_ROWS);
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
