/**
 * The doctor: tries each capability for real, and says which rungs of the ladder can be used, and what would lift the
 * best one that can't. It changes nothing: a probe that it sets for the try is removed at once.
 */
import { readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { InterpreterCodeReader } from '../probes/interpreter-code';
import type { HelloRequest } from '../protocol/messages';
import { onlineCpus, readEnvironment } from '../target/environment';
import { tryFrames } from './frame-reading';
import { tryFutex } from './futex-test';
import { tryGilFunctions } from './gil-functions';
import { tryMemory } from './memory-access';
import { tryPerfProgram } from './perf-program';
import { packagedPython, readPlace, type Place } from './place';
import { readPrivileges, type Privileges } from './privileges';
import { remediesFor, type Remedy } from './remedies/remedies';
import {
  CAPABILITIES,
  judgeRungs,
  type Capability,
  type Findings,
  type RungReport
} from './ladder';
import { tryPython } from './python-support';
import { tryTracefs } from './tracefs-access';
import { tryTrust } from './trust-test';
import { tryUprobe } from './uprobe';
import { tryWatchpoint, tryWatchTrust } from './watchpoint';

/** What the doctor found; keys as `giltracer doctor --json` prints them. */
export interface DoctorReport {
  /** Version of the Linux kernel. */
  kernel: string;
  place: Place;
  privileges: Privileges;
  cpus: {
    /** That the machine has. */
    online: number;
    /** That the process may run on (sched_setaffinity(2)). */
    usable?: number;
    /** CPU time a second of its cgroup, in CPUs; absent if there is no limit. */
    quota?: number;
  };
  capabilities: {
    name: Capability;
    /** null: could not be tried. */
    available: boolean | null;
    why: string;
    fix: readonly string[];
  }[];
  /** Best first. */
  rungs: (RungReport & {
    /** What would lift it, if it is better than all that can be used and no better one needs the same. */
    remedies: Remedy[];
  })[];
}

/**
 * Examines the process that said hello, and the machine as it and the bridge see it.
 * @param onProgress told what was tried, as a sign of life: on a busy machine all of it may take minutes
 */
export async function examine(
  hello: HelloRequest,
  onProgress: (phase: string) => void
): Promise<DoctorReport> {
  const privileges = readPrivileges();
  const place = {
    ...readPlace(),
    python: packagedPython(programOf(hello), hello.python_version)
  };
  const findings = await tryAll(hello, privileges, place, onProgress);
  const rungs = judgeRungs(findings);
  const { cpus_usable, cpu_quota } = readEnvironment(hello.pid);
  return {
    kernel: release(),
    place,
    privileges,
    cpus: { online: onlineCpus(), usable: cpus_usable, quota: cpu_quota },
    capabilities: CAPABILITIES.map(name => ({ name, ...findings[name] })),
    rungs: rungs.map(rung => ({
      ...rung,
      remedies: worthLifting(rung, rungs)
        ? remediesFor(rung.fix, place, privileges)
        : []
    }))
  };
}

/** The file that the process runs: `sys.executable` may be a link in a virtual environment. */
function programOf({ pid, python }: HelloRequest): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return python;
  }
}

function worthLifting(rung: RungReport, rungs: readonly RungReport[]): boolean {
  const better = rungs.slice(0, rungs.indexOf(rung));
  return (
    !rung.available &&
    !better.some(
      other => other.available || other.fix.join() === rung.fix.join()
    )
  );
}

/** The three trust tests take a second each: they are run at the same time. */
async function tryAll(
  hello: HelloRequest,
  privileges: Privileges,
  place: Place,
  onProgress: (phase: string) => void
): Promise<Findings> {
  const told = async <T>(name: Capability, step: Promise<T>): Promise<T> => {
    const found = await step;
    onProgress(`tried: ${name}`);
    return found;
  };
  const reader = new InterpreterCodeReader(hello.python);
  const { interpreter, finding: python } = tryPython(hello);
  const functions = tryGilFunctions(hello, interpreter, reader);
  const perf = await told('perf', tryPerfProgram());
  const tracefs = await tryTracefs(privileges);
  const byProbes = async (): Promise<Pick<Findings, 'probes' | 'trust'>> => {
    const probes = await told(
      'probes',
      tryUprobe(perf.path, tracefs.uprobes, privileges, place)
    );
    const needs = {
      perf: perf.path,
      uprobes: tracefs.uprobes,
      code: functions.code,
      probes: probes.available === true
    };
    return {
      probes,
      trust: await told('trust', tryTrust(needs, hello, reader))
    };
  };
  const byWatchpoints = async (): Promise<
    Pick<Findings, 'watchpoint' | 'watch-trust'>
  > => {
    const watchpoint = await told(
      'watchpoint',
      tryWatchpoint(perf.path, privileges, place)
    );
    const needs = {
      perf: perf.path,
      interpreter,
      watchpoint: watchpoint.available === true
    };
    return {
      watchpoint,
      'watch-trust': await told('watch-trust', tryWatchTrust(needs, hello))
    };
  };
  const forFutex = {
    perf: perf.path,
    interpreter,
    tracefs: tracefs.finding
  };
  const [frames, probed, futex, watched] = await Promise.all([
    told('frames', tryFrames(hello, interpreter)),
    byProbes(),
    told('futex', tryFutex(forFutex, hello, privileges, place)),
    byWatchpoints()
  ]).finally(() => tracefs.uprobes?.close());
  return {
    python,
    memory: tryMemory(hello.pid, privileges),
    frames,
    'gil-functions': functions.finding,
    perf: perf.finding,
    tracefs: tracefs.finding,
    ...probed,
    futex,
    ...watched
  };
}
