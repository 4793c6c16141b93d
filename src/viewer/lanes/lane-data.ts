/** Lanes of a bundle: which threads they show, in which order, and where their data lies. */
import type { ThreadRow } from '../../core/trace/document';
import { isIdle } from '../../core/trace/idle';
import type { BundleView } from '../../core/trace/bundle-view';
import { ThreadState } from '../../core/threads/states';
import type { Nanoseconds, ThreadIndex } from '../../core/units';
import { AttachableLane } from './attachable-lane';
import { BundleLane, exactSpan, type ExactSpan } from './bundle-lane';
import { Room } from './column-shares';
import type { ILaneSource } from './lane-source';

export interface Lane {
  /** Names the lane within its run, also when the run is shown again. */
  readonly key: string;
  readonly source: ILaneSource;
  /** Number of threads that it stands for. */
  readonly count: number;
  /** The lane's thread; undefined for a lane of several threads. */
  readonly thread: ThreadRow | undefined;
  /** Whether it stands for a folded group, whose threads have lanes of their own. */
  readonly mean: boolean;
  /** All its threads that the table lists. */
  readonly threads: readonly ThreadRow[];
  /**
   * Number by which the GIL's lane and the tables name the thread, from 1; undefined for threads that
   * never asked for the GIL and for lanes of several threads.
   */
  readonly number: number | undefined;
  /** Never waited for the GIL and slept all the time: folded away at first. */
  readonly idle: boolean;
  /** How long its threads waited for the GIL, and how long they made others wait, as far as tables tell. */
  readonly waitedNs: Nanoseconds;
  readonly madeWaitNs: Nanoseconds;
}

/**
 * The lanes of a bundle, in the order of the screen: of each process the main thread, the threads that asked
 * for the GIL, native and idle threads; then lanes of several threads.
 */
export function lanesOf(view: BundleView): readonly Lane[] {
  const { document, overview } = view;
  if (document === undefined || overview === undefined) {
    return [];
  }
  const size = overview.buckets * overview.states.length;
  const processes = [...new Set(document.threads.map(({ pid }) => pid))];
  const room = new Room();
  const lanes = overview.lanes.map(({ threads, count }, index) => {
    const thread = count === 1 ? document.threads[threads[0]] : undefined;
    const stored = new BundleLane(
      {
        bucketNs: overview.bucketNs,
        buckets: overview.buckets,
        states: overview.states,
        shares: overview.shares.subarray(index * size, (index + 1) * size)
      },
      thread === undefined ? [] : exactSpans(view, threads[0]),
      room
    );
    const row = thread === undefined ? undefined : threads[0];
    const source = new AttachableLane(stored, row, runEndOf(view));
    const process = processes.indexOf(thread?.pid ?? -1);
    const rows = threads.map(row => document.threads[row]);
    return {
      source,
      count,
      thread,
      rows,
      process,
      rank: rankOf(thread),
      index
    };
  });
  lanes.sort(
    (a, b) =>
      Number(a.thread === undefined) - Number(b.thread === undefined) ||
      a.process - b.process ||
      a.rank - b.rank ||
      a.index - b.index
  );
  const madeWait = new Map<number, Nanoseconds>();
  for (const { holder, wait_ns: time } of document.blame) {
    if (holder !== undefined) {
      madeWait.set(holder.tid, (madeWait.get(holder.tid) ?? 0) + time);
    }
  }
  const sum = (
    rows: readonly ThreadRow[],
    read: (row: ThreadRow) => Nanoseconds | undefined
  ): Nanoseconds => rows.reduce((total, row) => total + (read(row) ?? 0), 0);
  let number = 0;
  return lanes.map(({ source, count, thread, rows, index }) => ({
    key: `lane-${index}`,
    source,
    count,
    thread,
    mean: false,
    threads: rows,
    number: thread === undefined || thread.native ? undefined : ++number,
    idle: thread !== undefined && isIdle(thread),
    waitedNs: sum(rows, row => row.states_ns['waiting-gil']),
    madeWaitNs: sum(rows, ({ tid }) => madeWait.get(tid))
  }));
}

/** End of the run's time. The overview may end a little later, at its last bucket's end. */
export function runEndOf(view: BundleView): Nanoseconds {
  const duration = view.document?.capture.duration_ns ?? 0;
  const { bucketNs = 0, buckets = 0 } = view.overview ?? {};
  return duration > 0 ? duration : bucketNs * buckets;
}

/** Whether the states of the lanes tell who holds the GIL: some captures see only who waits for it. */
export function holdersKnown(lanes: readonly Lane[]): boolean {
  const states = lanes.flatMap(({ source }) => source.states);
  return (
    !states.includes(ThreadState.OnCpu) ||
    states.includes(ThreadState.RunningGil)
  );
}

function rankOf(thread: ThreadRow | undefined): number {
  if (thread === undefined) {
    return 3;
  }
  if (thread.main) {
    return 0;
  }
  return thread.native || isIdle(thread) ? 2 : 1;
}

function exactSpans(view: BundleView, thread: ThreadIndex): ExactSpan[] {
  const spans: ExactSpan[] = [];
  const runEnd = runEndOf(view);
  for (const { start, end, tracks } of view.windows) {
    const found = tracks.find(candidate => candidate.thread === thread);
    if (found !== undefined) {
      const cut = { cutAtStart: start > 0, cutAtEnd: end < runEnd };
      spans.push(exactSpan(start, end, found, cut));
    }
  }
  return spans;
}
