/** The bytes of an open file. */
import { readSync } from 'node:fs';
import type { ReadAt } from '../../core/binary/elf';

/** Reads from a file descriptor; it must stay open as long as bytes are read. */
export function readAtOf(fd: number): ReadAt {
  return (offset, length) => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
  };
}
