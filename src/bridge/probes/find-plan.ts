/** From a process to the probes that are to be set on it. */
import { ElfError } from '../../core/binary/elf';
import {
  findGilSites,
  SiteError,
  type GilSites,
  type ProbeSite
} from '../../core/binary/sites';
import {
  findGil,
  GilError,
  type GilErrorCode,
  type GilLocation
} from '../../core/cpython/gil';
import { minorVersion } from '../../core/cpython/version';
import { BridgeFailure, errorCode, errorMessage } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import { openInterpreter, type InterpreterFile } from '../target/interpreter';
import type { FailureCode } from '../protocol/messages';
import type { PlannedProbe, ProbePlan } from './plan';

/** What is known of the process. */
export interface PlanTarget {
  pid: number;
  python_version: string;
  switch_interval_ns: number;
}

/**
 * Finds the sites in the code that the process runs, and its GIL.
 * @throws BridgeFailure no-symbols, no-permission or unsupported-python.
 */
export function planProbes(target: PlanTarget): ProbePlan {
  const file = openInterpreter(target.pid);
  try {
    const sites = findGilSites(file.elf);
    const gil = locateGil(target, file);
    return {
      library: file.path,
      identity: file.identity,
      probes: probesOf(sites, gil)
    };
  } catch (error) {
    throw asFailure(error);
  } finally {
    file.close();
  }
}

function probesOf(sites: GilSites, gil: GilLocation): PlannedProbe[] {
  const absolute = (address: number): string => `@0x${address.toString(16)}`;
  const wakeFetch = `locked=${absolute(gil.locked)}:s32 last_holder=${absolute(gil.lastHolder)}:x64`;
  const numbered = <Site extends ProbeSite>(
    name: string,
    list: readonly Site[],
    fetch: (site: Site) => string
  ): PlannedProbe[] =>
    list.map((site, index) => ({
      name: index === 0 ? name : `${name}${index + 1}`,
      offset: site.fileOffset,
      fetch: fetch(site)
    }));
  return [
    ...numbered(
      'request',
      sites.request,
      site => `tstate=%${site.threadState}:x64`
    ),
    ...numbered('wake', sites.wake, () => wakeFetch),
    ...numbered('drop', sites.drop, () => ''),
    ...numbered('yield', sites.yield, () => ''),
    ...numbered('yield_end', sites.yieldEnd, () => '')
  ];
}

function locateGil(target: PlanTarget, file: InterpreterFile): GilLocation {
  const runtime = file.elf.symbol('_PyRuntime');
  if (runtime === undefined) {
    throw new BridgeFailure('no-symbols', `${file.path}: no symbol _PyRuntime`);
  }
  const memory = new ProcessMemory(target.pid);
  try {
    return findGil({
      readMemory: memory.read,
      runtime: { address: runtime.address + file.loadBias, size: runtime.size },
      switchIntervalUs: Math.round(target.switch_interval_ns / 1000),
      minor: minorVersion(target.python_version) ?? 0
    });
  } finally {
    memory.close();
  }
}

const GIL_FAILURES: Record<GilErrorCode, FailureCode> = {
  'unsupported-python': 'unsupported-python',
  unreadable: 'no-permission',
  'not-found': 'no-symbols',
  ambiguous: 'no-symbols'
};

function asFailure(error: unknown): unknown {
  if (error instanceof SiteError || error instanceof ElfError) {
    return new BridgeFailure('no-symbols', error.message);
  }
  if (error instanceof GilError) {
    return new BridgeFailure(GIL_FAILURES[error.code], error.message);
  }
  if (['EACCES', 'EPERM'].includes(errorCode(error))) {
    return new BridgeFailure(
      'no-permission',
      `the memory of the process may not be read (${errorMessage(error)}): the tracer must run as the same user, or as root`
    );
  }
  return error;
}
