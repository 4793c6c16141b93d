/** What the analysis gathered → the result, clipped to the run's window. */
import { blame } from './blame';
import { clipHolds, clipWaits, type ClippedThread } from './clip-rows';
import { addStateTimes, composeTrack, mergedLosses } from './compose-track';
import type { Gil } from './gil';
import { HoldRows, WaitRows } from './gil-rows';
import type { LossSpan } from './loss-log';
import type { OddityLog } from './oddity-log';
import {
  WaitKind,
  type BlameEntry,
  type HoldColumns,
  type ThreadRecord,
  type ThreadsResult,
  type WaitColumns
} from './result';
import { STATE_COUNT } from './states';
import type { TracedThread } from './traced-thread';
import type { Nanoseconds } from '../units';

export interface Gathered {
  begin: Nanoseconds;
  end: Nanoseconds;
  /** Before this time nothing is known. */
  recordedFrom: Nanoseconds;
  schedulerStates: boolean;
  threads: readonly TracedThread[];
  gils: readonly Gil[];
  strings: readonly string[];
  lossSpans: readonly LossSpan[];
  oddities: OddityLog;
}

/** Most threads that 16 bits can name. */
const MAX_THREADS = 0x10000;

/** Puts the result together. Threads that lived outside the window only are left out, and those too many. */
export function buildResult(gathered: Gathered): ThreadsResult {
  const { begin, end, lossSpans } = gathered;
  const records: ThreadRecord[] = [];
  const clipped = gathered.threads.map((thread): ClippedThread => {
    const losses = mergedLosses(thread.losses, gathered.recordedFrom);
    const inside =
      thread.born < end && thread.died > begin && records.length < MAX_THREADS;
    if (inside) {
      records.push(threadRecord(thread, losses, gathered));
    }
    return { index: inside ? records.length - 1 : -1, losses };
  });

  const holds = new HoldRows();
  const waits = new WaitRows();
  let entries: BlameEntry[] = [];
  for (const gil of gathered.gils) {
    const window = { begin, end, threads: clipped, lossSpans };
    const ownHolds = clipHolds(gil.ledger.holds, window);
    const ownWaits = clipWaits(
      gil.ledger.waits,
      gil.ledger.holds,
      ownHolds,
      window
    );
    entries = entries.concat(blame(ownWaits, ownHolds, records.length));
    holds.pushAll(ownHolds);
    waits.pushAll(ownWaits);
  }

  const oddities = gathered.oddities.count(begin, end);
  return {
    begin,
    end,
    schedulerStates: gathered.schedulerStates,
    threads: records,
    waits: waitColumns(waits),
    holds: holdColumns(holds),
    blame: entries,
    oddities: {
      ...oddities,
      neverAcquired: oddities.neverAcquired + openAtEnd(waits, end)
    },
    lossSpans: lossSpans
      .map(span => ({
        start: Math.max(span.start, begin),
        end: Math.min(span.end, end)
      }))
      .filter(span => span.start < span.end)
  };
}

function threadRecord(
  thread: TracedThread,
  losses: readonly Nanoseconds[],
  gathered: Gathered
): ThreadRecord {
  const begin = Math.max(thread.born, gathered.begin);
  const end = Math.min(thread.died, gathered.end);
  const { schedulerStates, strings } = gathered;
  const track = composeTrack(thread, losses, begin, end, schedulerStates);
  const statesNs = new Float64Array(STATE_COUNT);
  addStateTimes(track, end, statesNs);
  return {
    pid: thread.pid,
    tid: thread.tid,
    comm: strings[thread.comm] ?? thread.startComm,
    main: thread.tid === thread.pid,
    begin,
    end,
    requests: thread.requests,
    statesNs,
    track: {
      length: track.length,
      start: track.start.slice(0, track.length),
      state: track.value.slice(0, track.length),
      end
    }
  };
}

/** Waits that the end of the run found going on. */
function openAtEnd(waits: WaitRows, end: Nanoseconds): number {
  let count = 0;
  for (let row = 0; row < waits.length; row++) {
    if (waits.kind[row] === WaitKind.Unfinished && waits.end[row] === end) {
      count++;
    }
  }
  return count;
}

function holdColumns(rows: HoldRows): HoldColumns {
  const order = orderByStart(rows);
  return {
    length: rows.length,
    thread: pick(rows.thread, order, Uint16Array),
    start: pick(rows.start, order, Float64Array),
    end: pick(rows.end, order, Float64Array),
    forced: pick(rows.forced, order, Uint8Array)
  };
}

function waitColumns(rows: WaitRows): WaitColumns {
  const order = orderByStart(rows);
  return {
    length: rows.length,
    thread: pick(rows.thread, order, Uint16Array),
    start: pick(rows.start, order, Float64Array),
    end: pick(rows.end, order, Float64Array),
    holder: pick(rows.holder, order, Int32Array),
    kind: pick(rows.kind, order, Uint8Array),
    ignored: pick(rows.ignored, order, Uint16Array),
    uncertainty: pick(rows.uncertainty, order, Float64Array)
  };
}

/** Rows in order of their starts; of those that start together the first stays the first. */
function orderByStart(rows: {
  length: number;
  start: Float64Array;
}): Uint32Array {
  const order = new Uint32Array(rows.length);
  let sorted = true;
  for (let row = 0; row < rows.length; row++) {
    order[row] = row;
    sorted &&= row === 0 || rows.start[row - 1] <= rows.start[row];
  }
  return sorted
    ? order
    : order.sort((a, b) => rows.start[a] - rows.start[b] || a - b);
}

function pick<Column extends { [row: number]: number }>(
  from: ArrayLike<number>,
  order: Uint32Array,
  columnType: new (length: number) => Column
): Column {
  const to = new columnType(order.length);
  for (let row = 0; row < order.length; row++) {
    to[row] = from[order[row]];
  }
  return to;
}
