/** Words of another process's memory. */
import type { Address } from '../units';

/**
 * Reads memory of the traced process: exactly `length` bytes, or an exception if they can't be read.
 */
export type ReadMemory = (address: Address, length: number) => Uint8Array;

/**
 * Fills the first `length` bytes of `buffer` from the traced process's memory without allocating.
 * Never throws.
 *
 * @returns how many bytes were read: fewer than asked for where the mapping ends, 0 if none
 */
export type ReadInto = (
  address: Address,
  buffer: Uint8Array,
  length: number
) => number;

/** For a reader that can only read whole blocks: the result is all or nothing. */
export function readIntoOf(read: ReadMemory): ReadInto {
  return (address, buffer, length) => {
    try {
      buffer.set(read(address, length));
      return length;
    } catch {
      return 0;
    }
  };
}

/** A little-endian word of 8 bytes; above 2^53 only its magnitude is right. */
export function readWord(read: ReadMemory, address: Address): number {
  const bytes = read(address, 8);
  return wordAt(new DataView(bytes.buffer, bytes.byteOffset), 0);
}

/** The same in bytes that were read: two halves, since a BigInt would be allocated. */
export function wordAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** True for what can be the address of an object of a user process: aligned, not in the first page. */
export function isPointer(word: number): boolean {
  return word >= 4096 && word < 2 ** 47 && word % 8 === 0;
}

/**
 * A pointer without its tag bits. CPython 3.14 marks references on the evaluation stack and in frames
 * in their two lowest bits (Include/internal/pycore_stackref.h).
 */
export function untagged(word: number): number {
  return word - (word % 4);
}

/** Reads blocks into a buffer of its own, each overwriting the one before. */
export class BlockReader {
  /** @param capacity - bytes of the largest block */
  constructor(
    private readonly _read: ReadInto,
    capacity: number
  ) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** False if `address` is none or not all of it can be read. */
  read(address: Address, length: number): boolean {
    return (
      address >= 4096 &&
      address < 2 ** 47 &&
      length <= this.bytes.length &&
      this._read(address, this.bytes, length) === length
    );
  }

  /** A word of 8 bytes; 0 if it can't be read. */
  word(address: Address): number {
    return this.read(address, 8) ? wordAt(this.view, 0) : 0;
  }

  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Whether the reference count of an object, its first word on builds with a GIL, is one of an object that
 * lives. The allocators write a link to the next free block over the first word of a freed one
 * (Objects/obmalloc.c, glibc's malloc); counts have 32 bits at most: more is a pointer.
 * 3.14 keeps flags in the upper 16 bits, and between them and the count an overflow that is 0.
 */
export function isCounted(view: DataView): boolean {
  return view.getUint32(0, true) > 0 && view.getUint16(4, true) === 0;
}
