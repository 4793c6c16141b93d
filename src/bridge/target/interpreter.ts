/** Which interpreters can be traced on this rung, and where the code that holds the GIL lies. */
import { closeSync, fstatSync, openSync, readlinkSync } from 'node:fs';
import { ElfFile } from '../../core/binary/elf';
import { unsupportedPython } from '../../core/cpython/version';
import { BridgeFailure } from '../failure';
import type { HelloRequest } from '../protocol/messages';
import { readFileMappings, type FileMapping } from './process';
import { readAtOf } from './read-at';

/**
 * Checks the traced interpreter.
 * @throws BridgeFailure unsupported-python, naming what works.
 */
export function checkInterpreter(hello: HelloRequest): void {
  const reason = unsupportedPython({
    implementation: hello.implementation,
    version: hello.python_version,
    freeThreaded: hello.free_threaded
  });
  if (reason !== undefined) {
    throw new BridgeFailure('unsupported-python', reason);
  }
}

/**
 * Checks that probes can be set on this machine.
 * @throws BridgeFailure unsupported-python, naming what works.
 */
export function checkMachine(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new BridgeFailure(
      'unsupported-python',
      `exact tracing works on Linux on x86-64 for now, not on ${process.platform} ${process.arch}`
    );
  }
}

/** The file that holds the interpreter's code, as one process maps it. */
export interface InterpreterFile {
  /** As the process sees it. */
  path: string;
  /** The same as long as the file is the same. */
  identity: string;
  elf: ElfFile;
  /** Address in the process less address in the file. */
  loadBias: number;
  close: () => void;
}

/** Names of libpython. */
const LIBRARY = /\/libpython3\.\d+[a-z]*\.so[^/]*$/;
/** Every CPython exports it, for its extension modules. */
const RUNTIME = '_PyRuntime';

/**
 * Opens libpython, or the executable if Python is linked into it. An executable that has a Python in it
 * uses that one, even if a module loads libpython, too: its symbols come first.
 * @throws BridgeFailure no-permission or no-symbols; ElfError if the file is damaged.
 */
export function openInterpreter(pid: number): InterpreterFile {
  let mappings: FileMapping[];
  let executable: string;
  try {
    mappings = readFileMappings(pid).filter(mapping => mapping.executable);
    executable = readlinkSync(`/proc/${pid}/exe`);
  } catch {
    throw new BridgeFailure(
      'no-permission',
      `the memory map of process ${pid} may not be read: the tracer must run as the same user, or as root`
    );
  }
  const program = mappings.find(({ path }) => path === executable);
  const library = mappings.find(({ path }) => LIBRARY.test(path));
  if (program !== undefined) {
    const file = openMapped(program);
    if (library === undefined || definesRuntime(file)) {
      return file;
    }
    file.close();
  }
  if (library === undefined) {
    throw new BridgeFailure(
      'no-symbols',
      `process ${pid} maps neither libpython nor its executable ${executable}`
    );
  }
  return openMapped(library);
}

/** @throws ElfError if the file is damaged; it is closed then. */
function definesRuntime({ elf, close }: InterpreterFile): boolean {
  try {
    return elf.symbol(RUNTIME) !== undefined;
  } catch (error) {
    close();
    throw error;
  }
}

function openMapped(mapping: FileMapping): InterpreterFile {
  const { path } = mapping;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    throw new BridgeFailure(
      'no-symbols',
      `${path} cannot be opened: was it replaced while Python runs? Restart the kernel`
    );
  }
  try {
    const stat = fstatSync(fd);
    const elf = ElfFile.open(readAtOf(fd), path);
    const loadBias = elf.loadBias(mapping.start, mapping.offset, true);
    if (loadBias === undefined) {
      throw new BridgeFailure(
        'no-symbols',
        `${path} is not the file that the process runs`
      );
    }
    return {
      path,
      identity: `${mapping.file} ${stat.size} ${stat.mtimeMs}`,
      elf,
      loadBias,
      close: () => closeSync(fd)
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
