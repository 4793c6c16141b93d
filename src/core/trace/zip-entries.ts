/** Zip archives, read through fflate, with the checks that it leaves out: check sums and sizes. */
import { strFromU8, unzipSync } from 'fflate';
import {
  crc32,
  END_BYTES,
  END_SIGNATURE,
  ENTRY_BYTES,
  ENTRY_SIGNATURE,
  MOST_BYTES,
  ZipError
} from './zip-format';

/** Deflate makes at most this many bytes of one. */
const MOST_EXPANSION = 1032;

/**
 * The wanted entries of an archive; those that it does not have are absent.
 *
 * @throws ZipError if it is truncated, damaged, or no zip archive
 */
export function unzipEntries(
  bytes: Uint8Array,
  wanted: readonly string[]
): ReadonlyMap<string, Uint8Array> {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (!wanted.includes(name)) {
          return false;
        }
        if (originalSize > Math.min(MOST_BYTES, size * MOST_EXPANSION)) {
          throw new ZipError(`${name} declares an impossible size`);
        }
        return true;
      }
    });
  } catch (error) {
    if (error instanceof ZipError) {
      throw error;
    }
    throw new ZipError('it is truncated or not a zip archive');
  }
  const sums = checkSums(bytes);
  for (const [name, content] of Object.entries(files)) {
    if (crc32(content) !== sums.get(name)) {
      throw new ZipError(`${name} is damaged`);
    }
  }
  return new Map(Object.entries(files));
}

/** CRC-32 of each entry, from the archive's directory. */
function checkSums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sums = new Map<string, number>();
  let end = bytes.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) {
    end--;
  }
  let at = end >= 0 ? view.getUint32(end + 16, true) : bytes.length;
  while (
    at + ENTRY_BYTES <= bytes.length &&
    view.getUint32(at, true) === ENTRY_SIGNATURE
  ) {
    const nameLength = view.getUint16(at + 28, true);
    const name = at + ENTRY_BYTES;
    sums.set(
      strFromU8(bytes.subarray(name, name + nameLength)),
      view.getUint32(at + 16, true)
    );
    at =
      name +
      nameLength +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  return sums;
}
