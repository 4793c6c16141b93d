/** What reading and writing of zip archives share; APPNOTE.TXT 6.3.10, all fields little-endian. */

/** Why an archive could not be read or written. */
export class ZipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ZipError';
  }
}

/** No entry is larger: what a single typed array can hold in every engine. */
export const MOST_BYTES = 2 ** 31 - 1;

/** Section 4.3.16: end of central directory record. */
export const END_SIGNATURE = 0x0605_4b50;
export const END_BYTES = 22;

/** Section 4.3.12: central directory header. */
export const ENTRY_SIGNATURE = 0x0201_4b50;
export const ENTRY_BYTES = 46;

/** Reflected polynomial of CRC-32 (ISO 3309), as zip uses it. */
const POLYNOMIAL = 0xedb8_8320;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return crc;
});

/** @param previous CRC-32 of what stands before the bytes */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (let i = 0; i < bytes.length; i++) {
    crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
