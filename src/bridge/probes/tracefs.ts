/**
 * uprobe definitions in tracefs (Documentation/trace/uprobetracer.rst of the kernel). They are global
 * state of the machine: the file is opened for append only (O_TRUNC would remove everybody's idle
 * probes), and only lines whose name carries a dead bridge's or our own pid are removed.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BridgeFailure, errorCode, errorMessage } from '../failure';
import { ROOTS_RIGHTS } from '../perf/perf-rights';
import {
  PROBE_GROUP,
  REMOVE_DELAYS,
  type ProbeDefinition,
  type Uprobes
} from './uprobes';

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
          `${place} is closed to this user. Exact tracing needs root (in a container: --privileged), or that an administrator allows it once: sudo giltracer setup --user NAME`
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
        `probes cannot be set: ${tracefs}/uprobe_events refuses to be written. Exact tracing needs root`
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

/** Probes of a process that may write to tracefs itself. */
export class RootsUprobes implements Uprobes {
  constructor(private readonly _tracefs: string) {}

  readonly rights = ROOTS_RIGHTS;
  readonly usable = true;

  // eslint-disable-next-line @typescript-eslint/require-await
  async define(_: number, probes: readonly ProbeDefinition[]): Promise<void> {
    for (const probe of probes) {
      defineProbe(this._tracefs, probe);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async hits(names: readonly string[]): Promise<number> {
    const counted = readHits(this._tracefs);
    return names.reduce((sum, name) => sum + (counted.get(name) ?? 0), 0);
  }

  remove(names: readonly string[]): Promise<void> {
    return removeProbes(this._tracefs, names);
  }

  removeLeftovers(): Promise<void> {
    return removeLeftovers(this._tracefs);
  }

  close(): void {
    // Nothing was opened.
  }
}
