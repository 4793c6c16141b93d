import { CorruptRecord } from './corrupt-record';

/** 28 b5 2f fd, little-endian. */
const MAGIC = 0xfd2fb528;

/** Largest window: what zstd itself takes without being told (ZSTD_WINDOWLOG_LIMIT_DEFAULT, 27). */
const MAX_WINDOW = 2 ** 27;

/** Largest block, unpacked (RFC 8878, 3.1.1.2.4). */
const MAX_BLOCK = 128 * 1024;

const RLE_BLOCK = 1;

/** What comes next. */
const Next = { FrameHeader: 0, BlockHeader: 1, Nothing: 2 } as const;

/**
 * Checks the frame of a zstd stream before it is unpacked: a damaged one may ask for gigabytes of
 * window, and a few bytes may stand for gigabytes of data. Layout: RFC 8878, 3.1.1. perf never ends its
 * one frame, so nothing may follow a last block.
 */
export class ZstdFrame {
  /**
   * Takes the next bytes of the stream.
   * @throws CorruptRecord
   */
  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this._skip > 0) {
        const count = Math.min(this._skip, bytes.length - at);
        this._skip -= count;
        at += count;
        continue;
      }
      this._head[this._filled++] = bytes[at++];
      if (this._next === Next.FrameHeader) {
        this._readFrameHeader();
      } else if (this._next === Next.BlockHeader) {
        this._readBlockHeader();
      } else {
        throw new CorruptRecord('its zstd data goes on behind the last block');
      }
    }
  }

  private _readFrameHeader(): void {
    const head = this._head;
    if (this._filled < 6) {
      return;
    }
    const magic = new DataView(head.buffer).getUint32(0, true);
    const flags = head[4];
    const singleSegment = (flags & 0x20) !== 0;
    // A frame without a window says its whole size instead, which perf does not know beforehand.
    if (magic !== MAGIC || singleSegment || (flags & 3) !== 0) {
      throw new CorruptRecord('its data does not begin as a zstd stream');
    }
    const exponent = 10 + (head[5] >> 3);
    const window = 2 ** exponent * (1 + (head[5] & 7) / 8);
    if (window > MAX_WINDOW) {
      throw new CorruptRecord(
        `its zstd stream needs a window of ${window} bytes; ${MAX_WINDOW} is the most`
      );
    }
    const sizeBytes = [0, 2, 4, 8][flags >> 6];
    this._expect(Next.BlockHeader, sizeBytes);
  }

  private _readBlockHeader(): void {
    const head = this._head;
    if (this._filled < 3) {
      return;
    }
    const value = head[0] | (head[1] << 8) | (head[2] << 16);
    const last = (value & 1) !== 0;
    const type = (value >> 1) & 3;
    const size = value >> 3;
    if (size > MAX_BLOCK) {
      throw new CorruptRecord(`its zstd stream has a block of ${size} bytes`);
    }
    this._expect(
      last ? Next.Nothing : Next.BlockHeader,
      type === RLE_BLOCK ? 1 : size
    );
  }

  private _expect(next: number, after: number): void {
    this._next = next;
    this._skip = after;
    this._filled = 0;
  }

  private _next: number = Next.FrameHeader;
  /** Bytes of a header as far as they came. */
  private readonly _head = new Uint8Array(8);
  private _filled = 0;
  /** Bytes to pass over before what comes next. */
  private _skip = 0;
}
