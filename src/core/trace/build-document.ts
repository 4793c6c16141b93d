/** Result of the analysis and what is known of the capture → the document of a run. */
import { percentages } from '../threads/percentages';
import { STATE_NAMES } from '../threads/states';
import {
  WaitKind,
  type ThreadRecord,
  type ThreadsResult
} from '../threads/result';
import type { Nanoseconds, ThreadIndex } from '../units';
import { blameRows, madeWaitSpreads } from './blame-rows';
import { shorten } from './bound-texts';
import { cellTexts } from './cell-texts';
import { collectionsInfo } from './collections-info';
import type {
  CaptureInfo,
  ReportDocument,
  RunInfo,
  ThreadRow,
  WaitRow
} from './document';
import { ignoredRows } from './ignored-rows';
import { threadOrder } from './lanes';
import { lineRows } from './line-rows';
import { lockRows } from './lock-rows';
import { percentColumn, percentErrors, sampledTimes } from './sampled-fields';
import {
  NO_SOURCES,
  SourcePaths,
  type IPlaces,
  type SourceContext
} from './source-paths';
import { SourceStacks } from './source-stacks';
import { waitHistogram } from './wait-histogram';
import { waitRows } from './wait-rows';

/** Shorter waits may be caused by tracing: a probe hit on each side takes about as long. */
const SHORT_WAIT_NS = 20_000;

/** Hits of watchpoints, which cost more, between a drop and the next take: the drop, the signal, the take. */
const HITS_OF_HAND_OFF = 3;

/** Most characters of what perf said. */
const REASON_LENGTH = 500;

/** What the analysis can't know. */
export interface DocumentContext {
  readonly run: RunInfo;
  readonly capture: Omit<CaptureInfo, 'duration_ns' | 'scheduler_states'>;
  /** threading's name of each thread, by tid. */
  readonly threadNames: ReadonlyMap<number, string>;
  /** Where code comes from; without it files are named by their full path, homes left out. */
  readonly sources?: SourceContext;
  /** Names places instead of `sources`, from which it may be made: those of a trace file have their names. */
  readonly places?: IPlaces;
  /** For each row of the thread table the index into the result's threads; default: `threadOrder`. */
  readonly order?: readonly ThreadIndex[];
  /** The listed waits; default: the longest of the result. */
  readonly waits?: readonly WaitRow[];
}

/**
 * Makes the document of a run. Its times count from the begin of the run. Threads stand in the order of
 * `threadOrder`; pairs of waiter and holder by waiting time, the longest first.
 */
export function buildDocument(
  result: ThreadsResult,
  context: DocumentContext
): ReportDocument {
  const duration = Math.round(result.end - result.begin);
  const capture = withinRun(context.capture, duration);
  const { gil_enabled: gilEnabled } = capture;
  const paths =
    context.places ?? new SourcePaths(context.sources ?? NO_SOURCES);
  const stacks = new SourceStacks(result.lines, result.stacks, paths);
  const recorded = recordedHolds(capture);
  const columns = new GilColumns(result, recorded);
  const blame = blameRows(result, stacks);
  const collections = collectionsInfo(result, capture.collections);
  const lines = lineRows(
    result,
    paths,
    blame,
    { holds: recorded !== 'none', sampled: result.sampled },
    madeWaitSpreads(result, stacks)
  );
  const cells = cellTexts(context.sources?.cells ?? [], lines);
  return {
    run: context.run,
    capture: {
      ...capture,
      ...(gilEnabled &&
        recorded !== 'sampled' && {
          short_waits: shortWaits(result, shortWaitLimit(capture))
        }),
      scheduler_states: result.schedulerStates,
      duration_ns: duration
    },
    threads: (context.order ?? threadOrder(result)).map(index => ({
      ...threadRow(result.threads[index], context.threadNames, paths),
      ...(gilEnabled && columns.of(index))
    })),
    blame,
    waits: [...(context.waits ?? waitRows(result, stacks))],
    ...(gilEnabled &&
      recorded !== 'sampled' && { wait_histogram: waitHistogram(result) }),
    lines,
    ...(cells.length > 0 && { cells }),
    ignored: ignoredRows(result, stacks, paths),
    locks: lockRows(result, stacks),
    ...(collections && { collections })
  };
}

/** Without what happened after the run's end, while it was stopped: nothing of the run is missing then. */
function withinRun(
  { shed, over_limit: over, ...others }: DocumentContext['capture'],
  duration: Nanoseconds
): DocumentContext['capture'] {
  return {
    ...others,
    ...(shed && shed.at_ns < duration && { shed }),
    ...(over &&
      over.at_ns < duration && {
        over_limit: { ...over, reason: shorten(over.reason, REASON_LENGTH) }
      })
  };
}

