/**
 * The document of a run: what `giltracer report --format json` prints and what every bundle carries.
 * Times are integer nanoseconds. A key that the rung of the capture can't know is absent, never 0.
 */
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

export interface CaptureInfo {
  /** Rung of the ladder: 'full' for now; later 'waits', 'futex', 'watch', 'sample'. */
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
  /** Calibrated cost per probe hit x hits, as percent of the run's duration: a lower bound. */
  overhead_percent?: number;
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
  /** Percentages of the lifetime without unknown; absent on builds without a GIL. */
  has_gil_percent?: number;
  gil_wait_percent?: number;
  no_gil_percent?: number;
  /** The split of no_gil_percent; absent if scheduler states were not recorded. */
  no_gil_working_percent?: number;
  no_gil_asleep_percent?: number;
  /** Number of times that the thread waited for the GIL. */
  waits?: number;
  /** Holds that it gave up after another thread had waited for a whole switch interval. */
  forced_switches?: number;
}

/** Later also with file and line. */
export interface BlameSide {
  tid: number;
}

export interface BlameRow {
  waiter: BlameSide;
  /** Absent: nobody is known to have held the GIL (hand-off). */
  holder?: BlameSide;
  wait_ns: number;
  count: number;
}

/** A long wait for the GIL. */
export interface WaitRow {
  tid: number;
  start_ns: number;
  duration_ns: number;
  /** Who held the GIL at the request. */
  holder_tid?: number;
  kind: 'contended' | 'handoff' | 'forced' | 'unfinished';
  /** Switch intervals that the holder let pass. */
  ignored: number;
}

export interface ReportDocument {
  run: RunInfo;
  capture: CaptureInfo;
  threads: ThreadRow[];
  blame: BlameRow[];
  /** The longest waits, longest first. */
  waits: WaitRow[];
}
