/**
 * ELF files: 64-bit, little-endian, x86-64 or aarch64; executables (fixed or position independent) and shared
 * objects. Layouts: System V ABI, gABI chapters 4 and 5, and its AMD64 supplement.
 *
 * The file is reached through `ReadAt`, so only the tables that are asked for are read: libpython
 * has 20 MB and more.
 */
import type { Address } from '../units';
import { ElfBytes, latin1, view } from './elf-bytes';
import type { ReadAt } from './elf-bytes';
import { readHeaders } from './elf-headers';
import type {
  ElfHeaders,
  ElfSection,
  ElfSegment,
  MachineName
} from './elf-headers';
import {
  matchingSymbols,
  readRelocations,
  readSymbolTables
} from './elf-symbols';
import type {
  ElfRelocation,
  ElfSymbol,
  SymbolTable,
  WantedRelocations
} from './elf-symbols';

export { ElfError } from './elf-bytes';
export type { ElfErrorCode, ReadAt } from './elf-bytes';
export type { ElfSection, ElfSegment, MachineName } from './elf-headers';
export type { ElfRelocation, ElfSymbol, SymbolTable } from './elf-symbols';

/** What .gnu_debuglink says of a separate debug file. */
export interface DebugLink {
  /** File name without folder. */
  readonly name: string;
  /** CRC-32 of the whole file (that of zip and zlib). */
  readonly checksum: number;
}

const NT_GNU_BUILD_ID = 3;
const PAGE = 4096;

export class ElfFile {
  private tables: SymbolTable[] | undefined;
  private relocationList: ElfRelocation[] | undefined;

