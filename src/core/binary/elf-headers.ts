/** ELF header, segments (program headers) and sections. */
import type { Address } from '../units';
import { latin1, stringAt, u64, view } from './elf-bytes';
import type { ElfBytes } from './elf-bytes';

/** A segment. Addresses are those of the file, before any load bias. */
export interface ElfSegment {
  /** `unwind`: the search table of .eh_frame_hdr. */
  readonly kind: 'load' | 'note' | 'unwind' | 'other';
  readonly offset: number;
  readonly address: Address;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly executable: boolean;
}

export interface ElfSection {
  readonly name: string;
  /** SHT_… */
  readonly type: number;
  /** Where it is loaded; 0 if it isn't. */
  readonly address: Address;
  readonly offset: number;
  /** Bytes in the file: 0 if it has none there (.bss). */
  readonly size: number;
  readonly link: number;
}

export type MachineName = 'x86-64' | 'aarch64';

export interface ElfHeaders {
  readonly machine: MachineName;
  /** ET_EXEC: the addresses in the file are those in the process. */
  readonly fixedAddress: boolean;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
}

/** By e_machine. */
const MACHINES: ReadonlyMap<number, MachineName> = new Map([
  [62, 'x86-64'],
  [183, 'aarch64']
]);
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PT_GNU_EH_FRAME = 0x6474e550;
const SEGMENT_KINDS: ReadonlyMap<number, ElfSegment['kind']> = new Map([
  [PT_LOAD, 'load'],
  [PT_NOTE, 'note'],
  [PT_GNU_EH_FRAME, 'unwind']
] as const);
const PF_X = 1;
const SHT_NOBITS = 8;

/**
 * @throws ElfError if it isn't an ELF file for x86-64 or aarch64, or is damaged
 */
export function readHeaders(file: ElfBytes): ElfHeaders {
  const ident = file.start(20);
  if (latin1(ident.subarray(0, 4)) !== '\x7fELF') {
    throw file.error('not-elf', 'not an ELF file');
  }
  // Short files are told apart from foreign ones before their fields are looked at.
  const header = view(file.read('the ELF header', 0, 64));
  if (ident[4] !== 2) {
    throw file.error(
      'not-64-bit',
      'a 32-bit file; only x86-64 and aarch64 are supported'
    );
  }
  const littleEndian = ident[5] === 1;
  const machine = header.getUint16(18, littleEndian);
  const machineName = littleEndian ? MACHINES.get(machine) : undefined;
  if (machineName === undefined) {
    throw file.error(
      'wrong-machine',
      `built for machine ${machine}${littleEndian ? '' : ' (big-endian)'}; only x86-64 and aarch64 are supported`
    );
  }
  const type = header.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN) {
    throw file.error(
      'wrong-type',
      `neither an executable nor a shared library (ELF type ${type})`
    );
  }
  return {
    machine: machineName,
    fixedAddress: type === ET_EXEC,
    segments: readSegments(file, header),
    sections: readSections(file, header)
  };
}
function readSegments(file: ElfBytes, header: DataView): ElfSegment[] {
  const offset = u64(header, 32);
  const entry = header.getUint16(54, true);
  const count = header.getUint16(56, true);
  if (count > 0 && entry < 56) {
    throw file.error(
      'corrupt',
      `program headers of ${entry} bytes; 56 are expected`
    );
  }
  const table = view(file.read('the program headers', offset, count * entry));
  return Array.from({ length: count }, (_, index) => {
    const at = index * entry;
    return {
      kind: SEGMENT_KINDS.get(table.getUint32(at, true)) ?? 'other',
      executable: (table.getUint32(at + 4, true) & PF_X) !== 0,
      offset: u64(table, at + 8),
      address: u64(table, at + 16),
      fileSize: u64(table, at + 32),
      memorySize: u64(table, at + 40)
    };
  });
}

function readSections(file: ElfBytes, header: DataView): ElfSection[] {
  const offset = u64(header, 40);
  const entry = header.getUint16(58, true);
  const count = header.getUint16(60, true);
  const namesIndex = header.getUint16(62, true);
  if (offset === 0 || count === 0) {
    return [];
  }
  if (entry < 64) {
    throw file.error(
      'corrupt',
      `section headers of ${entry} bytes; 64 are expected`
    );
  }
  const table = view(file.read('the section headers', offset, count * entry));
  const unnamed = Array.from({ length: count }, (_, index) => {
    const at = index * entry;
    const type = table.getUint32(at + 4, true);
    return {
      nameAt: table.getUint32(at, true),
      type,
      address: u64(table, at + 16),
      offset: u64(table, at + 24),
      size: type === SHT_NOBITS ? 0 : u64(table, at + 32),
      link: table.getUint32(at + 40, true)
    };
  });
  const names = unnamed[namesIndex];
  const text =
    names === undefined
      ? ''
      : latin1(file.read('the section names', names.offset, names.size));
  return unnamed.map(({ nameAt, ...section }) => ({
    ...section,
    name: stringAt(text, nameAt)
  }));
}
