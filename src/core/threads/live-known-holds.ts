/**
 * Holds that waiters saw, laid over the states of a thread that are told while a run goes on; known-holds.ts does the same
 * for the whole of a run.
 */
import type { Nanoseconds } from '../units';
import type { StateTimes } from './bucket-times';
import type { Gil } from './gil';
import { holding } from './known-holds';
import type { TracedThread } from './traced-thread';

/** Spans that are looked at: of what is further back, who had the GIL is not told. */
const MOST_SPANS = 4096;

export class LiveKnownHolds implements StateTimes {
  /** From now on what is added is this thread's, from `from` on; `times` is told. */
  begin(thread: TracedThread, from: Nanoseconds, times: StateTimes): void {
    this._times = times;
    this._spans.length = 0;
    this._at = 0;
    const { spans } = thread.gil;
    const least = Math.max(0, spans.length - MOST_SPANS);
    let first = spans.length;
    while (first > least && spans.end[first - 1] > from) {
      first--;
    }
    for (let row = first; row < spans.length; row++) {
      if (isOf(thread, thread.gil, row)) {
        this._spans.push({ start: spans.start[row], end: spans.end[row] });
      }
    }
  }

  add(state: number, start: Nanoseconds, end: Nanoseconds): void {
    const held = holding(state);
    let time = start;
    while (time < end) {
      while (this._at < this._spans.length && this._end <= time) {
        this._at++;
      }
      const within = this._start <= time;
      let until = Math.min(end, within ? this._end : this._start);
      if (within && held === undefined) {
        // It shows that it does not have it any more.
        this._at++;
        until = Math.min(end, this._start);
        if (until <= time) {
          continue;
        }
      }
      this._times?.add(within ? (held ?? state) : state, time, until);
      time = until;
    }
  }

  private get _start(): Nanoseconds {
    return this._at < this._spans.length
      ? this._spans[this._at].start
      : Infinity;
  }

  private get _end(): Nanoseconds {
    return this._at < this._spans.length ? this._spans[this._at].end : Infinity;
  }

  private _times: StateTimes | undefined;
  private readonly _spans: { start: Nanoseconds; end: Nanoseconds }[] = [];
  private _at = 0;
}

function isOf(thread: TracedThread, gil: Gil, row: number): boolean {
  const { spans, owners } = gil;
  const owner =
    spans.thread[row] >= 0
      ? spans.thread[row]
      : owners.ownerAt(spans.tstate[row], spans.start[row]);
  return owner === thread.index;
}
