/** What a try of one capability came to. */

/**
 * What would lift a capability that is missing; `remedies` names the commands, which differ by the place where the
 * kernel runs.
 */
export type Fix =
  | 'install-perf'
  /** There is a perf, but not one that runs on this kernel. */
  | 'install-matching-perf'
  /** There is a perf, but one that was built without tracepoints. */
  | 'install-complete-perf'
  | 'mount-tracefs'
  /** tracefs is there, but closed to this user. */
  | 'open-tracefs'
  /** tracefs is mounted read-only. */
  | 'write-tracefs'
  | 'grant-perfmon'
  /** perf's ring buffers are larger than what a user may lock into memory. */
  | 'grant-ipc-lock'
  | 'lift-seccomp'
  /** Capabilities count in the machine's own user namespace only. */
  | 'leave-user-namespace'
  /** kernel.perf_event_paranoid forbids even events of one's own processes. */
  | 'lower-paranoid'
  /** The kernel was built without it, or is locked down. */
  | 'other-kernel'
  | 'other-machine'
  | 'other-python'
  | 'install-python-symbols'
  /** kernel.yama.ptrace_scope forbids reading the memory of a process of one's own. */
  | 'relax-yama'
  /** It forbids it until the machine is started again. */
  | 'restart-machine'
  | 'same-user'
  /** The process closed its memory to its own user. */
  | 'open-process'
  /** The process has rights that its tracer has not. */
  | 'same-rights'
  | 'free-debug-register';

export interface Finding {
  /** null: could not be tried, because something else that it needs is missing. */
  available: boolean | null;
  /** What was found; where it is not available, what stands in the way. One line. */
  why: string;
  /** What would lift it, as far as that is known; empty if it is available. */
  fix: readonly Fix[];
}

export function available(why: string): Finding {
  return { available: true, why, fix: [] };
}

export function missing(why: string, ...fix: readonly Fix[]): Finding {
  return { available: false, why, fix };
}

/** Not tried, because of something that is missing itself; `fix` is what can be foretold to be needed as well. */
export function untried(why: string, ...fix: readonly Fix[]): Finding {
  return { available: null, why, fix };
}
