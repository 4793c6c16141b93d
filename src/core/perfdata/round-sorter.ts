import type { Nanoseconds } from '../units';
import { BatchColumns } from './batch-columns';
import { NaturalMerge } from './natural-merge';
import type { RecordBatch, RecordKind } from './records';
import { NO_TIME, PendingRows, ROW_HEAD } from './pending-rows';

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
  /** @param maxPending most rows that wait for their round */
  constructor(
    private readonly _onBatch: (batch: RecordBatch) => void,
    readonly maxPending = MAX_PENDING
  ) {}

  /** The rows that wait. */
  readonly rows = new PendingRows();

  /** Their order. */
  readonly order = new NaturalMerge();

  /** Time of the last row: an older one begins a run. */
  previous = NO_TIME;

  /** Newest time delivered. */
  delivered = NO_TIME;

  /** Records that came after a newer one had been delivered. */
  get late(): number {
    return this._late;
  }

  /** Newest time seen, or NO_TIME. */
  get newest(): Nanoseconds {
    return this._newest;
  }

  /** Where the arguments of the rows that wait stand; a new array after an `append`. */
  get values(): Float64Array {
    return this.rows.values;
  }

  /**
   * Adds a row with `count` arguments. Returns the index in `values` of the first of them; the caller
   * writes them all.
   */
  append(
    kind: RecordKind,
    event: number,
    time: Nanoseconds,
    pid: number,
    tid: number,
    cpu: number,
    count: number
  ): number {
    const order = this.order;
    if (order.length >= this.maxPending) {
      order.sort(this.rows.values);
      this._release(Math.ceil(order.length / 2));
    }
    const first = this.rows.append(kind, event, time, pid, tid, cpu, count);
    if (order.length === 0 || time < this.previous) {
      order.beginRun();
    }
    order.add(first - ROW_HEAD);
    this.previous = time;
    if (time > this._newest) {
      this._newest = time;
    }
    if (time < this.delivered && time !== NO_TIME) {
      this._late++;
    }
    return first;
  }

  /**
   * Says that rows were written to the end of `rows` and `order`, in time order and none older than
   * `previous`.
   * @param length of `order` now
   * @param end of `rows` now
   * @param previous time of the last one
   */
  took(length: number, end: number, previous: Nanoseconds): void {
    this.order.took(length);
    this.rows.end = end;
    this.previous = previous;
    if (previous > this._newest) {
      this._newest = previous;
    }
  }

  /** FINISHED_ROUND: delivers what can't be overtaken any more. */
  finishRound(): void {
    if (this.order.length > 0) {
      this.order.sort(this.rows.values);
      this._release(this._countUntil(this._limit));
    }
    this._limit = this._newest;
  }

  /** Delivers what is not newer than `time`: nothing older comes later. */
  deliverUntil(time: Nanoseconds): void {
    if (this.order.length > 0) {
      this.order.sort(this.rows.values);
      this._release(this._countUntil(time));
    }
  }

  /** Delivers everything: nothing that comes later is older. */
  flush(): void {
    if (this.order.length > 0) {
      this.order.sort(this.rows.values);
      this._release(this.order.length);
    }
    this._limit = this._newest;
  }

  /**
   * How many of the sorted rows are not newer than `limit`. Records without a time wait for the first
   * record with one, whose time they get.
   */
  private _countUntil(limit: Nanoseconds): number {
    const time = this.rows.values;
    const { order, length } = this.order;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (time[order[middle]] <= limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const wait =
      low > 0 && this.delivered === NO_TIME && time[order[low - 1]] === NO_TIME;
    return wait ? 0 : low;
  }

  /** Delivers the first `count` of the sorted rows and keeps the rest: one run. */
  private _release(count: number): void {
    const rows = this.rows;
    const order = this.order;
    try {
      if (count > 0) {
        this._deliver(count);
      }
    } finally {
      // Also if the receiver throws: it does not get the same rows again.
      order.dropFirst(count);
      rows.keep(order.order, order.length);
      if (order.length > 0) {
        this.previous = rows.values[order.order[order.length - 1]];
      }
    }
  }

  private _deliver(count: number): void {
    const { order } = this.order;
    const newest = this.rows.values[order[count - 1]];
    this._giveTimes(order, count);
    this.delivered = Math.max(this.delivered, newest);
    const batch = this._batch;
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const to = Math.min(count, from + BATCH_ROWS);
      this.rows.copyTo(batch, order, from, to);
      this._onBatch(batch);
    }
  }

  /**
   * Records without a time stand first. They get the time of what was delivered before them, or else
   * of the record that follows, or else 0: no receiver needs to know of them.
   */
  private _giveTimes(order: Uint32Array, count: number): void {
    const time = this.rows.values;
    let timeless = 0;
    while (timeless < count && time[order[timeless]] === NO_TIME) {
      timeless++;
    }
    let given = this.delivered;
    if (given === NO_TIME) {
      given = timeless < count ? time[order[timeless]] : 0;
    }
    for (let index = 0; index < timeless; index++) {
      time[order[index]] = given;
    }
  }

  private readonly _batch = new BatchColumns();
  private _newest = NO_TIME;
  /** Newest time of the round before: next_flush in perf. */
  private _limit = NO_TIME;
  private _late = 0;
}
