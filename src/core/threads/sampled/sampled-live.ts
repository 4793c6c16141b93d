/**
 * The live view of readings. What is told of a span comes from the readings in it and the next ones on both sides, as in
 * the result; what the result corrects by what it knows of the whole run is not.
 */
import { lowerBound } from '../../columns';
import type { Nanoseconds, ThreadIndex } from '../../units';
import type { StateTimes } from '../bucket-times';
import {
  NO_PLACE,
  type LiveAnalysis,
  type LiveGuess,
  type LiveHold,
  type LiveThreadFacts,
  type LongestWait
} from '../live-analysis';
import { ThreadState } from '../states';
import { SOMEBODY, type SampledThread } from './batch';
import { HoldCells } from './hold-cells';
import type { RoundTimes } from './round-times';
import { heldSpans } from './sampled-threads';
import type { HolderSeries, ThreadSeries } from './series';
import {
  threadPieces,
  type HeldSpan,
  type QueuedSpan,
  type SeriesRows,
  type ThreadPieces
} from './thread-pieces';

/** What of the analysis is looked at. */
export interface SampledSoFar {
  readonly threads: readonly (SampledThread & {
    readonly died: Nanoseconds;
    readonly series: ThreadSeries;
    readonly queued: readonly QueuedSpan[];
  })[];
  readonly gils: readonly { readonly series: HolderSeries }[];
  readonly times: RoundTimes;
  /** Mean time between two rounds. */
  period(): Nanoseconds;
}

const UNREAD: LiveGuess = { from: -Infinity, what: 0 };

interface Wait {
  thread: ThreadIndex;
  start: Nanoseconds;
  end: Nanoseconds;
  holder: ThreadIndex;
  stack: number;
  holderStack: number;
}

export class SampledLive implements LiveAnalysis {
  constructor(private readonly _soFar: SampledSoFar) {}

  get threadCount(): number {
    return this._soFar.threads.length;
  }

  look(until: Nanoseconds): void {
    const from = Math.max(this._until, this._soFar.times.first || 0);
    this._until = until;
    this._heldFrom = NaN;
    if (from < until) {
      for (const { index } of this._soFar.threads) {
        this._seeWaits(index, from);
      }
    }
  }

  thread(index: ThreadIndex): LiveThreadFacts {
    const { pid, tid, comm, gil, born, died } = this._soFar.threads[index];
    return { pid, tid, comm, native: gil < 0 && tid !== pid, born, died };
  }

  /** Since its last reading a thread may have done something else. */
  guess(index: ThreadIndex): LiveGuess {
    const { length, last } = this._soFar.threads[index].series;
    return length === 0 ? UNREAD : { from: last[length - 1], what: length };
  }

  tell(index: ThreadIndex, from: Nanoseconds, times: StateTimes): void {
    const pieces = this._pieces(index, from);
    for (let piece = 0; piece < (pieces?.length ?? 0); piece++) {
      if (pieces !== undefined) {
        times.add(
          pieces.state[piece],
          pieces.start[piece],
          pieces.endOf(piece)
        );
      }
    }
  }

  holders(): LiveHold[] {
    return this._soFar.gils.flatMap(({ series }) => {
      const { length, thread, first, stack } = series;
      let row = length - 1;
      if (row < 0 || thread[row] < 0) {
        return [];
      }
      const holder = thread[row];
      let seen = stack[row];
      while (row > 0 && thread[row - 1] === holder) {
        row--;
        seen = seen < 0 ? stack[row] : seen;
      }
      const place = { stack: seen, line: -1 };
      return [{ thread: holder, since: first[row], place }];
    });
  }

  longestWait(since: Nanoseconds): LongestWait | undefined {
    let longest = this._longest;
    for (const wait of this._open) {
      if (wait !== undefined && lengthOf(wait) > lengthOf(longest)) {
        longest = wait;
      }
    }
    if (longest === undefined) {
      return undefined;
    }
    const { thread, start, end, holder, stack, holderStack } = longest;
    return {
      thread,
      start: Math.max(start, since),
      end,
      open: this._open[thread] === longest,
      holder,
      place: { stack, line: -1 },
      holderPlace: holderStack < 0 ? NO_PLACE : { stack: holderStack, line: -1 }
    };
  }

