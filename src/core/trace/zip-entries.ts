/** Zip archives, read through fflate, with the checks that it leaves out: check sums and sizes. */
import { strFromU8, unzipSync, type UnzipFileInfo } from 'fflate';
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

/** An archive whose entries are unpacked one by one. */
export class ZipArchive {
  /** @throws ZipError if it is truncated, or no zip archive */
  constructor(private readonly bytes: Uint8Array) {
    unzip(bytes, ({ name, size, originalSize }) => {
      this.declared.set(name, { size, originalSize });
      return false;
    });
    this.sums = checkSums(bytes);
  }

  has(name: string): boolean {
    return this.declared.has(name);
  }

  /** Bytes that an entry takes unpacked, as it declares; 0 if there is none. */
  sizeOf(name: string): number {
    return this.declared.get(name)?.originalSize ?? 0;
  }

  /** Bytes that all entries take unpacked, as they declare. */
  get size(): number {
    return [...this.declared.keys()].reduce(
      (sum, name) => sum + this.sizeOf(name),
      0
    );
  }

  /**
   * The content of an entry; undefined if there is none.
   *
   * @throws ZipError if it is damaged, or declares a size that it can't have
   */
  read(name: string): Uint8Array | undefined {
    const declared = this.declared.get(name);
    if (declared === undefined) {
      return undefined;
    }
    const { size, originalSize } = declared;
    if (originalSize > Math.min(MOST_BYTES, size * MOST_EXPANSION)) {
      throw new ZipError(`${name} declares an impossible size`);
    }
    const content = unzip(this.bytes, entry => entry.name === name)[name];
    if (content === undefined || crc32(content) !== this.sums.get(name)) {
      throw new ZipError(`${name} is damaged`);
    }
    return content;
  }

  private readonly declared = new Map<
    string,
    { size: number; originalSize: number }
  >();
  /** CRC-32 by name. */
  private readonly sums: ReadonlyMap<string, number>;
}

function unzip(
  bytes: Uint8Array,
  filter: (entry: UnzipFileInfo) => boolean
): Record<string, Uint8Array | undefined> {
  try {
    return unzipSync(bytes, { filter });
  } catch {
    throw new ZipError('it is truncated or not a zip archive');
  }
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
