/** Result of the analysis and what is known of the capture → the document of a run. */
import { percentages } from '../threads/percentages';
import { STATE_NAMES } from '../threads/states';
import {
  WaitKind,
  type ThreadRecord,
  type ThreadsResult
} from '../threads/result';
import type { ThreadIndex } from '../units';
import type {
  BlameRow,
  CaptureInfo,
  ReportDocument,
  RunInfo,
  ThreadRow,
  WaitRow
} from './document';
import { longestWaits, threadOrder } from './lanes';

/** How many of the longest waits a document lists. */
export const LISTED_WAITS = 100;

/** Names of WaitKind in a document; index = WaitKind. */
export const WAIT_KIND_NAMES = [
  'contended',
  'handoff',
  'forced',
  'unfinished'
] as const satisfies readonly WaitRow['kind'][];

/** What the analysis can't know. */
export interface DocumentContext {
  readonly run: RunInfo;
  readonly capture: Omit<CaptureInfo, 'duration_ns' | 'scheduler_states'>;
  /** threading's name of each thread, by tid. */
  readonly threadNames: ReadonlyMap<number, string>;
}

/**
 * Makes the document of a run. Its times count from the begin of the run. Threads stand in the order of
 * `threadOrder`; pairs of waiter and holder by waiting time, the longest first.
 */
export function buildDocument(
  result: ThreadsResult,
  context: DocumentContext
): ReportDocument {
  const { gil_enabled: gilEnabled } = context.capture;
  const counts = countWaits(result);
  return {
    run: context.run,
    capture: {
      ...context.capture,
      scheduler_states: result.schedulerStates,
      duration_ns: Math.round(result.end - result.begin)
    },
    threads: threadOrder(result).map(index => ({
      ...threadRow(result.threads[index], context.threadNames),
      ...(gilEnabled && {
        ...percentColumns(result.threads[index], result.schedulerStates),
        waits: counts.waits[index],
        forced_switches: counts.forced[index]
      })
    })),
    blame: blameRows(result),
    waits: waitRows(result)
  };
}

function threadRow(
  thread: ThreadRecord,
  names: ReadonlyMap<number, string>
): ThreadRow {
  const states: ThreadRow['states_ns'] = {};
  thread.statesNs.forEach((time, state) => {
    if (time > 0) {
      states[STATE_NAMES[state]] = Math.round(time);
    }
  });
  return {
    tid: thread.tid,
    pid: thread.pid,
    name: nameOf(thread, names),
    main: thread.main,
    native: thread.requests === 0,
    duration_ns: Math.round(thread.end - thread.begin),
    states_ns: states
  };
}

function nameOf(
  { tid, comm }: ThreadRecord,
  names: ReadonlyMap<number, string>
): string {
  const given = [names.get(tid), comm].find(
    name => name !== undefined && name !== ''
  );
  return given ?? `thread ${tid}`;
}

function percentColumns(
  thread: ThreadRecord,
  schedulerStates: boolean
): Partial<ThreadRow> {
  const { noGil, working, asleep, hasGil, gilWait } = percentages(
    thread,
    schedulerStates
  );
  return {
    ...percentColumn('no_gil_percent', noGil),
    ...percentColumn('no_gil_working_percent', working),
    ...percentColumn('no_gil_asleep_percent', asleep),
    ...percentColumn('has_gil_percent', hasGil),
    ...percentColumn('gil_wait_percent', gilWait)
  };
}

/** Three decimals: finer than any capture. Absent stays absent. */
function percentColumn<K extends keyof ThreadRow>(
  key: K,
  percent: number | undefined
): { [key in K]?: number } {
  return percent === undefined
    ? {}
    : ({ [key]: Math.round(percent * 1000) / 1000 } as { [key in K]?: number });
}

function countWaits(result: ThreadsResult): {
  waits: Float64Array;
  forced: Float64Array;
} {
  const waits = new Float64Array(result.threads.length);
  const forced = new Float64Array(result.threads.length);
  const { length, thread, kind } = result.waits;
  for (let i = 0; i < length; i++) {
    waits[thread[i]] += kind[i] === WaitKind.Forced ? 0 : 1;
  }
  const { holds } = result;
  for (let i = 0; i < holds.length; i++) {
    forced[holds.thread[i]] += holds.forced[i];
  }
  return { waits, forced };
}

function blameRows(result: ThreadsResult): BlameRow[] {
  const tid = (index: ThreadIndex): number => result.threads[index].tid;
  const rows = new Map<string, BlameRow>();
  for (const { waiter, holder, waitNs, count } of result.blame) {
    const waiterTid = tid(waiter);
    const holderTid = holder < 0 ? undefined : tid(holder);
    // Rows go by tid, which two threads of a run may share one after the other.
    const key = `${waiterTid} ${holderTid}`;
    const before = rows.get(key);
    rows.set(key, {
      waiter: { tid: waiterTid },
      ...(holderTid !== undefined && { holder: { tid: holderTid } }),
      wait_ns: (before?.wait_ns ?? 0) + Math.round(waitNs),
      count: (before?.count ?? 0) + count
    });
  }
  return [...rows.values()].sort((a, b) => b.wait_ns - a.wait_ns);
}

function waitRows(result: ThreadsResult): WaitRow[] {
  const { waits, threads, begin } = result;
  return longestWaits(waits, LISTED_WAITS).map(row => {
    const holder = waits.holder[row];
    return {
      tid: threads[waits.thread[row]].tid,
      start_ns: Math.round(waits.start[row] - begin),
      duration_ns: Math.round(waits.end[row] - waits.start[row]),
      ...(holder >= 0 && { holder_tid: threads[holder].tid }),
      kind: WAIT_KIND_NAMES[waits.kind[row]],
      ignored: waits.ignored[row]
    };
  });
}
