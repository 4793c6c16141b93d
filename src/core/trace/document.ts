/**
 * The document of a run: what `giltracer report --format json` prints and what every bundle carries.
 * Times are integer nanoseconds. A key that the rung of the capture can't know is absent, never 0.
 */
import type { Finding } from '../findings/finding';
import type { WhatIf } from '../findings/what-if';
import type { CellText } from './cell-texts';
import type { SleepName } from '../threads/sampled/sleep-kind';
import type { StateName } from '../threads/states';

/** Whether the run is still going on, ended well, ended early, or could not be traced. */
export type RunState = 'running' | 'done' | 'partial' | 'failed';

export interface RunInfo {
  /** Unique id, also the folder's name in the run store: letters, digits, - only. */
  id: string;
  /** The label given by -n, or ''. */
  name: string;
  state: RunState;
  /** Jupyter's kernel id, if the run was made in a kernel that has one. */
  kernel_id?: string;
  /** Wall clock at the start, ISO 8601 with zone. */
  started_at: string;
  /** One line: why the run is partial or failed, and what to do. */
  message?: string;
}

export interface EnvironmentInfo {
  /** Distribution name → version. */
  packages?: Record<string, string>;
  /** CONFIG_ARGS of the Python build. */
  build_flags?: string;
  /** CPUs that the process may use (affinity), not what the machine has. */
  cpus_usable?: number;
  /** CPU quota of the cgroup in CPUs, absent if there is none. */
  cpu_quota?: number;
  /** sys.getswitchinterval() in nanoseconds. */
  switch_interval?: number;
  /** cpufreq governor of CPU 0. */
  governor?: string;
  /** /proc/sys/kernel/randomize_va_space. */
  aslr?: number;
  /** uname -m. */
  machine?: string;
}

/** How a sampled run was read. */
export interface SamplingInfo {
  /** Looks at each GIL, and the mean time between two of them. */
  rounds: number;
  period_ns: number;
  /** Readings of threads, and the mean time between two of one thread. */
  readings: number;
  thread_period_ns: number;
  /** Those that were given up, not among `readings`, and time without rounds in which all is unknown. */
  dropped: number;
  unread_ns?: number;
  /** Time that reading took, of one CPU. */
  cpu_percent: number;
}

/** What futex calls could tell of waits. */
export interface FutexInfo {
  /** Whether sub-interpreters had GILs of their own, which were not recorded. */
  other_gils: boolean;
  /** Time of all waits, and of those whose line was read from memory. */
  waited_ns: number;
  waited_on_lines_ns: number;
}

/** What watchpoints could tell of waits. */
export interface WatchInfo extends FutexInfo {
  /** Whether each start of a wait was seen; if not, waits start where their threads went to sleep. */
  wait_starts: boolean;
  /** Whether waits for a forced switch were seen. */
  forced_switches: boolean;
}

export interface CaptureInfo {
  /** Rung of the ladder: 'full', 'waits', 'futex', 'watch', 'sample'. */
  mode: string;
  /** Full version of the traced Python, for example 3.11.7. */
  python: string;
  free_threaded: boolean;
  gil_enabled: boolean;
  /** perf's version. */
  perf?: string;
  /** Kernel release. */
  kernel?: string;
  /** Whether scheduler states were recorded. */
  scheduler_states: boolean;
  /** Records taken in: samples and context switches. */
  events: number;
  /** Records that the kernel says were lost. */
  lost: number;
  /** Records that came only after newer ones had been taken in: what is told of the time around them may be wrong. */
  late?: number;
  /** Calibrated cost per probe hit x hits, as percent of the run's duration: a lower bound. */
  overhead_percent?: number;
  /** Probe hits as the kernel counted them, and the calibrated cost of one. */
  hits?: number;
  ns_per_hit?: number;
  /** Time that probes spent inside holds of the GIL ("lengthened holds"): a lower bound. */
  lengthened_holds_ns?: number;
  /**
   * CPU time that giltracer itself used, outside the program, while it was recorded: the bridge and perf, in percent of
   * one CPU.
   */
  reader_cpu_percent?: number;
  /** Waits below 20 us: they may be caused by tracing. */
  short_waits?: {
    count: number;
    wait_ns: number;
    /** The limit; absent: 20 us. */
    below_ns?: number;
  };
  /** How often a holder's line was seen by reading memory, and the mean time between two readings. */
  line_samples?: { count: number; period_ns: number };
  /** Rungs `futex` and `watch`: what they could tell of waits. */
  futex?: FutexInfo;
  watch?: WatchInfo;
  /** Rung `sample`: how the threads were read. */
  sampling?: SamplingInfo;
  /** Which better rung was not possible, and why: one line that names the fix. */
  instead_of?: { mode: string; reason: string };
  /** --max-overhead: when the probes of every take and drop were given up, and since when waits were recorded again. */
  shed?: { at_ns: number; resumed_ns: number; max_overhead_percent: number };
  /** --max-overhead: when tracing had cost more but these probes could not be given up, and why. */
  over_limit?: { at_ns: number; max_overhead_percent: number; reason: string };
  /** Whether waits for `threading` locks were recorded; absent: not known. */
  lock_waits?: boolean;
  /** Whether it was recorded who woke a thread, and so who released a lock; absent: not known. */
  wakers?: boolean;
  /** Whether runs of the garbage collector were recorded; absent: not known. */
  collections?: boolean;
  duration_ns: number;
  environment: EnvironmentInfo;
}

