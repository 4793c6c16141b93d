/** Which threads did the work of a run, on which lines, and on how many CPUs they might have. */
import { lowerBound } from '../../columns';
import { append } from '../../grouping';
import type {
  EnvironmentInfo,
  LineRow,
  ReportDocument,
  ThreadRow
} from '../../trace/document';
import { isTask, placeKey } from '../../trace/source-paths';
import { lineOf } from './own-places';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import { mostOf } from './gil-waits';
import { LockKind, LockKinds } from './lock-kinds';
import type { RunColumns } from './run-columns';

/** What may run at a time. */
export interface Cpus {
  /** By affinity; Infinity if not known. */
  readonly usable: number;
  /** Those, or the cgroup's quota if that is less. */
  readonly limit: number;
}

export function cpusOf({ cpus_usable, cpu_quota }: EnvironmentInfo): Cpus {
  const usable = cpus_usable ?? Infinity;
  return { usable, limit: Math.min(usable, cpu_quota ?? Infinity) };
}

/** A thread that was awake for less of the run has no part in the work: a notebook's kernel has some of them. */
const WORKER_PART = 0.01;

/** Time in which a thread worked or would have. */
export function awakeTime({ states_ns: states }: ThreadRow): Nanoseconds {
  return (
    (states['running-gil'] ?? 0) +
    (states.running ?? 0) +
    (states['on-cpu'] ?? 0) +
    (states['holding-off-cpu'] ?? 0) +
    (states['waiting-gil'] ?? 0) +
    (states.preempted ?? 0)
  );
}

export function workTime({ states_ns: states }: ThreadRow): Nanoseconds {
  return (
    (states['running-gil'] ?? 0) +
    (states.running ?? 0) +
    (states['on-cpu'] ?? 0)
  );
}

/** Threads that took part in the work. */
export function workersOf({ document, rowOf }: RunColumns): Set<ThreadIndex> {
  const { duration_ns: duration } = document.capture;
  const workers = new Set<ThreadIndex>();
  rowOf.forEach((row, thread) => {
    if (awakeTime(document.threads[row]) > WORKER_PART * duration) {
      workers.add(thread);
    }
  });
  return workers;
}

/**
 * Time that lines of the user's own code spent without the GIL, waits for locks left out, the longest first: what they called
 * ran side by side with other threads, or slept.
 */
export function releasedLines(
  columns: RunColumns
): { row: LineRow; released: Nanoseconds }[] {
  const { document, stacks, lockWaits } = columns;
  const locked = new Map<string, Nanoseconds>();
  for (let i = 0; i < lockWaits.length; i++) {
    const place = stacks.placeOf(stacks.chargedIndex(lockWaits.stack[i]));
    if (place !== undefined) {
      const key = placeKey(place);
      const time = lockWaits.end[i] - lockWaits.start[i];
      locked.set(key, (locked.get(key) ?? 0) + time);
    }
  }
  return document.lines
    .filter(row => !isTask(row) && columns.ownPlaces.has(row))
    .map(row => ({
      row,
      released:
        (row.total_released_ns ?? 0) - (locked.get(placeKey(lineOf(row))) ?? 0)
    }))
    .filter(({ released }) => released > 0)
    .sort((a, b) => b.released - a.released);
}

/** A span of one thread. */
interface ThreadSpan {
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** The line that threads were on most in some spans, while they held the GIL; -1 if they were not seen. */
export function lineWithin(
  { sightings, stacks }: RunColumns,
  spans: Iterable<ThreadSpan>
): LineIndex {
  const seen = new Map<LineIndex, number>();
  const { thread, time, stack, length } = sightings;
  for (const { thread: alone, start, end } of spans) {
    const from = lowerBound(thread, length, alone);
    const to = lowerBound(thread, length, alone, true);
    const times = time.subarray(from, to);
    const first = from + lowerBound(times, to - from, start);
    const last = from + lowerBound(times, to - from, end);
    for (let row = first; row < last; row++) {
      const line = stacks.chargedIndex(stack[row]);
      seen.set(line, (seen.get(line) ?? 0) + 1);
    }
  }
  return mostOf(seen);
}

/** The line on which the garbage collector ran longest; -1 if that is not known. */
export function collectionLine(columns: RunColumns): LineIndex {
  const { thread, start, end, length } = columns.collections;
  return lineWithin(
    columns,
    Array.from({ length }, (_, row) => ({
      thread: thread[row],
      start: start[row],
      end: end[row]
    }))
  );
}

/** The charged line on which threads waited longest for locks of some kinds; -1 if none is known. */
export function lockLine(
  { lockWaits, stacks }: RunColumns,
  kinds: readonly LockKind[]
): {
  line: LineIndex;
  kind: LockKind;
  time: Nanoseconds;
  total: Nanoseconds;
  threads: number;
} {
  const kindOf = new LockKinds(stacks);
  const sums = new Map<LineIndex, Nanoseconds>();
  const kindsOf = new Map<LineIndex, LockKind>();
  const threads = new Set<ThreadIndex>();
  let total = 0;
  for (let i = 0; i < lockWaits.length; i++) {
    const kind = kindOf.of(lockWaits.stack[i]);
    if (!kinds.includes(kind)) {
      continue;
    }
    const line = stacks.chargedIndex(lockWaits.stack[i]);
    const time = lockWaits.end[i] - lockWaits.start[i];
    total += time;
    threads.add(lockWaits.thread[i]);
    if (line >= 0) {
      sums.set(line, (sums.get(line) ?? 0) + time);
      kindsOf.set(line, kind);
    }
  }
  const line = mostOf(sums);
  return {
    line,
    kind: kindsOf.get(line) ?? LockKind.Lock,
    time: sums.get(line) ?? 0,
    total,
    threads: threads.size
  };
}

/** A native thread pool. */
export interface NativePool {
  /** The library that its threads were seen in; undefined if that is not known. */
  readonly library?: string;
  readonly threads: readonly ThreadRow[];
  /** Thread time on a CPU, or ready for one. */
  readonly awake: Nanoseconds;
}

/** Threads that never ran Python, by library, those that were awake longest first. */
export function nativePools({ threads }: ReportDocument): NativePool[] {
  const pools = new Map<string, ThreadRow[]>();
  for (const row of threads) {
    if (row.native && !row.main) {
      const key = row.library ?? '';
      append(pools, key, row);
    }
  }
  return [...pools]
    .map(([library, rows]) => ({
      ...(library !== '' && { library }),
      threads: rows,
      awake: rows.reduce((sum, row) => sum + awakeTime(row), 0)
    }))
    .sort((a, b) => b.awake - a.awake);
}
