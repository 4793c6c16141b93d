/** Files that are written in pieces and appear under their name only when they are complete. */
import { createHash } from 'node:crypto';
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { constants, crc32, createDeflateRaw } from 'node:zlib';
import {
  COMPRESSION_LEVEL,
  type Compressor
} from '../../core/trace/zip-pieces';

/** What was written. */
export interface WrittenFile {
  /** Bytes. */
  size: number;
  /** SHA-256, hexadecimal. */
  sha256: string;
}

/** Bytes of a compressed piece. */
const PIECE_BYTES = 256 * 1024;

/** Compresses beside the event loop: in a thread of libuv, one piece after the other. */
export const ZLIB_COMPRESSOR: Compressor = {
  crc32,
  deflate(pieces) {
    const deflate = createDeflateRaw({
      level: COMPRESSION_LEVEL,
      memLevel: constants.Z_MAX_MEMLEVEL,
      chunkSize: PIECE_BYTES
    });
    // What goes wrong is thrown by the stream that is returned.
    return pipeline(Readable.from(pieces), deflate, () => undefined);
  }
};

/**
 * Writes a file. What stood under the name before stays until the new file is complete; what can't be
 * replaced, as a device can't, is written to.
 *
 * @param mode permissions of a new file; one that is replaced keeps its own
 * @throws the system's error, or what the pieces throw; nothing new is left behind then
 */
export async function writePieces(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  mode = 0o666
): Promise<WrittenFile> {
  const there = statSync(path, { throwIfNoEntry: false });
  const whole = there === undefined || there.isFile();
  // A link stays one.
  const target = there === undefined ? path : realpathSync(path);
  const place = whole ? `${target}.part` : target;
  try {
    const written = await writeAll(
      place,
      pieces,
      there === undefined ? mode : there.mode & 0o777
    );
    if (whole) {
      await rename(place, target);
    }
    return written;
  } catch (error) {
    if (whole) {
      await rm(place, { force: true });
    }
    throw error;
  }
}

/** Copies a file as `writePieces` writes one. */
export async function copyInPieces(from: string, to: string): Promise<void> {
  await writePieces(to, createReadStream(from, { highWaterMark: PIECE_BYTES }));
}

async function writeAll(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  mode: number
): Promise<WrittenFile> {
  const file = await open(path, 'w', mode);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of pieces) {
      hash.update(piece);
      size += piece.length;
      await file.writeFile(piece);
    }
    return { size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
