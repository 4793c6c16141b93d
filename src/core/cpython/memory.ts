/** Words of another process's memory. */
import type { Address } from '../units';

/**
 * Reads memory of the traced process: exactly `length` bytes, or an exception if they can't be read.
 */
export type ReadMemory = (address: Address, length: number) => Uint8Array;

/** A little-endian word of 8 bytes; above 2^53 only its magnitude is right. */
export function readWord(read: ReadMemory, address: Address): number {
  const bytes = read(address, 8);
  return Number(
    new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  );
}

/** True for what can be the address of an object of a user process: aligned, not in the first page. */
export function isPointer(word: number): boolean {
  return word >= 4096 && word < 2 ** 47 && word % 8 === 0;
}
