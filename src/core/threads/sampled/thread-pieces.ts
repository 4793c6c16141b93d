/** The states of one thread: its own readings, laid under the holds of the GIL, which are read more often. */
import { lowerBound } from '../../columns';
import type { Nanoseconds } from '../../units';
import { grown } from '../growing-column';
import { ThreadState } from '../states';
import type { Span } from './hold-cells';
import { halfway, type ThreadSeries } from './series';

/** A span in which the thread had the GIL. */
export interface HeldSpan extends Span {
  /** 1 unless it slept. */
  readonly running: number;
}

/** A span in which the thread could run, but had no CPU. */
export interface QueuedSpan extends Span {
  /** It lies somewhere within so much time. */
  readonly within: Nanoseconds;
}

/** Pieces in order of time: piece i lasts from start[i] to start[i + 1], the last one to `end`. */
export class ThreadPieces {
  length = 0;
  start = new Float64Array(16);
  state = new Uint8Array(16);
  /** Row of the thread's series that tells the state; -1 where the GIL's readings do, or nothing does. */
  row = new Int32Array(16);
  /** How uncertain the begin is, where it is that or the end of a QueuedSpan; else 0. */
  queueEdge = new Float64Array(16);

  constructor(readonly end: Nanoseconds) {}

  push(
    start: Nanoseconds,
    state: number,
    row: number,
    queueEdge: Nanoseconds
  ): void {
    const before = this.length - 1;
    if (
      before >= 0 &&
      this.state[before] === state &&
      this.row[before] === row
    ) {
      return;
    }
    if (this.length === this.start.length) {
      const { start, state, row, queueEdge } = this;
      Object.assign(this, grown({ start, state, row, queueEdge }));
    }
    this.start[this.length] = start;
    this.state[this.length] = state;
    this.queueEdge[this.length] = queueEdge;
    this.row[this.length++] = row;
  }

  endOf(piece: number): Nanoseconds {
    return piece + 1 < this.length ? this.start[piece + 1] : this.end;
  }
}

/** What of a series tells when the thread was in which state. */
export type SeriesRows = Pick<
  ThreadSeries,
  'length' | 'first' | 'last' | 'state'
>;

export function isHolding(state: number): boolean {
  return (
    state === ThreadState.RunningGil || state === ThreadState.HoldingOffCpu
  );
}

/**
 * @param holds of this thread, in order of time
 * @param unknown spans in which nothing was read
 * @param queued spans in which the thread could run but had no CPU
 */
export function threadPieces(
  series: SeriesRows,
  holds: readonly HeldSpan[],
  unknown: readonly Span[],
  queued: readonly QueuedSpan[],
  begin: Nanoseconds,
  end: Nanoseconds
): ThreadPieces {
  const rows = ownRows(series);
  const borders = rowBorders(series, rows, holds);
  const pieces = new ThreadPieces(end);
  let row = 0;
  const hold = new Cursor(holds);
  const gap = new Cursor(unknown);
  const queue = new Cursor(queued);
  let queuingBefore: QueuedSpan | undefined;
  for (let time = begin; time < end;) {
    while (row < borders.length && borders[row] <= time) {
      row++;
    }
    const held = hold.at(time);
    const lost = gap.at(time) !== undefined;
    const queuing = queue.at(time);
    const waits = queuing !== undefined;
    const edge =
      queuing === queuingBefore ? 0 : ((queuing ?? queuingBefore)?.within ?? 0);
    queuingBefore = queuing;
    const own = row < rows.length ? rows[row] : -1;
    if (lost) {
      pieces.push(time, ThreadState.Unknown, -1, 0);
    } else if (held !== undefined) {
      const onCpu = held.running === 1 && !waits;
      pieces.push(
        time,
        onCpu ? ThreadState.RunningGil : ThreadState.HoldingOffCpu,
        -1,
        edge
      );
    } else if (own < 0) {
      pieces.push(time, ThreadState.Unknown, -1, 0);
    } else {
      const state = series.state[own];
      pieces.push(time, waits ? queuedState(state) : state, own, edge);
    }
    time = Math.min(
      end,
      row < borders.length ? borders[row] : Infinity,
      hold.next,
      gap.next,
      queue.next
    );
  }
  return pieces;
}

/**
 * Makes one of each two spans in a row that are near each other, in place: of their length together, at the second's end.
 *
 * @param near how far apart they may be
 */
export function mergeQueued(spans: QueuedSpan[], near: Nanoseconds): void {
  let to = 0;
  for (let at = 0; at < spans.length; at++) {
    const a = spans[at];
    const b: QueuedSpan | undefined = spans[at + 1];
    if (b === undefined || b.start - a.end > near) {
      spans[to++] = a;
      continue;
    }
    at++;
    spans[to++] = {
      start: b.start - (a.end - a.start),
      end: b.end,
      within: Math.max(b.end - a.start, a.within + b.within)
    };
  }
  spans.length = to;
}

/** A thread that was woken, or that lost its CPU. Whoever waits for the GIL waits for it all the same. */
function queuedState(state: number): number {
  return state === ThreadState.Running || state === ThreadState.OffCpu
    ? ThreadState.Preempted
    : state;
}

/** Rows that tell what the thread did without the GIL. */
function ownRows(series: SeriesRows): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < series.length; row++) {
    if (!isHolding(series.state[row])) {
      rows.push(row);
    }
  }
  return Int32Array.from(rows);
}

/**
 * Where one row ends and the next one begins: halfway, or in the hold between them that is nearest to that: there it
 * is not seen.
 */
function rowBorders(
  { first, last }: SeriesRows,
  rows: Int32Array,
  holds: readonly HeldSpan[]
): Float64Array {
  const ends = Float64Array.from(holds, ({ end }) => end);
  const borders = new Float64Array(Math.max(0, rows.length - 1));
  for (let i = 0; i < borders.length; i++) {
    const from = last[rows[i]];
    const to = first[rows[i + 1]];
    const middle = halfway(from, to);
    borders[i] = middle;
    const at = lowerBound(ends, ends.length, middle, true);
    const after = at < holds.length ? holds[at] : undefined;
    if (after !== undefined && after.start <= middle) {
      continue;
    }
    const before = at > 0 ? holds[at - 1] : undefined;
    const reachable = [
      ...(before !== undefined && before.end > from ? [before.end] : []),
      ...(after !== undefined && after.start < to ? [after.start] : [])
    ];
    for (const edge of reachable) {
      if (
        borders[i] === middle ||
        Math.abs(edge - middle) < Math.abs(borders[i] - middle)
      ) {
        borders[i] = edge;
      }
    }
  }
  return borders;
}

/** Goes along spans in order of time. */
class Cursor<S extends Span> {
  constructor(private readonly _spans: readonly S[]) {}

  /** The span that goes on at a time, which never falls. */
  at(time: Nanoseconds): S | undefined {
    while (this._at < this._spans.length && this._spans[this._at].end <= time) {
      this._at++;
    }
    const span: S | undefined = this._spans[this._at];
    const inside = span !== undefined && span.start <= time;
    this.next = span === undefined ? Infinity : inside ? span.end : span.start;
    return inside ? span : undefined;
  }

  /** When that changes. */
  next: Nanoseconds = Infinity;
  private _at = 0;
}