/** Shorter waits may be caused by tracing. */
function shortWaitLimit({
  mode,
  ns_per_hit: nsPerHit = 0
}: DocumentContext['capture']): Nanoseconds {
  return mode === 'watch'
    ? Math.max(SHORT_WAIT_NS, HITS_OF_HAND_OFF * nsPerHit)
    : SHORT_WAIT_NS;
}

/** Whether every take and drop was recorded: in the whole run, in a part of it, or not at all; or holds were sampled. */
type RecordedHolds = 'all' | 'some' | 'none' | 'sampled';

function recordedHolds({
  mode,
  shed
}: DocumentContext['capture']): RecordedHolds {
  switch (mode) {
    case 'waits':
    case 'futex':
      return 'none';
    case 'sample':
      return 'sampled';
    default:
      return shed === undefined ? 'all' : 'some';
  }
}

function threadRow(
  thread: ThreadRecord,
  names: ReadonlyMap<number, string>,
  paths: IPlaces
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
    native: !thread.python,
    duration_ns: Math.round(thread.end - thread.begin),
    states_ns: states,
    ...(thread.heldAsleepNs !== undefined &&
      thread.heldAsleepNs >= 0.5 && {
        held_asleep_ns: Math.round(thread.heldAsleepNs)
      }),
    ...sampledTimes(thread),
    ...(thread.library !== undefined && {
      library: paths.libraryName(thread.library)
    })
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

/** The columns of a thread's row that only a run with a GIL has. */
class GilColumns {
  constructor(
    private readonly result: ThreadsResult,
    private readonly recorded: RecordedHolds
  ) {
    const { waits, holds, threads } = result;
    this.waits = new Float64Array(threads.length);
    this.forced = new Float64Array(threads.length);
    this.harmless = new Float64Array(threads.length);
    this.wanted = new Float64Array(threads.length);
    for (let i = 0; i < waits.length; i++) {
      const forced = waits.kind[i] === WaitKind.Forced;
      this.waits[waits.thread[i]] += forced ? 0 : 1;
      // Where drops were not recorded, the wait after a forced one still was.
      this.forced[waits.thread[i]] += forced && recorded === 'none' ? 1 : 0;
    }
    for (let i = 0; i < holds.length; i++) {
      const sums = holds.wanted[i] > 0 ? this.wanted : this.harmless;
      sums[holds.thread[i]] += holds.end[i] - holds.start[i];
      this.forced[holds.thread[i]] += holds.forced[i];
    }
  }

  of(index: ThreadIndex): Partial<ThreadRow> {
    return {
      ...this.percentages(index),
      ...(this.recorded !== 'sampled' && {
        waits: this.waits[index],
        forced_switches: this.forced[index]
      }),
      ...(this.recorded !== 'none' && {
        harmless_holds_ns: Math.round(this.harmless[index]),
        wanted_holds_ns: Math.round(this.wanted[index])
      })
    };
  }

  private percentages(index: ThreadIndex): Partial<ThreadRow> {
    const { hasGil, noGil, working, asleep, gilWait } = percentages(
      this.result.threads[index],
      this.result.schedulerStates
    );
    return {
      // A thread that was not seen to take the GIL may still have had it.
      ...((this.recorded === 'all' || this.recorded === 'sampled') && {
        ...percentColumn('no_gil_percent', noGil),
        ...percentColumn('no_gil_working_percent', working),
        ...percentColumn('no_gil_asleep_percent', asleep),
        ...percentColumn('has_gil_percent', hasGil)
      }),
      ...percentColumn('gil_wait_percent', gilWait),
      ...percentErrors(this.result.threads[index])
    };
  }

  private readonly waits: Float64Array;
  private readonly forced: Float64Array;
  private readonly harmless: Float64Array;
  private readonly wanted: Float64Array;
}

function shortWaits(
  { waits }: ThreadsResult,
  limit: Nanoseconds
): NonNullable<CaptureInfo['short_waits']> {
  let count = 0;
  let waitNs = 0;
  for (let i = 0; i < waits.length; i++) {
    const duration = waits.end[i] - waits.start[i];
    const { kind } = waits;
    const ended =
      kind[i] === WaitKind.Contended || kind[i] === WaitKind.Handoff;
    if (ended && duration < limit) {
      count++;
      waitNs += duration;
    }
  }
  return {
    count,
    wait_ns: Math.round(waitNs),
    ...(limit !== SHORT_WAIT_NS && { below_ns: limit })
  };
}