  /** As messages call the file: its path. */
  readonly name: string;
  readonly machine: MachineName;
  /** True for ET_EXEC: the addresses in the file are those in the process. */
  readonly fixedAddress: boolean;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];

  private constructor(
    private readonly bytes: ElfBytes,
    headers: ElfHeaders
  ) {
    this.name = bytes.name;
    this.machine = headers.machine;
    this.fixedAddress = headers.fixedAddress;
    this.segments = headers.segments;
    this.sections = headers.sections;
  }

  /**
   * Reads the headers.
   *
   * @param readAt - the file's bytes
   * @param name - the file's path, for messages
   * @throws ElfError if it isn't an ELF file for x86-64 or aarch64, or is damaged
   */
  static open(readAt: ReadAt, name: string): ElfFile {
    const bytes = new ElfBytes(readAt, name);
    return new ElfFile(bytes, readHeaders(bytes));
  }

  /** The GNU build id in hexadecimal, or undefined if the file has none. */
  buildId(): string | undefined {
    for (const segment of this.segments) {
      if (segment.kind !== 'note') {
        continue;
      }
      const bytes = this.bytes.read('a note', segment.offset, segment.fileSize);
      const notes = view(bytes);
      let at = 0;
      while (at + 12 <= bytes.length) {
        const nameSize = notes.getUint32(at, true);
        const descriptionSize = notes.getUint32(at + 4, true);
        const type = notes.getUint32(at + 8, true);
        const description = at + 12 + align4(nameSize);
        const end = description + descriptionSize;
        if (end > bytes.length) {
          break;
        }
        const owner = latin1(bytes.subarray(at + 12, at + 12 + nameSize));
        if (type === NT_GNU_BUILD_ID && owner === 'GNU\0') {
          return Array.from(bytes.subarray(description, end), byte =>
            byte.toString(16).padStart(2, '0')
          ).join('');
        }
        at = description + align4(descriptionSize);
      }
    }
    return undefined;
  }

  /**
   * Name and checksum of the separate debug file, or undefined if the file names none.
   *
   * @throws ElfError if the section is not in the file
   */
  debugLink(): DebugLink | undefined {
    const bytes = this.sectionBytes('.gnu_debuglink');
    if (bytes === undefined) {
      return undefined;
    }
    const end = bytes.indexOf(0);
    // The name is padded to a multiple of 4.
    const checksumAt = align4(end + 1);
    return end <= 0 || checksumAt + 4 > bytes.length
      ? undefined
      : {
          name: latin1(bytes.subarray(0, end)),
          checksum: view(bytes).getUint32(checksumAt, true)
        };
  }

  /**
   * What a section holds, or undefined if the file has no section of that name.
   *
   * @throws ElfError if the section is not in the file
   */
  sectionBytes(wanted: string): Uint8Array | undefined {
    const section = this.sections.find(({ name }) => name === wanted);
    return section && this.bytes.read(wanted, section.offset, section.size);
  }

  /** True if symbols are those of a separate debug file, which may be another build's. */
  hasAddedSymbols = false;

  /** True if the file, or its debug file, has a .symtab: it was not stripped. */
  get hasSymbolTable(): boolean {
    return this.symbolTables().some(({ full }) => full);
  }

  /**
   * Takes the symbols of this file's separate debug file for its own: they have the same addresses.
   *
   * @throws ElfError if a table of either is damaged
   */
  addSymbols(debug: ElfFile): void {
    this.hasAddedSymbols = true;
    this.tables = [
      ...debug.symbolTables().filter(({ full }) => full),
      ...this.symbolTables()
    ];
  }

  /**
   * The symbols whose name matches, of .symtab and .dynsym; each name and address once. A version
   * (`name@@GLIBC_2.3.2`) is cut off.
   *
   * @throws ElfError if a table is damaged
   */
  symbols(matches: (name: string) => boolean): ElfSymbol[] {
    const found = new Map<string, ElfSymbol>();
    for (const table of this.symbolTables()) {
      for (const symbol of matchingSymbols(table, matches)) {
        const key = `${symbol.name} ${symbol.address} ${symbol.defined}`;
        if (!found.has(key)) {
          found.set(key, symbol);
        }
      }
    }
    return [...found.values()];
  }

  /** .symtab and .dynsym, as far as the file has them. */
  symbolTables(): readonly SymbolTable[] {
    this.tables ??= readSymbolTables(this.bytes, this.sections);
    return this.tables;
  }

  /** The defined symbol of that name, or undefined. */
  symbol(name: string): ElfSymbol | undefined {
    return this.symbols(other => other === name).find(found => found.defined);
  }

  /** What the dynamic linker writes (.rela.dyn, .rela.plt). */
  relocations(): readonly ElfRelocation[] {
    this.relocationList ??= readRelocations(this.bytes, this.sections);
    return this.relocationList;
  }

  /** Some of the relocations, without keeping them. */
  someRelocations(wanted: WantedRelocations): ElfRelocation[] {
    return readRelocations(this.bytes, this.sections, wanted);
  }

  /** Where the byte at `address` lies in the file, or undefined if it doesn't (.bss, no segment). */
  fileOffset(address: Address): number | undefined {
    for (const segment of this.segments) {
      const into = address - segment.address;
      if (segment.kind === 'load' && into >= 0 && into < segment.fileSize) {
        return segment.offset + into;
      }
    }
    return undefined;
  }

  /** The address (without load bias) of a byte of the file, or undefined if it isn't loaded. */
  address(fileOffset: number): Address | undefined {
    for (const segment of this.segments) {
      const into = fileOffset - segment.offset;
      if (segment.kind === 'load' && into >= 0 && into < segment.fileSize) {
        return segment.address + into;
      }
    }
    return undefined;
  }

  /**
   * What to add to the file's addresses to get the process's, from one line of /proc/PID/maps.
   *
   * @param start - where the mapping starts in the process
   * @param fileOffset - the line's file offset; a multiple of the page size
   * @param executable - the line has `x`. The kernel maps whole pages, so two segments that share a
   * page of the file both map it; the flag tells which one this line is.
   * @returns undefined if no segment fits the line
   */
  loadBias(
    start: Address,
    fileOffset: number,
    executable: boolean
  ): Address | undefined {
    const fits = this.segments.filter(
      segment =>
        segment.kind === 'load' &&
        segment.executable === executable &&
        fileOffset >= firstPage(segment) &&
        fileOffset < segment.offset + segment.fileSize
    );
    // A line starts where its segment does, unless mprotect() has cut it (RELRO).
    const segment =
      fits.find(other => firstPage(other) === fileOffset) ?? fits[0];
    return segment === undefined
      ? undefined
      : start - (segment.address - segment.offset + fileOffset);
  }

  /**
   * The bytes that the file holds for `address`.
   *
   * @throws ElfError if they are not in the file
   */
  read(address: Address, length: number): Uint8Array {
    const offset = this.fileOffset(address);
    if (offset === undefined) {
      throw this.bytes.error(
        'corrupt',
        `address 0x${address.toString(16)} is in no segment of the file`
      );
    }
    const what = `the code at 0x${address.toString(16)}`;
    return this.bytes.read(what, offset, length);
  }
}

function firstPage(segment: ElfSegment): number {
  return segment.offset - (segment.offset % PAGE);
}
function align4(length: number): number {
  return (length + 3) & ~3;
}
