/** From a process to what is known of its interpreter's code: probe sites, and the GIL itself. */
import { ElfError } from '../../core/binary/elf';
import { SiteError } from '../../core/binary/probe-site';
import { findGilSites, type GilSites } from '../../core/binary/sites';
import {
  findCollectorSites,
  type CollectorSite
} from '../../core/binary/collector-sites';
import { findLockSites, type LockSites } from '../../core/binary/lock-sites';
import {
  findGil,
  GilError,
  type GilErrorCode,
  type GilLocation
} from '../../core/cpython/gil';
import { minorVersion } from '../../core/cpython/version';
import type { Address } from '../../core/units';
import { BridgeFailure, errorCode, errorMessage } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import type { FailureCode } from '../protocol/messages';
import { openInterpreter, type InterpreterFile } from '../target/interpreter';

/** What is known of the process. */
export interface CodeTarget {
  pid: number;
  python_version: string;
  switch_interval_ns: number;
}

/** The same in each process that runs the same file. */
interface CodeSites {
  sites: GilSites;
  locks: LockSites | undefined;
  /** Entries of the garbage collector. */
  collectors: readonly CollectorSite[];
}

export interface InterpreterCode extends CodeSites {
  /** Path of the file that holds the code, as the traced process maps it. */
  library: string;
  /** Device, inode, size and modification time: the same as long as the code is the same. */
  identity: string;
  /** The 11 of 3.11.7. */
  minor: number;
  /** _PyRuntime in this process. */
  runtime: { address: Address; size: number };
  /** In this process. */
  gil: GilLocation;
}

export class InterpreterCodeReader {
  /**
   * Finds the sites in the code that the process runs, and its GIL. Sites are kept: decoding takes some 40 ms; a
   * file that was replaced has another identity.
   *
   * @throws BridgeFailure no-symbols, no-permission or unsupported-python.
   */
  read(target: CodeTarget): InterpreterCode {
    const file = openInterpreter(target.pid);
    try {
      const minor = minorVersion(target.python_version) ?? 0;
      const runtime = locateRuntime(file);
      return {
        ...this._sitesOf(file),
        library: file.path,
        identity: file.identity,
        minor,
        runtime,
        gil: locateGil(target, runtime, minor)
      };
    } catch (error) {
      throw asFailure(error);
    } finally {
      file.close();
    }
  }

  private _sitesOf({ elf, identity }: InterpreterFile): CodeSites {
    let sites = this._known.get(identity);
    if (sites === undefined) {
      sites = {
        sites: findGilSites(elf),
        locks: findLockSites(elf),
        collectors: findCollectorSites(elf)
      };
      this._known.set(identity, sites);
    }
    return sites;
  }

  private readonly _known = new Map<string, CodeSites>();
}

function locateRuntime({
  elf,
  path,
  loadBias
}: InterpreterFile): InterpreterCode['runtime'] {
  const runtime = elf.symbol('_PyRuntime');
  if (runtime === undefined) {
    throw new BridgeFailure('no-symbols', `${path}: no symbol _PyRuntime`);
  }
  return { address: runtime.address + loadBias, size: runtime.size };
}

function locateGil(
  target: CodeTarget,
  runtime: InterpreterCode['runtime'],
  minor: number
): GilLocation {
  const memory = new ProcessMemory(target.pid);
  try {
    return findGil({
      readMemory: memory.read,
      runtime,
      switchIntervalUs: Math.round(target.switch_interval_ns / 1000),
      minor
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
