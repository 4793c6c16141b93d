/** Names of native code in the traced process: which file is mapped at an address, and which function. */
import { closeSync, openSync } from 'node:fs';
import { ElfFile } from '../../core/binary/elf';
import { NativeSymbols } from '../../core/binary/native-symbols';
import type {
  NativePlace,
  NativeResolver
} from '../../core/threads/ignored-requests';
import type { Address } from '../../core/units';
import { addDebugSymbols } from './debug-files';
import { readFileMappings, type FileMapping } from './process';
import { readAtOf } from './read-at';

/** x86-64 and aarch64: kernel addresses have the highest bit set. */
const KERNEL_HALF = 2 ** 63;

interface OpenedFile {
  symbols: NativeSymbols;
  elf: ElfFile;
}

export class NativeNames implements NativeResolver {
  /** Takes in what the process maps now; what it maps later is seen by `refresh`. */
  constructor(private readonly _pid: number) {
    this.refresh();
  }

  /**
   * Takes in what the process maps now. What it mapped before stays known where nothing else is now: it may
   * have ended, unloaded a library, or run another program.
   */
  refresh(): void {
    try {
      const now = readFileMappings(this._pid).filter(
        mapping => mapping.executable
      );
      this._mappings = [
        ...now,
        ...this._mappings.filter(old => !now.some(one => isSame(old, one)))
      ];
    } catch {
      // The process has ended.
    }
  }

  placeOf(address: Address): NativePlace {
    if (address >= KERNEL_HALF) {
      return { symbol: '', library: '[kernel]' };
    }
    const mapping = this._mappings.find(
      ({ start, end }) => start <= address && address < end
    );
    if (mapping === undefined) {
      return { symbol: '', library: '' };
    }
    const file = this._open(mapping);
    const bias = file?.elf.loadBias(mapping.start, mapping.offset, true);
    return {
      symbol:
        file === undefined || bias === undefined
          ? ''
          : (file.symbols.nameAt(address - bias) ?? ''),
      library: mapping.path
    };
  }

  private _open(mapping: FileMapping): OpenedFile | undefined {
    if (!this._files.has(mapping.file)) {
      this._files.set(mapping.file, openFile(mapping.path));
    }
    return this._files.get(mapping.file);
  }

  private _mappings: FileMapping[] = [];
  private readonly _files = new Map<string, OpenedFile | undefined>();
}

function isSame(one: FileMapping, other: FileMapping): boolean {
  return (
    one.start === other.start &&
    one.end === other.end &&
    one.file === other.file &&
    one.offset === other.offset
  );
}

/** undefined if the file is gone or is no ELF file: then it has no names. */
function openFile(path: string): OpenedFile | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const elf = ElfFile.open(readAtOf(fd), path);
    addDebugSymbols(elf, path);
    return { elf, symbols: NativeSymbols.fromElf(elf) };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
    }
  }
}