export interface ThreadRow {
  tid: number;
  pid: number;
  /** threading's name, else the kernel's. */
  name: string;
  main: boolean;
  /** True if the thread never asked for the GIL in this run. */
  native: boolean;
  /** Lifetime in the run, unknown time included. */
  duration_ns: number;
  states_ns: Partial<Record<StateName, number>>;
  /** Half widths of the 95 % intervals of states_ns, where they are sampled. */
  states_error_ns?: Partial<Record<StateName, number>>;
  /** Of holding-off-cpu: when it slept; in the rest it had no CPU though it could run. Absent: never, or not known. */
  held_asleep_ns?: number;
  /** What `off-cpu` was, where that was read, and half widths: a pause, input and output, a process's end, anything else. */
  asleep_ns?: Partial<Record<SleepName, number>>;
  asleep_error_ns?: Partial<Record<SleepName, number>>;
  /** Percentages of the lifetime without unknown; absent on builds without a GIL. */
  has_gil_percent?: number;
  gil_wait_percent?: number;
  no_gil_percent?: number;
  /** The split of no_gil_percent; absent if scheduler states were not recorded. */
  no_gil_working_percent?: number;
  no_gil_asleep_percent?: number;
  /** Half widths of their 95 % intervals, in percent points, where they are sampled. */
  has_gil_error_percent?: number;
  gil_wait_error_percent?: number;
  no_gil_error_percent?: number;
  no_gil_working_error_percent?: number;
  no_gil_asleep_error_percent?: number;
  /** Number of times that the thread waited for the GIL. */
  waits?: number;
  /** Holds that it gave up after another thread had waited for a whole switch interval. */
  forced_switches?: number;
  /** Holds in which nobody waited, and those in which somebody did. */
  harmless_holds_ns?: number;
  wanted_holds_ns?: number;
  /** For a native thread: the library that it was seen in most. */
  library?: string;
}

/**
 * A place in the source. Paths are relative to the project, site-packages or ~. In LineRow and in stacks it may be
 * an asyncio task instead (isTask): its function is the task's name.
 */
export interface SourceLine {
  file: string;
  /** From 1; in a cell as the cell's author counts; 0 if there is none. */
  line: number;
  function?: string;
  /** The cell's id in the notebook, where the line is one of a cell. */
  cell?: string;
  /** The asyncio task that ran it, where known; not in stacks, and not in LineRow. */
  task?: string;
}

/** A thread, and the line it is charged to: the cell's line that led there, else the program's, else its own. */
export interface BlameSide extends Partial<SourceLine> {
  tid: number;
}

export interface BlameRow {
  waiter: BlameSide;
  /** Absent: nobody is known to have held the GIL (hand-off). */
  holder?: BlameSide;
  wait_ns: number;
  /** Half width of the 95 % interval of wait_ns, where it is sampled. */
  wait_error_ns?: number;
  /** Number of waits; absent where they are sampled. */
  count?: number;
}

