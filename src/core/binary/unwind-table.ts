/**
 * Where functions begin and end in a file without symbols: the unwind information (.eh_frame) says it for
 * each function, and for each part of a function that the compiler moved away (`.cold`). It is
 * loaded with the program, so stripping leaves it.
 *
 * Formats: Linux Standard Base, Core, chapter "Exception Frames"; pointer encodings: DWARF extensions
 * there.
 */
import type { Address } from '../units';
import { ElfError } from './elf';
import type { ElfFile } from './elf';
import { u64, view } from './elf-bytes';

/** The code of a function, or of a part of one. */
export interface CodeRange {
  readonly address: Address;
  /** Bytes. */
  readonly size: number;
}

/** How a pointer is written: the low half is the format, the high half what it is relative to. */
const FORMAT = 0x0f;
const RELATIVE = 0x70;
const ABSOLUTE_POINTER = 0x00;
const UNSIGNED_4 = 0x03;
const UNSIGNED_8 = 0x04;
const SIGNED_4 = 0x0b;
const SIGNED_8 = 0x0c;
const TO_FIELD = 0x10;
/** The search table that every linker makes: 32-bit offsets from the start of .eh_frame_hdr. */
const SORTED_TABLE = 0x3b;

/** What is read of an entry; the rest is how to unwind. */
const HEAD = 64;

export class UnwindTable {
  private constructor(
    private readonly elf: ElfFile,
    private readonly start: Address,
    /** Pairs: start of the code, its entry in .eh_frame; both from `start`. */
    private readonly table: DataView,
    private readonly count: number
  ) {}

  /**
   * @returns undefined if the file has no search table
   * @throws ElfError if it is damaged
   */
  static of(elf: ElfFile): UnwindTable | undefined {
    const segment = elf.segments.find(({ kind }) => kind === 'unwind');
    if (segment === undefined || segment.fileSize < 12) {
      return undefined;
    }
    const bytes = elf.read(segment.address, segment.fileSize);
    const header = view(bytes);
    const [version, toFrames, countFormat, tableFormat] = bytes;
    const countAt = 4 + sizeOf(toFrames);
    if (
      version !== 1 ||
      countFormat !== UNSIGNED_4 ||
      tableFormat !== SORTED_TABLE
    ) {
      return undefined;
    }
    const tableAt = countAt + 4;
    const count = Math.min(
      header.getUint32(countAt, true),
      Math.floor((bytes.length - tableAt) / 8)
    );
    return new UnwindTable(
      elf,
      segment.address,
      view(bytes.subarray(tableAt)),
      count
    );
  }

  /**
   * The function, or the part of one, that `address` lies in.
   *
   * @returns undefined if the table has none, or is damaged there
   */
  rangeAt(address: Address): CodeRange | undefined {
    try {
      return this.find(address);
    } catch (error) {
      if (error instanceof ElfError || error instanceof RangeError) {
        return undefined;
      }
      throw error;
    }
  }

  /** True if a function, or a part of one, begins at `address`. */
  beginsAt(address: Address): boolean {
    return this.rangeAt(address)?.address === address;
  }

  private find(address: Address): CodeRange | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.start + this.table.getInt32(middle * 8, true) <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low === 0) {
      return undefined;
    }
    const nearest = (low - 1) * 8;
    const range = this.rangeOf(
      this.start + this.table.getInt32(nearest + 4, true)
    );
    // The entry must say the same as the search table, or one of them is damaged.
    return range?.address === this.start + this.table.getInt32(nearest, true) &&
      address < range.address + range.size
      ? range
      : undefined;
  }

  /** What a frame description entry covers. */
  private rangeOf(entry: Address): CodeRange | undefined {
    const bytes = this.entryAt(entry);
    // The second word leads back to the common information entry.
    const encoding = this.encodingOf(entry + 4 - bytes.getUint32(4, true));
    const size = sizeOf(encoding);
    const address = pointerAt(bytes, 8, encoding, entry + 8);
    const length = pointerAt(bytes, 8 + size, encoding & FORMAT, 0);
    return address === undefined || length === undefined
      ? undefined
      : { address, size: length };
  }

  /** How the entries that share this common information entry write pointers. */
  private encodingOf(common: Address): number {
    const bytes = this.entryAt(common);
    const version = bytes.getUint8(8);
    let at = 9;
    let augmentation = '';
    for (; bytes.getUint8(at) !== 0; at++) {
      augmentation += String.fromCharCode(bytes.getUint8(at));
    }
    at++;
    if (!augmentation.startsWith('z')) {
      return ABSOLUTE_POINTER;
    }
    // Code and data alignment, return register (one byte in version 1), length of the augmentation.
    at = behindNumber(bytes, behindNumber(bytes, at));
    at = version === 1 ? at + 1 : behindNumber(bytes, at);
    at = behindNumber(bytes, at);
    for (const letter of augmentation.slice(1)) {
      const encoding = bytes.getUint8(at);
      if (letter === 'R') {
        return encoding;
      }
      // P: an encoding and a pointer; L: an encoding; S, B, G: nothing.
      at += letter === 'P' ? 1 + sizeOf(encoding) : letter === 'L' ? 1 : 0;
    }
    return ABSOLUTE_POINTER;
  }

  /** The start of one entry of .eh_frame, its length in front. */
  private entryAt(address: Address): DataView {
    const length = view(this.elf.read(address, 4)).getUint32(0, true);
    return view(this.elf.read(address, 4 + Math.min(length, HEAD)));
  }
}

/** Bytes of a pointer. */
function sizeOf(encoding: number): number {
  switch (encoding & FORMAT) {
    case UNSIGNED_4:
    case SIGNED_4:
      return 4;
    default:
      return 8;
  }
}

function pointerAt(
  bytes: DataView,
  at: number,
  encoding: number,
  field: Address
): number | undefined {
  const relative = encoding & RELATIVE;
  if (relative !== 0 && relative !== TO_FIELD) {
    return undefined;
  }
  const origin = relative === TO_FIELD ? field : 0;
  switch (encoding & FORMAT) {
    case UNSIGNED_4:
      return origin + bytes.getUint32(at, true);
    case SIGNED_4:
      return origin + bytes.getInt32(at, true);
    case ABSOLUTE_POINTER:
    case UNSIGNED_8:
      return origin + u64(bytes, at);
    case SIGNED_8:
      return origin + Number(bytes.getBigInt64(at, true));
    default:
      return undefined;
  }
}

/** The offset behind a number in LEB128. */
function behindNumber(bytes: DataView, at: number): number {
  while (at < bytes.byteLength && bytes.getUint8(at) >= 0x80) {
    at++;
  }
  return at + 1;
}