  /** Goes on with the thread's waits. */
  private _seeWaits(index: ThreadIndex, from: Nanoseconds): void {
    const pieces = this._pieces(index, from);
    const { series, gil } = this._soFar.threads[index];
    for (let piece = 0; piece < (pieces?.length ?? 0); piece++) {
      const open = this._open[index];
      if (pieces?.state[piece] === ThreadState.WaitingGil) {
        const end = pieces.endOf(piece);
        if (open !== undefined) {
          open.end = end;
          continue;
        }
        const start = pieces.start[piece];
        const row = pieces.row[piece];
        this._open[index] = {
          thread: index,
          start,
          end,
          ...this._holderAt(gil, start),
          stack: row < 0 ? -1 : series.stack[row + this._firstRow]
        };
      } else if (open !== undefined) {
        if (lengthOf(open) > lengthOf(this._longest)) {
          this._longest = open;
        }
        this._open[index] = undefined;
      }
    }
  }

  private _holderAt(
    gil: number,
    time: Nanoseconds
  ): { holder: ThreadIndex; holderStack: number } {
    const series = this._soFar.gils[gil]?.series;
    const row = series
      ? lowerBound(series.first, series.length, time, true) - 1
      : -1;
    return series === undefined || row < 0
      ? { holder: -1, holderStack: -1 }
      : {
          holder: Math.max(-1, series.thread[row]),
          holderStack: series.stack[row]
        };
  }

  /** From `from` to the look's time; undefined if the thread is not there then. */
  private _pieces(
    index: ThreadIndex,
    from: Nanoseconds
  ): ThreadPieces | undefined {
    const { series, queued, born, died } = this._soFar.threads[index];
    const begin = Math.max(from, born);
    const end = Math.min(this._until, died);
    if (begin >= end) {
      return undefined;
    }
    this._findHolds(from);
    return threadPieces(
      this._rowsWithin(series, begin, end),
      this._held[index],
      this._soFar.times.unknown(begin, end, this._soFar.period()),
      queuedWithin(queued, begin),
      begin,
      end
    );
  }

  /** The holds from `from` on: most threads are asked for the same span. */
  private _findHolds(from: Nanoseconds): void {
    if (this._heldFrom === from) {
      return;
    }
    const { gils, threads, times } = this._soFar;
    const rounds = {
      first: times.first,
      last: times.last,
      period: this._soFar.period()
    };
    const cells = gils.map(
      ({ series }) =>
        new HoldCells(series, from, this._until, rounds, thread =>
          thread < 0 || thread < threads.length ? thread : SOMEBODY
        )
    );
    this._held = heldSpans(cells, threads.length);
    this._heldFrom = from;
  }

  /** The rows of a span, and one on each side that does not hold: those in between lie in holds. */
  private _rowsWithin(
    series: ThreadSeries,
    begin: Nanoseconds,
    end: Nanoseconds
  ): SeriesRows {
    const { first, last, state, length } = series;
    const from = Math.max(0, lowerBound(last, length, begin) - ROWS_BESIDE);
    const to = Math.min(length, lowerBound(first, length, end) + ROWS_BESIDE);
    this._firstRow = from;
    return {
      length: to - from,
      first: first.subarray(from, to),
      last: last.subarray(from, to),
      state: state.subarray(from, to)
    };
  }

  private _until: Nanoseconds = -Infinity;
  private _held: HeldSpan[][] = [];
  private _heldFrom: Nanoseconds = NaN;
  /** Row of the series that the rows of the pieces count from. */
  private _firstRow = 0;
  private readonly _open: (Wait | undefined)[] = [];
  private _longest: Wait | undefined;
}

/** Rows beside a span: its edges lie halfway to the next reading that is not of a hold, most often the next but one. */
const ROWS_BESIDE = 8;

function queuedWithin(
  queued: readonly QueuedSpan[],
  begin: Nanoseconds
): QueuedSpan[] {
  let from = queued.length;
  while (from > 0 && queued[from - 1].end > begin) {
    from--;
  }
  return queued.slice(from);
}

function lengthOf(wait: Wait | undefined): Nanoseconds {
  return wait === undefined ? 0 : wait.end - wait.start;
}
