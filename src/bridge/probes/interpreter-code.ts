/** From a process to what is known of its interpreter's code: probe sites, and the GIL itself. */
import { SiteError } from '../../core/binary/probe-site';
import { findGilSites, type GilSites } from '../../core/binary/sites';
import {
  findCollectorSites,
  type CollectorSite
} from '../../core/binary/collector-sites';
import { findLockSites, type LockSites } from '../../core/binary/lock-sites';
import { BridgeFailure } from '../failure';
import { addDebugSymbols } from '../target/debug-files';
import { addMiniDebugSymbols } from '../target/mini-debug-data';
import { openInterpreter, type InterpreterFile } from '../target/interpreter';
import {
  asFailure as asInterpreterFailure,
  locateIn,
  type CodeTarget,
  type RunningInterpreter
} from '../target/running-interpreter';

export type { CodeTarget } from '../target/running-interpreter';

/** The same in each process that runs the same file. */
interface CodeSites {
  sites: GilSites;
  locks: LockSites | undefined;
  /** Entries of the garbage collector. */
  collectors: readonly CollectorSite[];
}

export interface InterpreterCode extends CodeSites, RunningInterpreter {}

export class InterpreterCodeReader {
  /** @param _python an interpreter of the user's, to unpack symbols with */
  constructor(private readonly _python: string) {}

  /**
   * Finds the sites in the code that the process runs, and its GIL. Sites are kept: decoding takes 50 to 400 ms; a
   * file that was replaced has another identity.
   *
   * @throws BridgeFailure no-symbols, no-permission or unsupported-python.
   */
  read(target: CodeTarget): InterpreterCode {
    const file = openInterpreter(target.pid);
    try {
      return { ...this._sitesOf(file), ...locateIn(target, file) };
    } catch (error) {
      throw asFailure(error);
    } finally {
      file.close();
    }
  }

  private _sitesOf({ elf, path, identity }: InterpreterFile): CodeSites {
    let sites = this._known.get(identity);
    if (sites === undefined) {
      addDebugSymbols(elf, path);
      addMiniDebugSymbols(elf, this._python);
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

function asFailure(error: unknown): unknown {
  return error instanceof SiteError
    ? new BridgeFailure('no-symbols', error.message)
    : asInterpreterFailure(error);
}
