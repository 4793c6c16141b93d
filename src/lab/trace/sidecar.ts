/** The trace that was saved beside a notebook: where it may lie, and whether it is the one that was saved. */
import { sha256 as hash } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import type { Sidecar } from '../../core/trace/bundle';

/**
 * The path as a relative URL; undefined if it does not lead downward from the notebook's folder: a notebook must not
 * make its reader open other files.
 */
export function sidecarUrl({ path }: Sidecar): string | undefined {
  const parts = path.split('/');
  const down = parts.every(
    part => part !== '' && part !== '.' && part !== '..' && !/[\\:]/.test(part)
  );
  return down && path.endsWith('.giltrace')
    ? parts.map(encodeURIComponent).join('/')
    : undefined;
}

/** Bytes that are summed at once where the browser has no sum of its own: some 30 ms, in which the page stands still. */
const SLICE_BYTES = 4 * 1024 ** 2;

/** Whether the bytes are those that were saved; false, too, if `signal` ends it before. */
export async function isSaved(
  bytes: ArrayBuffer,
  { sha256, size }: Sidecar,
  signal: AbortSignal
): Promise<boolean> {
  if (bytes.byteLength !== size) {
    return false;
  }
  // Absent on insecure origins, though its type says otherwise.
  const crypto = globalThis.crypto as Partial<Crypto> | undefined;
  const sum =
    crypto?.subtle === undefined
      ? await sumInSlices(bytes, signal)
      : new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return sum !== undefined && bytesToHex(sum) === sha256;
}

async function sumInSlices(
  bytes: ArrayBuffer,
  signal: AbortSignal
): Promise<Uint8Array | undefined> {
  const sum = hash.create();
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) {
    const length = Math.min(SLICE_BYTES, bytes.byteLength - at);
    sum.update(new Uint8Array(bytes, at, length));
    // A task of its own: the page draws and takes input between.
    await new Promise(resolve => setTimeout(resolve));
    if (signal.aborted) {
      return undefined;
    }
  }
  return sum.digest();
}
