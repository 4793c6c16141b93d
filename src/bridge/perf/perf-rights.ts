/** What the kernel lets perf do for who runs it, beside probes. */
import { ringKib } from './arguments';
import { readLockLimits, ringSizes } from './ring-limits';

export interface PerfRights {
  /** What stands behind an event's name, so that the kernel gives it. */
  readonly modifier: '' | ':u';
  /** Where a running thread is, so many times in nanoseconds of its own CPU time. */
  readonly cpuClock: (period: number) => string;
  /** The event that tells who wakes whom; none if it may not be had. */
  readonly waking: readonly string[];
  /** Whether all processes may be recorded. */
  readonly systemWide: boolean;
  /** Sizes of one CPU's ring to try, in KiB, the largest first. */
  readonly rings: (cpus: number) => readonly number[];
  /** Variables of perf's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The period stands with the event: perf's -c would count for the probes, too. */
function cpuClock(period: number, modifiers: string): string {
  return `cpu-clock/period=${period},name=cpu-clock/${modifiers}`;
}

/** Of root, or with CAP_PERFMON and CAP_IPC_LOCK. */
export const ROOTS_RIGHTS: PerfRights = {
  modifier: '',
  cpuClock: period => cpuClock(period, ''),
  // Per task it fires in the waker, which is what is asked for.
  waking: ['sched:sched_waking'],
  systemWide: true,
  rings: cpus => [ringKib(cpus)],
  environment: {}
};

/**
 * Of an ordinary user at kernel.perf_event_paranoid 2: the user code of own processes, and probes in it
 * (TRACE_EVENT_FL_CAP_ANY in kernel/trace/trace_uprobe.c), but no other tracepoint.
 *
 * @param perfs how many record at once, at most: they share what the user may lock
 * @param tracefs a folder that holds what perf reads of tracefs, which the user may not read (fs__env_override in
 *   tools/lib/api/fs/fs.c); absent where no event needs it
 */
export function usersRights(perfs: number, tracefs?: string): PerfRights {
  return {
    modifier: ':u',
    cpuClock: period => cpuClock(period, 'u'),
    waking: [],
    systemWide: false,
    rings: cpus => {
      const { userKibPerCpu, processKib } = readLockLimits();
      return ringSizes(cpus, {
        userKibPerCpu: userKibPerCpu / perfs,
        processKib
      });
    },
    environment: tracefs === undefined ? {} : { TRACEFS_PATH: tracefs }
  };
}
