/** The live view of an analysis of records. */
import { lowerBound } from '../columns';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../units';
import type { StateTimes } from './bucket-times';
import { recordsWaitsOnly, type Gil } from './gil';
import type { PresentHolder } from './gil-events';
import { lastReading } from './last-readings';
import {
  NO_PLACE,
  type LiveAnalysis,
  type LiveGuess,
  type LiveHold,
  type LivePlace,
  type LiveThreadFacts,
  type LongestWait
} from './live-analysis';
import { LiveKnownHolds } from './live-known-holds';
import { OpenPhases } from './open-phases';
import type { StackReadings } from './stack-readings';
import type { ThreadRegistry } from './thread-registry';
import { Standing, type TracedThread } from './traced-thread';

/** A holder that was not read since it took the GIL stands where it did so short a while before. */
const SAME_PLACE: Nanoseconds = 100_000_000;

/** What is known of the waits for one GIL. */
interface SeenWaits {
  /** Rows that were looked at. */
  rows: number;
  /** The longest one's; -1 if there is none. */
  longest: number;
}

export class RecordedLive implements LiveAnalysis {
  /** @param _readings what the reader of stacks has seen so far */
  constructor(
    private readonly _registry: ThreadRegistry,
    private readonly _readings: () => StackReadings | undefined
  ) {}

  get threadCount(): number {
    return this._registry.threads.length;
  }

  look(until: Nanoseconds): void {
    this._until = until;
    this._holders.clear();
    for (const gil of this._registry.gils) {
      this._holders.set(gil, gil.events.holder());
    }
  }

  thread(index: ThreadIndex): LiveThreadFacts {
    const { pid, tid, comm, requests, born, died } =
      this._registry.threads[index];
    return { pid, tid, comm, native: requests === 0, born, died };
  }

  guess(index: ThreadIndex): LiveGuess {
    const open = this._open;
    this._lookAt(this._registry.threads[index]);
    const last = open.length === 0 ? -1 : open.phase[open.length - 1];
    this._guess.from = open.guessedFrom;
    this._guess.what = last * 8 + open.cpu;
    return this._guess;
  }

  tell(index: ThreadIndex, from: Nanoseconds, times: StateTimes): void {
    const thread = this._registry.threads[index];
    const begin = Math.max(from, thread.born);
    const until = Math.min(this._until, thread.died);
    if (begin < until) {
      this._lookAt(thread);
      if (thread.gil.spans.length > 0) {
        this._knownHolds.begin(thread, begin, times);
        thread.states.tell(begin, until, this._open, this._knownHolds);
      } else {
        thread.states.tell(begin, until, this._open, times);
      }
    }
  }

  holders(): LiveHold[] | undefined {
    const holds: LiveHold[] = [];
    let known = false;
    for (const [gil, holder] of this._holders) {
      known ||= holder !== undefined || !recordsWaitsOnly(gil.mode);
      if (holder !== undefined) {
        const { thread, since } = holder;
        holds.push({
          thread: thread.index,
          since,
          place: this._placeOfHolder(thread, since)
        });
      }
    }
    return known ? holds : undefined;
  }

  longestWait(since: Nanoseconds): LongestWait | undefined {
    let longest: { thread: TracedThread; start: number; end: number } = {
      thread: this._registry.threads[0],
      start: 0,
      end: 0
    };
    let found: { gil: Gil; line: LineIndex; open: boolean } | undefined;
    for (const gil of this._registry.gils) {
      const row = this._longestRow(gil, since);
      const { waits } = gil.ledger;
      if (row >= 0 && waits.end[row] - waits.start[row] > lengthOf(longest)) {
        const thread = this._registry.threads[waits.thread[row]];
        longest = { thread, start: waits.start[row], end: waits.end[row] };
        found = { gil, line: waits.line[row], open: false };
      }
    }
    for (const thread of this._registry.threads) {
      const start = Math.max(thread.waitStart, since);
      const end = this._waitedUntil(thread);
      if (end - start > lengthOf(longest)) {
        longest = { thread, start, end };
        const open = end === this._until;
        found = { gil: thread.gil, line: thread.line, open };
      }
    }
    if (found === undefined) {
      return undefined;
    }
    const { thread, start, end } = longest;
    const { gil, line, open } = found;
    const holder = this._holderAt(gil, start);
    const holding = holder < 0 ? undefined : this._registry.threads[holder];
    return {
      thread: thread.index,
      start,
      end,
      open,
      holder,
      place: this._place(thread.tid, start, end, line, false),
      holderPlace: holding
        ? this._place(holding.tid, start, end, -1, true)
        : NO_PLACE
    };
  }

  /** Until when the thread waited whose wait has no row yet; -Infinity if there is no such wait. */
  private _waitedUntil(thread: TracedThread): Nanoseconds {
    if (thread.died < Infinity) {
      return -Infinity;
    }
    switch (thread.standing) {
      case Standing.Waiting:
        return this._until;
      case Standing.Yielding:
        return Math.min(
          thread.gil.events.yieldedUntil?.(thread) ?? Infinity,
          this._until
        );
      case Standing.Acquired:
        return this._holders.get(thread.gil)?.thread === thread
          ? thread.gil.ledger.acquiredAt(thread)
          : -Infinity;
      default:
        return -Infinity;
    }
  }

  /** Looks at the rows since the last time. */
  private _longestRow(gil: Gil, since: Nanoseconds): number {
    let seen = this._waits.get(gil);
    if (seen === undefined) {
      seen = { rows: 0, longest: -1 };
      this._waits.set(gil, seen);
    }
    const { start, end, length } = gil.ledger.waits;
    let { longest } = seen;
    for (let row = seen.rows; row < length; row++) {
      if (
        start[row] >= since &&
        (longest < 0 || end[row] - start[row] > end[longest] - start[longest])
      ) {
        longest = row;
      }
    }
    seen.rows = length;
    seen.longest = longest;
    return longest;
  }

  private _holderAt(gil: Gil, time: Nanoseconds): ThreadIndex {
    const present = this._holders.get(gil);
    if (present !== undefined && present.since <= time) {
      return present.thread.index;
    }
    const rows = recordsWaitsOnly(gil.mode) ? gil.spans : gil.ledger.holds;
    const row = lowerBound(rows.start, rows.length, time, true) - 1;
    return row >= 0 && rows.end[row] >= time ? rows.thread[row] : -1;
  }

  private _placeOfHolder(
    { tid, line }: TracedThread,
    since: Nanoseconds
  ): LivePlace {
    const seen = this._place(tid, since, Infinity, -1, true);
    return seen.stack >= 0
      ? seen
      : this._place(tid, since - SAME_PLACE, Infinity, line, false);
  }

  private _place(
    tid: number,
    from: Nanoseconds,
    to: Nanoseconds,
    line: LineIndex,
    holding: boolean
  ): LivePlace {
    const readings = this._readings();
    const stack =
      readings === undefined
        ? -1
        : lastReading(readings, { tid, from, to, line, holding });
    return { stack, line };
  }

  private _lookAt(thread: TracedThread): void {
    this._open.of(thread, this._holders.get(thread.gil));
  }

  private _until: Nanoseconds = -Infinity;
  private readonly _holders = new Map<Gil, PresentHolder | undefined>();
  private readonly _waits = new Map<Gil, SeenWaits>();
  private readonly _open = new OpenPhases();
  private readonly _knownHolds = new LiveKnownHolds();
  private readonly _guess = { from: Infinity, what: 0 };
}

function lengthOf({ start, end }: { start: number; end: number }): Nanoseconds {
  return end - start;
}
