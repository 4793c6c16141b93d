/**
 * Reads the memory of another process through /proc/PID/mem. Needs the right to ptrace it
 * (ptrace(2), PTRACE_MODE_ATTACH): root, or the same user where Yama allows it.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Address } from '../../core/units';

export class ProcessMemory {
  private readonly _fd: number;
  private _closed = false;

  /** @throws the system's error: EACCES or EPERM without the right, ENOENT if the process is gone. */
  constructor(pid: number) {
    this._fd = openSync(`/proc/${pid}/mem`, 'r');
  }

  /**
   * `length` bytes at `address`.
   * @throws EIO where nothing is mapped; RangeError if fewer bytes than asked for can be read.
   */
  read = (address: Address, length: number): Uint8Array => {
    this._checkOpen();
    const bytes = new Uint8Array(length);
    const count = readSync(this._fd, bytes, 0, length, address);
    if (count < length) {
      throw new RangeError(
        `only ${count} of ${length} bytes at 0x${address.toString(16)}`
      );
    }
    return bytes;
  };

  /**
   * Fills the first `length` bytes of `buffer`.
   * @returns how many bytes were read; 0 where nothing can be read
   */
  readInto = (address: Address, buffer: Uint8Array, length: number): number => {
    try {
      this._checkOpen();
      return readSync(this._fd, buffer, 0, length, address);
    } catch {
      return 0;
    }
  };

  /** May be called again: by then the number may be another file's. */
  close(): void {
    if (!this._closed) {
      this._closed = true;
      closeSync(this._fd);
    }
  }

  private _checkOpen(): void {
    if (this._closed) {
      throw new Error('the memory of the process is not read any more');
    }
  }
}
