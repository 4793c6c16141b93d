/** Symbol tables and relocations. */
import type { Address } from '../units';
import { latin1, stringAt, u64, view } from './elf-bytes';
import type { ElfBytes } from './elf-bytes';
import type { ElfSection } from './elf-headers';

export interface ElfSymbol {
  readonly name: string;
  /** Address in the file's own address space; 0 for most undefined symbols. */
  readonly address: Address;
  /** Bytes; 0 if the file doesn't say. */
  readonly size: number;
  readonly type: 'function' | 'object' | 'other';
  /** False for an import. */
  readonly defined: boolean;
}

/** A relocation that the dynamic linker applies. */
export interface ElfRelocation {
  /** The word that is written. */
  readonly address: Address;
  /** R_X86_64_… */
  readonly type: number;
  /** Name of the symbol it refers to; empty if none. */
  readonly symbol: string;
  readonly addend: number;
}

/** A part of the relocations: libpython has tens of thousands. */
export interface WantedRelocations {
  /** Names of sections. */
  readonly sections: readonly string[];
  /** By R_X86_64_…. */
  readonly type: (type: number) => boolean;
}

const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

/** Bytes of one entry of a symbol table, and of a relocation with addend. */
const ENTRY = 24;

export interface SymbolTable {
  /** True for .symtab, which stripping removes; false for .dynsym. */
  readonly full: boolean;
  readonly entries: DataView;
  readonly count: number;
  /** The string table, one character a byte. */
  readonly strings: string;
}

/** .symtab and .dynsym, as far as the file has them. */
export function readSymbolTables(
  file: ElfBytes,
  sections: readonly ElfSection[]
): SymbolTable[] {
  return sections
    .filter(({ type }) => type === SHT_SYMTAB || type === SHT_DYNSYM)
    .map(section => readSymbolTable(file, sections, section));
}

/**
 * The entries of .rela.dyn, .rela.plt and the like.
 *
 * @param wanted - by section and type; all if it is absent
 */
export function readRelocations(
  file: ElfBytes,
  sections: readonly ElfSection[],
  wanted?: WantedRelocations
): ElfRelocation[] {
  return sections
    .filter(({ type }) => type === SHT_RELA)
    .filter(({ name }) => wanted?.sections.includes(name) ?? true)
    .flatMap(section =>
      readRelocationSection(file, sections, section, wanted?.type)
    );
}

/** The symbols whose name matches, in the table's order. */
export function* matchingSymbols(
  table: SymbolTable,
  matches: (name: string) => boolean
): Generator<ElfSymbol> {
  for (let index = 1; index < table.count; index++) {
    const name = symbolName(table, index);
    if (name !== '' && matches(name)) {
      yield symbolAt(table, index, name);
    }
  }
}

/** The defined functions of a table that have a size, in the table's order. */
export interface FunctionColumns {
  readonly count: number;
  readonly address: Float64Array;
  readonly size: Float64Array;
  /** Index into the symbol table. */
  readonly symbol: Uint32Array;
  /** STB_…: 0 local, 1 global, 2 weak. */
  readonly binding: Uint8Array;
}

/** The functions of a table, without a look at their names. */
export function functionColumns({
  entries,
  count
}: SymbolTable): FunctionColumns {
  const address = new Float64Array(count);
  const size = new Float64Array(count);
  const symbol = new Uint32Array(count);
  const binding = new Uint8Array(count);
  let found = 0;
  for (let index = 1; index < count; index++) {
    const at = index * ENTRY;
    const info = entries.getUint8(at + 4);
    const type = info & 0xf;
    if (
      (type !== STT_FUNC && type !== STT_GNU_IFUNC) ||
      entries.getUint16(at + 6, true) === SHN_UNDEF
    ) {
      continue;
    }
    const bytes = low53(entries, at + 16);
    if (bytes > 0) {
      address[found] = low53(entries, at + 8);
      size[found] = bytes;
      symbol[found] = index;
      binding[found] = info >> 4;
      found++;
    }
  }
  return { count: found, address, size, symbol, binding };
}

/** A 64-bit word below 2^53; BigInt for each of 10 000 symbols would cost more than all else. */
function low53(data: DataView, at: number): number {
  return data.getUint32(at + 4, true) * 0x100000000 + data.getUint32(at, true);
}

function readSymbolTable(
  file: ElfBytes,
  sections: readonly ElfSection[],
  section: ElfSection
): SymbolTable {
  const strings = sections[section.link];
  if (strings === undefined) {
    throw file.error(
      'corrupt',
      `${section.name} names section ${section.link} for its strings, which is absent`
    );
  }
  const entries = file.read(section.name, section.offset, section.size);
  const text = file.read(strings.name, strings.offset, strings.size);
  return {
    full: section.type === SHT_SYMTAB,
    entries: view(entries),
    count: Math.floor(entries.length / ENTRY),
    strings: latin1(text)
  };
}

function readRelocationSection(
  file: ElfBytes,
  sections: readonly ElfSection[],
  section: ElfSection,
  wanted: WantedRelocations['type'] = () => true
): ElfRelocation[] {
  const bytes = file.read(section.name, section.offset, section.size);
  const entries = view(bytes);
  const linked = sections[section.link];
  const table =
    linked?.type === SHT_DYNSYM
      ? readSymbolTable(file, sections, linked)
      : undefined;
  const list: ElfRelocation[] = [];
  for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
    const type = entries.getUint32(at + 8, true);
    if (!wanted(type)) {
      continue;
    }
    const index = entries.getUint32(at + 12, true);
    list.push({
      address: u64(entries, at),
      type,
      symbol:
        table !== undefined && index > 0 && index < table.count
          ? symbolName(table, index)
          : '',
      addend: Number(entries.getBigInt64(at + 16, true))
    });
  }
  return list;
}

/** Name of a table's entry, without its version. */
export function symbolName(table: SymbolTable, index: number): string {
  const name = stringAt(
    table.strings,
    table.entries.getUint32(index * ENTRY, true)
  );
  const version = name.indexOf('@');
  return version > 0 ? name.slice(0, version) : name;
}

function symbolAt(table: SymbolTable, index: number, name: string): ElfSymbol {
  const at = index * ENTRY;
  const type = table.entries.getUint8(at + 4) & 0xf;
  return {
    name,
    address: u64(table.entries, at + 8),
    size: u64(table.entries, at + 16),
    type:
      type === STT_FUNC || type === STT_GNU_IFUNC
        ? 'function'
        : type === STT_OBJECT
          ? 'object'
          : 'other',
    defined: table.entries.getUint16(at + 6, true) !== SHN_UNDEF
  };
}
