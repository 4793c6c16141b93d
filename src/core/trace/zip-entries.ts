/** Zip archives through fflate, with the checks that it leaves out: check sums and sizes. */
import { strFromU8, unzipSync, zipSync } from 'fflate';

/** Why an archive could not be read. */
export class ZipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ZipError';
  }
}

/** Fast: level 6 takes five times as long for a fifth less. */
const LEVEL = 1;

/** No entry is larger: what a single typed array can hold in every engine. */
const MOST_BYTES = 2 ** 31 - 1;

/** Deflate makes at most this many bytes of one. */
const MOST_EXPANSION = 1032;

// APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.3.16; all fields little-endian.
const END_SIGNATURE = 0x0605_4b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x0201_4b50;
const ENTRY_BYTES = 46;

/** Writes an archive; the date of its entries is fixed, so that equal content gives equal bytes. */
export function zipEntries(entries: Record<string, Uint8Array>): Uint8Array {
  return zipSync(entries, { level: LEVEL, mtime: new Date(1980, 0, 1) });
}

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

/** Reflected polynomial of CRC-32 (ISO 3309), as zip uses it. */
const POLYNOMIAL = 0xedb8_8320;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
