/** From a process to where its interpreter keeps what all threads share: _PyRuntime and the GIL. */
import {
  findGil,
  GilError,
  type GilErrorCode,
  type GilLocation
} from '../../core/cpython/gil';
import { minorVersion } from '../../core/cpython/version';
import type { Address } from '../../core/units';
import { ElfError } from '../../core/binary/elf';
import { BridgeFailure, errorCode, errorMessage } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import type { FailureCode } from '../protocol/messages';
import { openInterpreter, type InterpreterFile } from './interpreter';

/** What is known of the process. */
export interface CodeTarget {
  pid: number;
  python_version: string;
  switch_interval_ns: number;
}

export interface RunningInterpreter {
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

/**
 * Finds the GIL of a process. Needs no symbols but the exported _PyRuntime.
 * @throws BridgeFailure no-symbols, no-permission or unsupported-python.
 */
export function locateInterpreter(target: CodeTarget): RunningInterpreter {
  const file = openInterpreter(target.pid);
  try {
    return locateIn(target, file);
  } catch (error) {
    throw asFailure(error);
  } finally {
    file.close();
  }
}

/** The same for a file that is open. @throws also GilError and the system's errors. */
export function locateIn(
  target: CodeTarget,
  file: InterpreterFile
): RunningInterpreter {
  const minor = minorVersion(target.python_version) ?? 0;
  const runtime = locateRuntime(file);
  return {
    library: file.path,
    identity: file.identity,
    minor,
    runtime,
    gil: locateGil(target, runtime, minor)
  };
}

function locateRuntime({
  elf,
  path,
  loadBias
}: InterpreterFile): RunningInterpreter['runtime'] {
  const runtime = elf.symbol('_PyRuntime');
  if (runtime === undefined) {
    throw new BridgeFailure('no-symbols', `${path}: no symbol _PyRuntime`);
  }
  return { address: runtime.address + loadBias, size: runtime.size };
}

function locateGil(
  target: CodeTarget,
  runtime: RunningInterpreter['runtime'],
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

/** What a user can mend, as such. */
export function asFailure(error: unknown): unknown {
  if (error instanceof ElfError) {
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
