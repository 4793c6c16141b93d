/** What the analysis gathered → the result, clipped to the run's window. */
import {
  Attribution,
  type AttributionSources,
  type RecordedThread
} from './attribution';
import { blame } from './blame';
import {
  clipHolds,
  clipWaits,
  findEarlyHolders,
  type ClippedThread
} from './clip-rows';
import {
  addStateTimes,
  cutTrack,
  mergedLosses,
  type CutTrack
} from './final-track';
import type { Gil } from './gil';
import { knownHolds, withKnownHolds, type KnownHold } from './known-holds';
import type { LockWaitRows } from './lock-wait-rows';
import type { LossSpan } from './loss-log';
import type { NativeSampleRows } from './native-samples';
import type { OddityLog } from './oddity-log';
import {
  WaitKind,
  type BlameEntry,
  type LineRecord,
  type StackColumns,
  type ThreadsResult,
  type WaitColumns
} from './result';
import {
  clipLockWaits,
  collectionColumns,
  holdColumns,
  lockWaitColumns,
  waitColumns,
  type GilResult
} from './result-columns';
import type { SpanRows } from './span-rows';
import { STATE_COUNT, ThreadState } from './states';
import type { TracedThread } from './traced-thread';
import { wantedTimes } from './wanted-time';
import type { Nanoseconds } from '../units';

export interface Gathered {
  begin: Nanoseconds;
  end: Nanoseconds;
  /** Before this time nothing is known. */
  recordedFrom: Nanoseconds;
  schedulerStates: boolean;
  threads: readonly TracedThread[];
  gils: readonly Gil[];
  lockWaits: LockWaitRows;
  collections: SpanRows;
  lossSpans: readonly LossSpan[];
  /** Spans in which nothing was recorded. */
  gaps: readonly LossSpan[];
  oddities: OddityLog;
  native: NativeSampleRows;
  /** All lines that the indexes of lines name. */
  lines: readonly LineRecord[];
  sources: AttributionSources;
}

/** Most threads that 16 bits can name. */
const MAX_THREADS = 0x10000;

/** Puts the result together. Threads that lived outside the window only are left out, and those too many. */
export function buildResult(gathered: Gathered): ThreadsResult {
  const { begin, end, lossSpans } = gathered;
  const known = knownHolds(gathered.gils);
  const seen: KnownHold[] = [];
  const records: RecordedThread[] = [];
  const clipped = gathered.threads.map(
    (thread): ClippedThread & { died: Nanoseconds } => {
      const { born, died } = thread;
      const losses = mergedLosses(thread.losses, gathered.recordedFrom);
      const inside = born < end && died > begin && records.length < MAX_THREADS;
      const index = inside ? records.length : -1;
      if (inside) {
        const holds = known.get(thread.index) ?? [];
        records.push(
          threadRecord(thread, losses, holds, gathered, hold =>
            seen.push({ ...hold, thread: index })
          )
        );
      }
      return { index, losses, died };
    }
  );
  const window = {
    begin,
    end,
    threads: clipped,
    lossSpans: [...lossSpans, ...gathered.gaps]
  };

  const attribution = new Attribution(
    gathered.sources,
    records,
    clipped.map(({ index }) => index),
    gathered.gils.map(({ samples, owners }) => ({ rows: samples, owners })),
    gathered.native,
    gathered.lines.length > 0
  );
  const ofGils: { gil: Gil; rows: GilResult }[] = [];
  let entries: BlameEntry[] = [];
  gathered.gils.forEach((gil, index) => {
    const { ledger } = gil;
    findEarlyHolders(ledger.waits, ledger.holds, window);
    const holds = clipHolds(ledger.holds, window);
    // Known holds come after a change of the rung, all others before it.
    for (const hold of seen
      .filter(each => each.gil === index)
      .sort((a, b) => a.start - b.start)) {
      holds.push(hold.thread, hold.start, hold.end);
    }
    const waits = clipWaits(ledger.waits, holds, window);
    if (ofGils.length === 0 || holds.length + waits.length > 0) {
      entries = entries.concat(blame(waits, holds, records.length));
      const wanted = wantedTimes(holds, waits);
      const stack = new Int32Array(waits.length).fill(-1);
      const holderStack = new Int32Array(waits.length).fill(-1);
      const rows = { holds, waits, wanted, stack, holderStack };
      if (gil.mode === 'watch') {
        attribution.findLines(rows);
      } else if (gil.mode === 'futex') {
        attribution.findWaitLines(rows);
      }
      attribution.addGil(rows);
      ofGils.push({ gil, rows });
    }
  });
  const rows = ofGils.map(each => each.rows);
  const waits = waitColumns(rows);
  const lockWaits = clipLockWaits(gathered.lockWaits, window, clipped);
  const lockStacks = attribution.lockStacks(lockWaits);

  const lineSplit = attribution.lineSplit();
  const oddities = gathered.oddities.count(begin, end);
  return {
    begin,
    end,
    schedulerStates: gathered.schedulerStates,
    threads: attribution.threads(),
    waits,
    holds: holdColumns(rows),
    blame: entries,
    gils: ofGils.map(({ gil: { pid, address, main } }) => ({
      pid,
      address,
      main
    })),
    lockWaits: lockWaitColumns(lockWaits, lockStacks),
    collections: collectionColumns(gathered.collections, window, clipped),
    lines: gathered.lines,
    stacks: stackColumns(attribution.stacks),
    lineTimes: attribution.lineTimes(),
    lineBlame: attribution.lineBlame(),
    ...(lineSplit && { lineSplit }),
    ignored: attribution.ignored(),
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
  known: readonly KnownHold[],
  gathered: Gathered,
  report: (hold: KnownHold) => void
): RecordedThread {
  const begin = Math.max(thread.born, gathered.begin);
  const end = Math.min(thread.died, gathered.end);
  const { schedulerStates } = gathered;
  let track: CutTrack = cutTrack(thread.states.finish(end), losses, begin, end);
  let heldAsleepNs = thread.states.heldAsleepNs;
  if (known.length > 0 || !schedulerStates) {
    const asleep = timeOffCpu(track, end);
    track = withKnownHolds(track, end, known, schedulerStates, report);
    // What turned out to be holds.
    heldAsleepNs += asleep - timeOffCpu(track, end);
  }
  const statesNs = new Float64Array(STATE_COUNT);
  addStateTimes(track, end, statesNs);
  return {
    pid: thread.pid,
    tid: thread.tid,
    comm: thread.comm,
    main: thread.tid === thread.pid,
    begin,
    end,
    requests: thread.requests,
    statesNs,
    heldAsleepNs: Math.min(heldAsleepNs, statesNs[ThreadState.HoldingOffCpu]),
    track: {
      length: track.length,
      start: track.start,
      state: track.value,
      end
    }
  };
}

function timeOffCpu(track: CutTrack, end: Nanoseconds): Nanoseconds {
  const statesNs = new Float64Array(STATE_COUNT);
  addStateTimes(track, end, statesNs);
  return statesNs[ThreadState.OffCpu];
}

function stackColumns({ length, parent, line }: StackColumns): StackColumns {
  return {
    length,
    parent: parent.slice(0, length),
    line: line.slice(0, length)
  };
}

/** Waits that the end of the run found going on. */
function openAtEnd(waits: WaitColumns, end: Nanoseconds): number {
  let count = 0;
  for (let row = 0; row < waits.length; row++) {
    if (waits.kind[row] === WaitKind.Unfinished && waits.end[row] === end) {
      count++;
    }
  }
  return count;
}
