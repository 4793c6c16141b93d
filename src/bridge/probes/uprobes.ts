/** Definitions of probes, whoever writes them into the kernel: the bridge as root, or the probe helper. */
import type { PerfRights } from '../perf/perf-rights';

/** Group of all our probes; the event's name is SITE_BRIDGEPID. */
export const PROBE_GROUP = 'giltracer';

/** A probe as the kernel takes it. */
export interface ProbeDefinition {
  /** SITE_PID */
  name: string;
  /** File, and one or more offsets in it. */
  path: string;
  offsets: readonly number[];
  /** Fetch arguments, for example `tstate=%di:x64`. */
  fetch: string;
  /** A return probe: at the function's entry. */
  atReturn: boolean;
}

export interface Uprobes {
  /** Of the perf that records the probes. */
  readonly rights: PerfRights;

  /** False when no more can be defined: open them anew. */
  readonly usable: boolean;

  /**
   * Defines probes in a file that a process runs; they cost nothing as long as no perf is attached to them.
   * @throws BridgeFailure no-permission, or perf-failed with the kernel's own words. Some may be left behind then.
   */
  define(pid: number, probes: readonly ProbeDefinition[]): Promise<void>;

  /** Hits of the named probes since they were defined, as the kernel counted them. */
  hits(names: readonly string[]): Promise<number>;

  /**
   * Removes the named probes; waits while perf still holds them.
   * @throws an error if one can't be removed within three seconds; the others are removed then.
   */
  remove(names: readonly string[]): Promise<void>;

  /** Removes what bridges have left behind that no longer run. */
  removeLeftovers(): Promise<void>;

  /** Lets go of what it needs. */
  close(): void;
}

/** Waits before each new try to remove a probe that is still in use (EBUSY), in milliseconds. */
export const REMOVE_DELAYS = [0, 20, 50, 100, 200, 400, 800, 1600];
