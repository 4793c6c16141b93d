/** The Arrow tables of a trace file: how they are written. They are described in schema/formats/giltrace.md. */
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  StackColumns,
  StateTrack,
  ThreadsResult
} from '../threads/result';
import { NO_POOLS, NO_SIGHTINGS, type LineSplit } from '../threads/line-split';
import { STATE_NAMES } from '../threads/states';
import { intervalEnd } from '../timeline/interval-track';
import {
  type ArrowColumn,
  float64Column,
  int32Column,
  int64Column,
  textColumn,
  uint16Column,
  uint8Column,
  wordColumn
} from './arrow-columns';
import type { ArrowTable } from './arrow-file';
import type { ReportDocument, SourceLine } from './document';
import { CODE_OWNERS, type CodeOwner } from './source-paths';
import { threadOrder, threadRows } from './lanes';
import { WAIT_KIND_NAMES } from './wait-rows';

/** Rows of a batch: some megabytes, which is all that a table takes while it is written. */
export const BATCH_ROWS = 1 << 16;

/** What a trace file has beside lanes; threads are rows of the thread table. */
export interface TraceTables {
  readonly lines: readonly SourceLine[];
  /** By line: whose code it is. */
  readonly owners: readonly CodeOwner[];
  readonly stacks: StackColumns;
  readonly holds: HoldColumns;
  readonly lockWaits: LockWaitColumns;
  readonly collections: CollectionColumns;
  readonly lineSplit: LineSplit;
}

/** Makes the tables of a result batch by batch, with the threads in the order of the thread table. */
export class TableWriter {
  /**
   * @param document as buildDocument made it from `result`
   * @param origin CLOCK_MONOTONIC of time 0 of the result
   */
  constructor(
    private readonly document: ReportDocument,
    private readonly result: ThreadsResult,
    private readonly origin: bigint
  ) {
    this.rows = threadRows(result);
    this.tracks = threadOrder(result).map(index => result.threads[index].track);
  }

  /** The states of all threads, one thread after the other. */
  intervals(): Iterable<ArrowTable> {
    const first = [0];
    for (const { length } of this.tracks) {
      first.push(first[first.length - 1] + length);
    }
    return inBatches(first[this.tracks.length], (from, to) =>
      this.intervalBatch(first, from, to)
    );
  }

  waits(): Iterable<ArrowTable> {
    const { waits } = this.result;
    return inBatches(waits.length, (from, to) => {
      const holder = this.threadRow(waits.holder.subarray(from, to));
      const waker = this.threadRow(waits.waker.subarray(from, to));
      return {
        ...this.spanBatch(waits, from, to),
        holder: int32Column(holder, -1),
        holder_tid: this.tidColumn(holder),
        kind: wordColumn(waits.kind.subarray(from, to), WAIT_KIND_NAMES),
        ...(this.result.sampled !== true && {
          ignored: uint16Column(waits.ignored.subarray(from, to))
        }),
        uncertainty_ns: int64Column(waits.uncertainty.subarray(from, to), 0n),
        stack_id: int32Column(waits.stack.subarray(from, to), -1),
        holder_stack_id: int32Column(waits.holderStack.subarray(from, to), -1),
        waker: int32Column(waker, -1),
        waker_tid: this.tidColumn(waker)
      };
    });
  }

  /**
   * @param lines the result's, as they are to be named
   * @param owners whose code they are
   */
  lines(
    lines: readonly SourceLine[],
    owners: readonly CodeOwner[]
  ): Iterable<ArrowTable> {
    return inBatches(lines.length, (from, to) => {
      const part = lines.slice(from, to);
      return {
        file: textColumn(part.map(({ file }) => file)),
        line: int32Column(Int32Array.from(part, ({ line }) => line)),
        function: textColumn(part.map(line => line.function)),
        cell: textColumn(part.map(({ cell }) => cell)),
        owner: wordColumn(
          Uint8Array.from(owners.slice(from, to), owner =>
            CODE_OWNERS.indexOf(owner)
          ),
          CODE_OWNERS
        )
      };
    });
  }

  stacks(): Iterable<ArrowTable> {
    const { length, parent, line } = this.result.stacks;
    return inBatches(length, (from, to) => ({
      parent: int32Column(parent.subarray(from, to), -1),
      line: int32Column(line.subarray(from, to), -1)
    }));
  }

  holds(): Iterable<ArrowTable> {
    const { holds } = this.result;
    return inBatches(holds.length, (from, to) => ({
      ...this.spanBatch(holds, from, to),
      ...(this.result.sampled !== true && {
        forced: uint8Column(holds.forced.subarray(from, to))
      }),
      wanted_ns: int64Column(holds.wanted.subarray(from, to), 0n),
      gil: uint16Column(holds.gil.subarray(from, to)),
      ...(holds.line && {
        line: int32Column(holds.line.subarray(from, to), -1)
      })
    }));
  }

