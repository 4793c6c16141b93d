/**
 * uprobe definitions in tracefs (Documentation/trace/uprobetracer.rst of the kernel). They are global
 * state of the machine: the file is opened for append only (O_TRUNC would remove everybody's idle
 * probes), and only lines whose name carries a dead bridge's or our own pid are removed.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BridgeFailure, errorCode, errorMessage } from '../failure';

/** Group of all our probes; the event's name is SITE_BRIDGEPID. */
export const PROBE_GROUP = 'giltracer';

const PLACES = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/**
 * Where tracefs is mounted.
 * @throws BridgeFailure no-tracefs or no-permission.
 */
export function findTracefs(): string {
  for (const place of PLACES) {
    try {
      readFileSync(`${place}/uprobe_events`);
      return place;
    } catch (error) {
      if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') {
        throw new BridgeFailure(
          'no-permission',
          `${place} is closed to this user. Exact tracing needs root for now: run Jupyter as root, or in a container started with --privileged`
        );
      }
    }
  }
  throw new BridgeFailure(
    'no-tracefs',
    existsSync(PLACES[0])
      ? `tracefs is not mounted. Mount it: mount -t tracefs nodev ${PLACES[0]}`
      : 'this kernel has no tracefs (CONFIG_FTRACE), so probes cannot be set'
  );
}

/** Waits before each new try to remove a probe that is still in use (EBUSY), in milliseconds. */
const REMOVE_DELAYS = [0, 20, 50, 100, 200, 400, 800, 1600];

/** Writes one command. The kernel takes one command a write. */
function command(tracefs: string, text: string): void {
  appendFileSync(`${tracefs}/uprobe_events`, `${text}\n`, { flag: 'a' });
}

/** Our own events that are defined now: name → its definition. */
function definedEvents(tracefs: string): Map<string, string> {
  const events = new Map<string, string>();
  for (const line of readFileSync(`${tracefs}/uprobe_events`, 'latin1').split(
    '\n'
  )) {
    const match = /^[pr]\S*:(\S+)\/(\S+) (.*)$/.exec(line);
    if (match?.[1] === PROBE_GROUP) {
      events.set(match[2], match[3]);
    }
  }
  return events;
}

/** A probe as uprobe_events takes it. */
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

/**
 * Defines a probe.
 * @throws BridgeFailure no-permission, or internal with the kernel's own words.
 */
export function defineProbe(tracefs: string, probe: ProbeDefinition): void {
  const { name, path, offsets, fetch, atReturn } = probe;
  try {
    for (const offset of offsets) {
      // A definition of the same name and arguments adds a place to the event.
      command(
        tracefs,
        `${atReturn ? 'r' : 'p'}:${PROBE_GROUP}/${name} ${path}:0x${offset.toString(16)} ${fetch}`.trim()
      );
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new BridgeFailure(
        'no-permission',
        `probes cannot be set: ${tracefs}/uprobe_events refuses to be written. Exact tracing needs root for now`
      );
    }
    throw new BridgeFailure(
      'perf-failed',
      `the kernel refused a probe in ${path}: ${errorMessage(error)}`
    );
  }
}

/**
 * How often each of our probes was hit, as the kernel counted (uprobe_profile: file, name, hits). Names
 * stand there without their group: ours carry our pid.
 */
export function readHits(tracefs: string): Map<string, number> {
  const hits = new Map<string, number>();
  for (const line of readFileSync(`${tracefs}/uprobe_profile`, 'latin1').split(
    '\n'
  )) {
    const match = /(\S+_\d+)\s+(\d+)\s*$/.exec(line);
    if (match) {
      hits.set(match[1], Number(match[2]));
    }
  }
  return hits;
}

/**
 * Removes the named probes; waits while perf still holds them.
 * @throws the system's error if one can't be removed within three seconds; the others are removed then.
 */
export async function removeProbes(
  tracefs: string,
  names: Iterable<string>
): Promise<void> {
  const errors: unknown[] = [];
  for (const name of names) {
    await removeProbe(tracefs, name).catch((error: unknown) => {
      errors.push(error);
    });
  }
  if (errors.length > 0) {
    throw errors[0];
  }
}

async function removeProbe(
  tracefs: string,
  name: string,
  delays: readonly number[] = REMOVE_DELAYS
): Promise<void> {
  for (const [attempt, delay] of delays.entries()) {
    await new Promise(resolve => setTimeout(resolve, delay));
    if (!definedEvents(tracefs).has(name)) {
      return;
    }
    try {
      command(tracefs, `-:${PROBE_GROUP}/${name}`);
      return;
    } catch (error) {
      if (attempt === delays.length - 1 || errorCode(error) !== 'EBUSY') {
        throw error;
      }
    }
  }
}

/** Removes what bridges have left behind that no longer run. */
export async function removeLeftovers(tracefs: string): Promise<void> {
  for (const name of definedEvents(tracefs).keys()) {
    const pid = Number(/_(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && pid !== process.pid && !existsSync(`/proc/${pid}`)) {
      // Still in use means that an orphaned perf is about to end: the next start tries again.
      await removeProbe(tracefs, name, [0]).catch(() => undefined);
    }
  }
}
