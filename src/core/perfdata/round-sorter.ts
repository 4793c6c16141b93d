import type { Nanoseconds } from '../units';
import { NaturalMerge } from './natural-merge';
import type { RecordBatch, RecordKind } from './records';
import { NO_TIME, RowColumns } from './row-columns';

/** Rows of a batch: large enough to make the call cheap, small enough to stay in the cache. */
const BATCH_ROWS = 4096;

/**
 * Most rows that wait for their round. perf ends a round after each pass over its rings (64 MiB at
 * most, under a million rows), so more than this means that no round ends: then the older half goes
 * out, as perf itself does (ordered-events.c, OE_FLUSH__HALF).
 */
const MAX_PENDING = 4 * 1024 * 1024;

/**
 * Puts records into time order.
 *
 * perf empties one ring buffer after the other and then writes FINISHED_ROUND. While it reads the
 * last ring the first one gets newer records, so a round may bring records older than the newest one
 * of the round before, but none older than the newest one of the round before that. So at the end of
 * a round all records up to the newest time of the round before are delivered (perf's example):
 *
 *               ring 1     ring 2    newest   delivered at the round's end
 *     round 1   1 2        2 3 4     4        nothing: round 2 may bring a 3
 *     round 2   3 4 5      5 6 7     7        up to 4
 *     round 3   6 7        8 9 10    10       up to 7
 *
 * Source: tools/perf/util/session.c, process_finished_round, and ordered-events.c.
 */
export class RoundSorter {
  /** @param _maxPending most rows that wait for their round */
  constructor(
    private readonly _onBatch: (batch: RecordBatch) => void,
    private readonly _maxPending = MAX_PENDING
  ) {}

  /** Records that came after a newer one had been delivered. */
  get late(): number {
    return this._late;
  }

  /** Newest time seen, or NO_TIME. */
  get newest(): Nanoseconds {
    return this._newest;
  }

  /** Argument columns of the rows that wait; written by the row that `append` returned. */
  get args(): readonly Float64Array[] {
    return this._rows.args;
  }

  /** Says that rows may use so many argument columns; the others stay 0 and are not touched. */
  useArgumentColumns(count: number): void {
    this._argumentColumns = Math.max(this._argumentColumns, count);
  }

  /** Adds a row and returns its index for `args`; the arguments are 0. */
  append(
    kind: RecordKind,
    event: number,
    time: Nanoseconds,
    pid: number,
    tid: number,
    cpu: number
  ): number {
    if (this._rows.length >= this._maxPending) {
      this._release(Math.ceil(this._rows.length / 2), this._sort());
    }
    const row = this._rows.append(kind, event, time, pid, tid, cpu);
    if (row === 0 || time < this._previous) {
      this._merge.beginRun(row);
    }
    this._previous = time;
    if (time > this._newest) {
      this._newest = time;
    }
    if (time < this._delivered && time !== NO_TIME) {
      this._late++;
    }
    return row;
  }

  /** FINISHED_ROUND: delivers what can't be overtaken any more. */
  finishRound(): void {
    if (this._rows.length > 0) {
      const order = this._sort();
      this._release(this._countUntil(order, this._limit), order);
    }
    this._limit = this._newest;
  }

  /** Delivers everything: nothing that comes later is older. */
  flush(): void {
    if (this._rows.length > 0) {
      this._release(this._rows.length, this._sort());
    }
    this._limit = this._newest;
  }

  private _sort(): Uint32Array {
    return this._merge.sort(this._rows.time, this._rows.length);
  }

  /**
   * How many of the sorted rows are not newer than `limit`. Records without a time wait for the first
   * record with one, whose time they get.
   */
  private _countUntil(order: Uint32Array, limit: Nanoseconds): number {
    const { time } = this._rows;
    let low = 0;
    let high = this._rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (time[order[middle]] <= limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const wait =
      low > 0 &&
      this._delivered === NO_TIME &&
      time[order[low - 1]] === NO_TIME;
    return wait ? 0 : low;
  }

  /** Delivers the first `count` rows and keeps the rest, moved into their order: one run. */
  private _release(count: number, order: Uint32Array): void {
    const rows = this._rows;
    const columns = this._argumentColumns;
    // Parted before the receiver is called: if it throws, it does not get the same rows again.
    const kept = this._spare;
    kept.appendRows(rows, order, count, rows.length, columns);
    this._rows = kept;
    this._spare = rows;
    this._merge.reset();
    if (kept.length > 0) {
      this._merge.beginRun(0);
      this._previous = kept.time[kept.length - 1];
    }
    try {
      if (count > 0) {
        this._deliver(rows, order, count);
      }
    } finally {
      rows.removeAll(columns);
    }
  }

  private _deliver(rows: RowColumns, order: Uint32Array, count: number): void {
    const newest = rows.time[order[count - 1]];
    this._giveTimes(rows.time, order, count);
    this._delivered = Math.max(this._delivered, newest);
    const batch = this._batch;
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const to = Math.min(count, from + BATCH_ROWS);
      batch.length = 0;
      batch.appendRows(rows, order, from, to, this._argumentColumns);
      this._onBatch(batch);
    }
  }

  /**
   * Records without a time stand first. They get the time of what was delivered before them, or else
   * of the record that follows, or else 0: no receiver needs to know of them.
   */
  private _giveTimes(
    time: Float64Array,
    order: Uint32Array,
    count: number
  ): void {
    let timeless = 0;
    while (timeless < count && time[order[timeless]] === NO_TIME) {
      timeless++;
    }
    let given = this._delivered;
    if (given === NO_TIME) {
      given = timeless < count ? time[order[timeless]] : 0;
    }
    for (let index = 0; index < timeless; index++) {
      time[order[index]] = given;
    }
  }

  private _rows = new RowColumns();
  /** Takes the rows that stay when others are delivered; the two change places. */
  private _spare = new RowColumns();
  private readonly _batch = new RowColumns();
  private readonly _merge = new NaturalMerge();
  /** As many as the kernel's own records use (RecordKind), until an event has more. */
  private _argumentColumns = 2;
  /** Time of the last appended row: a smaller one begins a run. */
  private _previous = NO_TIME;
  private _newest = NO_TIME;
  /** Newest time of the round before: next_flush in perf. */
  private _limit = NO_TIME;
  /** Newest time delivered. */
  private _delivered = NO_TIME;
  private _late = 0;
}