  lockWaits(): Iterable<ArrowTable> {
    const { lockWaits: waits } = this.result;
    return inBatches(waits.length, (from, to) => {
      const holder = this.threadRow(waits.holder.subarray(from, to));
      return {
        ...this.spanBatch(waits, from, to),
        lock: int64Column(waits.lock.subarray(from, to), 0n),
        holder: int32Column(holder, -1),
        holder_tid: this.tidColumn(holder),
        stack_id: int32Column(waits.stack.subarray(from, to), -1)
      };
    });
  }

  collections(): Iterable<ArrowTable> {
    const { collections } = this.result;
    return inBatches(collections.length, (from, to) =>
      this.spanBatch(collections, from, to)
    );
  }

  /** Where holders were seen. */
  sightings(): Iterable<ArrowTable> {
    const { thread, time, stack, length } =
      this.result.lineSplit?.sightings ?? NO_SIGHTINGS;
    return inBatches(length, (from, to) => {
      const row = this.threadRow(thread.subarray(from, to));
      return {
        thread: uint16Column(Uint16Array.from(row)),
        tid: this.tidColumn(row),
        time_ns: int64Column(time.subarray(from, to), this.origin),
        stack_id: int32Column(stack.subarray(from, to), -1)
      };
    });
  }

  /** How the holds were split in which nobody was seen. */
  linePools(): Iterable<ArrowTable> {
    const pools = this.result.lineSplit?.pools ?? NO_POOLS;
    return inBatches(pools.length, (from, to) => {
      const row = this.threadRow(pools.thread.subarray(from, to));
      return {
        gil: uint16Column(pools.gil.subarray(from, to)),
        thread: uint16Column(Uint16Array.from(row)),
        tid: this.tidColumn(row),
        line: int32Column(pools.line.subarray(from, to), -1),
        stack_id: int32Column(pools.stack.subarray(from, to), -1),
        held_share: float64Column(pools.held.subarray(from, to)),
        held_variance: float64Column(pools.variance.subarray(from, to)),
        released_share: float64Column(pools.released.subarray(from, to))
      };
    });
  }

  /** @param first by row of the thread table the first row of its intervals; behind them the number of all */
  private intervalBatch(
    first: readonly number[],
    from: number,
    to: number
  ): ArrowTable {
    const thread = new Uint16Array(to - from);
    const pid = new Int32Array(to - from);
    const tid = new Int32Array(to - from);
    const start = new Float64Array(to - from);
    const end = new Float64Array(to - from);
    const state = new Uint8Array(to - from);
    this.tracks.forEach((track, row) => {
      const begin = Math.max(from, first[row]) - first[row];
      const stop = Math.min(to, first[row + 1]) - first[row];
      if (begin >= stop) {
        return;
      }
      const at = first[row] + begin - from;
      const behind = at + stop - begin;
      thread.fill(row, at, behind);
      pid.fill(this.document.threads[row].pid, at, behind);
      tid.fill(this.document.threads[row].tid, at, behind);
      start.set(track.start.subarray(begin, stop), at);
      state.set(track.state.subarray(begin, stop), at);
      end.set(track.start.subarray(begin + 1, stop), at);
      end[behind - 1] = intervalEnd(track, stop - 1);
    });
    return {
      thread: uint16Column(thread),
      pid: int32Column(pid),
      tid: int32Column(tid),
      start_ns: int64Column(start, this.origin),
      end_ns: int64Column(end, this.origin),
      state: wordColumn(state, STATE_NAMES)
    };
  }

  /** Columns of anything that a thread does for a time. */
  private spanBatch(
    { thread, start, end }: CollectionColumns,
    from: number,
    to: number
  ): ArrowTable {
    const row = this.threadRow(thread.subarray(from, to));
    return {
      thread: uint16Column(Uint16Array.from(row)),
      tid: this.tidColumn(row),
      start_ns: int64Column(start.subarray(from, to), this.origin),
      end_ns: int64Column(end.subarray(from, to), this.origin)
    };
  }

  /** Rows of the thread table; -1 stays. */
  private threadRow(threads: Uint16Array | Int32Array): Int32Array {
    const rows = new Int32Array(threads.length);
    for (let i = 0; i < rows.length; i++) {
      rows[i] = threads[i] < 0 ? -1 : this.rows[threads[i]];
    }
    return rows;
  }

  /** Thread ids of rows of the thread table; null for row -1. */
  private tidColumn(rows: Int32Array): ArrowColumn {
    const tid = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      tid[i] = rows[i] < 0 ? -1 : this.document.threads[rows[i]].tid;
    }
    return int32Column(tid, -1);
  }

  /** Row of the thread table by index into the result's threads. */
  private readonly rows: Int32Array;
  /** By row of the thread table. */
  private readonly tracks: readonly StateTrack[];
}

/** At least one batch: it carries the columns' types. */
function* inBatches(
  length: number,
  batch: (from: number, to: number) => ArrowTable
): Generator<ArrowTable> {
  let from = 0;
  do {
    const to = Math.min(from + BATCH_ROWS, length);
    yield batch(from, to);
    from = to;
  } while (from < length);
}
