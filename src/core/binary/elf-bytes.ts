/** The bytes of an ELF file, with one clear error where they are missing. */

/**
 * Reads `length` bytes at `offset` of a file. At the end of the file it returns what is left, down
 * to an empty array.
 */
export type ReadAt = (offset: number, length: number) => Uint8Array;

export type ElfErrorCode =
  | 'not-elf'
  | 'not-64-bit'
  | 'wrong-machine'
  | 'wrong-type'
  | 'truncated'
  | 'corrupt';

/** The file can't be read as ELF for x86-64 or aarch64. `message` is one line that names the file. */
export class ElfError extends Error {
  constructor(
    readonly code: ElfErrorCode,
    message: string
  ) {
    super(message);
    this.name = 'ElfError';
  }
}

/** No table of a real Python is near this; a larger size comes from a damaged header. */
const LARGEST_TABLE = 1 << 29;

/** The bytes of one file. */
export class ElfBytes {
  constructor(
    private readonly readAt: ReadAt,
    /** The file, as messages call it. */
    readonly name: string
  ) {}

  /** Up to `length` bytes at the start of the file. */
  start(length: number): Uint8Array {
    return this.readAt(0, length);
  }

  /**
   * Exactly `length` bytes.
   *
   * @param what - what they are, for messages
   * @throws ElfError if the file ends before, or no sound file asks for so much
   */
  read(what: string, offset: number, length: number): Uint8Array {
    if (length > LARGEST_TABLE || offset > Number.MAX_SAFE_INTEGER) {
      throw this.error(
        'corrupt',
        `${what} would take ${length} bytes at offset ${offset}`
      );
    }
    const bytes =
      length === 0 ? new Uint8Array(0) : this.readAt(offset, length);
    if (bytes.length < length) {
      throw this.error(
        'truncated',
        `truncated: ${what} should take ${length} bytes at offset ${offset}`
      );
    }
    return bytes;
  }

  error(code: ElfErrorCode, message: string): ElfError {
    return new ElfError(code, `${this.name}: ${message}`);
  }
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Exact up to 2^53, which no offset or user address of a sound file exceeds. */
export function u64(data: DataView, at: number): number {
  return Number(data.getBigUint64(at, true));
}

export function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

/** The string of a string table that starts at `start`. */
export function stringAt(strings: string, start: number): string {
  const end = strings.indexOf('\0', start);
  return end < 0 ? strings.slice(start) : strings.slice(start, end);
}
