import { Decompress } from 'fzstd';
import { CorruptRecord } from './corrupt-record';
import { RECORD_HEADER_SIZE, RecordType } from './record-types';
import { readU64 } from './u64';
import { ZstdFrame } from './zstd-frame';

/**
 * Unpacks the COMPRESSED and COMPRESSED2 records of `perf record -z`: their data, one behind the
 * other, are one zstd stream, and that holds records, which may lie across two of them.
 * Source: tools/perf/util/zstd.c and tool.c (perf_session__process_compressed_event) of Linux 6.12;
 * perf_event.h of 6.16 for COMPRESSED2.
 */
export class CompressedRecords {
  /** @param _push gets the unpacked bytes, which may be used again after it returns */
  constructor(private readonly _push: (bytes: Uint8Array) => void) {}

  /**
   * Reads a record.
   * @throws CorruptRecord, and what `push` throws.
   */
  read(view: DataView, at: number, type: number, size: number): void {
    const head = RECORD_HEADER_SIZE + (type === RecordType.Compressed2 ? 8 : 0);
    const length =
      type === RecordType.Compressed2 ? readU64(view, at + 8) : size - head;
    // A copy: fzstd keeps the part of a block that is not whole yet.
    const data = new Uint8Array(
      view.buffer,
      view.byteOffset + at + head,
      length
    );
    const own = data.slice();
    this._frame.read(own);
    try {
      this._decompress.push(own);
    } catch (error) {
      if (this._failure !== undefined) {
        throw this._failure.error;
      }
      // fzstd meets damage with its own errors, but also with those of the engine (RangeError).
      throw new CorruptRecord(
        `its data is no zstd stream: ${error instanceof Error ? error.message : String(error)}`
      );
    }
  }

  private _unpacked(bytes: Uint8Array): void {
    try {
      this._push(bytes);
    } catch (error) {
      this._failure = { error };
      throw error;
    }
  }

  private readonly _frame = new ZstdFrame();
  private readonly _decompress = new Decompress(bytes => this._unpacked(bytes));
  /** What the receiver threw, which is not the stream's fault. */
  private _failure: { error: unknown } | undefined;
}