/** A long wait for the GIL. */
export interface WaitRow {
  tid: number;
  start_ns: number;
  duration_ns: number;
  /** Who held the GIL at the request. */
  holder_tid?: number;
  /** Who held it longest until the end of the wait; absent where that is `holder_tid`. */
  longest_holder_tid?: number;
  /** `sampled`: one wait, or several in a row with nothing seen between. */
  kind: 'contended' | 'handoff' | 'forced' | 'unfinished' | 'sampled';
  /** Switch intervals that the holder let pass; absent where waits are sampled. */
  ignored?: number;
  /** The line that the wait is charged to, as in `blame`. */
  line?: SourceLine;
  /** The line that is charged with most of it. */
  holder_line?: SourceLine;
  /** Where the waiter stood, innermost frame first; at most 16. A bundle has stacks of few waits. */
  stack?: SourceLine[];
  /** Where the thread was seen that made it wait longest, innermost first. */
  holder_stack?: SourceLine[];
  /** The thread that woke it. */
  waker_tid?: number;
  /** Who held the GIL meanwhile, in order: at most 8 links. */
  chain?: { tid?: number; from_ns: number; duration_ns: number }[];
}

/** Figures of one line or task; total_… include all that it called. A figure that the rung can't know is absent. */
export interface LineRow extends SourceLine {
  /** How long other threads waited for what is charged to this line: the sum of its rows in `blame`. */
  made_wait_ns?: number;
  held_ns?: number;
  /** Half width of the 95 % interval of held_ns: its split by line is sampled. */
  held_error_ns?: number;
  /** Those of the others, where they are sampled, too. */
  made_wait_error_ns?: number;
  waited_error_ns?: number;
  released_error_ns?: number;
  total_held_error_ns?: number;
  total_waited_error_ns?: number;
  total_released_error_ns?: number;
  held_while_wanted_error_ns?: number;
  total_held_while_wanted_error_ns?: number;
  /** How often a holder was seen here. */
  samples?: number;
  held_while_wanted_ns?: number;
  waited_ns: number;
  /** Number of waits on the line itself; absent where they are sampled. */
  waits?: number;
  released_ns?: number;
  total_held_ns?: number;
  total_held_while_wanted_ns?: number;
  total_waited_ns: number;
  total_released_ns?: number;
}

/** Requests that a holder ignored for a switch interval or more, by where it was and what it ran. */
export interface IgnoredRow extends Partial<SourceLine> {
  tid: number;
  /** Native function that sat on the GIL. */
  native_function?: string;
  library?: string;
  wanted_ns: number;
  holds: number;
  requests: number;
}

/** Waits for `threading` locks on one line, by who released them. */
export interface LockRow extends Partial<SourceLine> {
  tid: number;
  /** Who released it, where known. */
  holder_tid?: number;
  wait_ns: number;
  /** Where it is sampled: half width of its 95 % interval, and no count. */
  wait_error_ns?: number;
  count?: number;
}

export interface CollectionsInfo {
  count: number;
  total_ns: number;
  longest_ns: number;
  /** The longest ones in order of time, to mark them on the lanes; at most 100. */
  longest?: { tid: number; start_ns: number; duration_ns: number }[];
}

/** All waits for the GIL by how long they were. */
export interface WaitHistogram {
  /** Rising. */
  edges_ns: number[];
  /**
   * One more than there are edges: entry 0 has the waits below edges_ns[0], entry i those from edges_ns[i - 1] up to
   * edges_ns[i], the last one those of the last edge and more.
   */
  counts: number[];
  /** Their time. */
  waited_ns: number[];
}

export interface ReportDocument {
  run: RunInfo;
  capture: CaptureInfo;
  threads: ThreadRow[];
  blame: BlameRow[];
  /** The longest waits, longest first. */
  waits: WaitRow[];
  /** Absent where waits are sampled, and in documents of older versions. */
  wait_histogram?: WaitHistogram;
  /**
   * By made_wait_ns, then by held_while_wanted_ns, then by waited_ns, the largest first.
   */
  lines: LineRow[];
  /** What the cells were that `lines` names. Absent where that is not known, and in documents of older versions. */
  cells?: CellText[];
  ignored: IgnoredRow[];
  locks: LockRow[];
  /** Runs of the garbage collector; absent if they were not recorded. */
  collections?: CollectionsInfo;
  /** What the run says, the most important first: the verdict. Absent in documents of older versions. */
  findings?: Finding[];
  /** Absent where the rung can't tell, and in documents of older versions. */
  what_if?: WhatIf[];
}
