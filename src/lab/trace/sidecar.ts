/** The trace that was saved beside a notebook: where it may lie, and whether it is the one that was saved. */
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

/** Whether the bytes are those that were saved; undefined where the page may not compute it: browsers need https or localhost. */
export async function isSaved(
  bytes: ArrayBuffer,
  { sha256, size }: Sidecar
): Promise<boolean | undefined> {
  if (bytes.byteLength !== size) {
    return false;
  }
  // Absent on insecure origins, though its type says otherwise.
  const crypto = globalThis.crypto as Partial<Crypto> | undefined;
  if (crypto?.subtle === undefined) {
    return undefined;
  }
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const digits = Array.from(sum, byte => byte.toString(16).padStart(2, '0'));
  return digits.join('') === sha256;
}
