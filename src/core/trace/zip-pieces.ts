/** Zip archives, written in pieces: nothing of an entry is kept, so that it may be larger than memory. */
import { Deflate, strToU8 } from 'fflate';
import {
  crc32,
  END_BYTES,
  END_SIGNATURE,
  ENTRY_BYTES,
  ENTRY_SIGNATURE,
  MOST_BYTES,
  ZipError
} from './zip-format';

/** One file of an archive. Its pieces are asked for one after the other, and none is changed later. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Iterable<Uint8Array>;
}

/** How the content of an entry is compressed. */
export interface Compressor {
  /** @param previous CRC-32 of what stands before the bytes, 0 for nothing */
  crc32(bytes: Uint8Array, previous: number): number;
  /** Raw deflate (RFC 1951). */
  deflate(
    pieces: Iterable<Uint8Array>
  ): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Fast: level 6 takes five times as long for a fifth less. */
export const COMPRESSION_LEVEL = 1;

/** Works everywhere; the zlib of an engine is several times faster. */
export const PORTABLE_COMPRESSOR: Compressor = {
  crc32,
  *deflate(pieces) {
    const done: Uint8Array[] = [];
    const deflate = new Deflate({ level: COMPRESSION_LEVEL }, piece =>
      done.push(piece)
    );
    for (const piece of pieces) {
      deflate.push(piece);
      yield* done.splice(0);
    }
    deflate.push(new Uint8Array(0), true);
    yield* done;
  }
};

// APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9.
const LOCAL_SIGNATURE = 0x0403_4b50;
const LOCAL_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x0807_4b50;
const DESCRIPTOR_BYTES = 16;

/** Sections 4.4.3 to 4.4.6: version 2.0, sums behind the content, deflate, 1980-01-01 00:00. */
const COMMON_FIELDS = [20, 1 << 3, 8, 0, 0x21] as const;

/** Offsets have 32 bits. */
const MOST_ARCHIVE_BYTES = 2 ** 32 - 1;

/** What the directory says of an entry. */
interface Sums {
  crc: number;
  compressed: number;
  size: number;
}

/**
 * The bytes of an archive. The date of its entries is fixed, so that equal content gives equal bytes.
 *
 * @throws ZipError if an entry or the archive is larger than the format's 32 bits allow
 */
export async function* zipPieces(
  entries: Iterable<ZipEntry>,
  compressor: Compressor = PORTABLE_COMPRESSOR
): AsyncGenerator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, content } of entries) {
    const bytes = strToU8(name);
    const sums: Sums = { crc: 0, compressed: 0, size: 0 };
    const start = at;
    yield localHeader(bytes);
    const pieces = summed(name, content, compressor, sums);
    for await (const piece of compressor.deflate(pieces)) {
      sums.compressed += piece.length;
      yield piece;
    }
    yield descriptor(sums);
    at += LOCAL_BYTES + bytes.length + sums.compressed + DESCRIPTOR_BYTES;
    if (at > MOST_ARCHIVE_BYTES) {
      throw new ZipError('the trace is larger than 4 GiB');
    }
    directory.push(directoryEntry(bytes, sums, start));
  }
  yield* directory;
  yield endRecord(directory, at);
}

/** Passes the pieces on and sums them up. */
function* summed(
  name: string,
  pieces: Iterable<Uint8Array>,
  compressor: Compressor,
  sums: Sums
): Generator<Uint8Array> {
  for (const piece of pieces) {
    sums.crc = compressor.crc32(piece, sums.crc);
    sums.size += piece.length;
    if (sums.size > MOST_BYTES) {
      throw new ZipError(`${name} is larger than 2 GiB`);
    }
    yield piece;
  }
}

function localHeader(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LOCAL_BYTES + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LOCAL_SIGNATURE, true);
  writeCommon(view, 4);
  view.setUint16(26, name.length, true);
  bytes.set(name, LOCAL_BYTES);
  return bytes;
}

function descriptor(sums: Sums): Uint8Array {
  const bytes = new Uint8Array(DESCRIPTOR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, DESCRIPTOR_SIGNATURE, true);
  writeSums(view, 4, sums);
  return bytes;
}

function directoryEntry(
  name: Uint8Array,
  sums: Sums,
  start: number
): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ENTRY_SIGNATURE, true);
  view.setUint16(4, COMMON_FIELDS[0], true);
  writeCommon(view, 6);
  writeSums(view, 16, sums);
  view.setUint16(28, name.length, true);
  view.setUint32(42, start, true);
  bytes.set(name, ENTRY_BYTES);
  return bytes;
}

function endRecord(
  directory: readonly Uint8Array[],
  start: number
): Uint8Array {
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  if (start + size > MOST_ARCHIVE_BYTES) {
    throw new ZipError('the trace is larger than 4 GiB');
  }
  const view = new DataView(new ArrayBuffer(END_BYTES));
  view.setUint32(0, END_SIGNATURE, true);
  view.setUint16(8, directory.length, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, start, true);
  return new Uint8Array(view.buffer);
}

function writeCommon(view: DataView, at: number): void {
  COMMON_FIELDS.forEach((value, index) =>
    view.setUint16(at + 2 * index, value, true)
  );
}

function writeSums(view: DataView, at: number, sums: Sums): void {
  view.setUint32(at, sums.crc, true);
  view.setUint32(at + 4, sums.compressed, true);
  view.setUint32(at + 8, sums.size, true);
}
