/** Bytes that a record carries outside its `size`: TRACING_DATA the formats of events, AUXTRACE a hardware trace. */
import { CorruptRecord } from './corrupt-record';
import { RecordType } from './record-types';
import { readU64 } from './u64';

/**
 * All formats of a kernel with 2300 tracepoints are about 4 MiB; a larger size than this is damage,
 * and must not make us ask for gigabytes.
 */
const MAX_TRACING_DATA = 64 * 1024 * 1024;

export class RecordPayload {
  /**
   * What follows the record at `view[at, at + size)`, of one of the two types; undefined if nothing does.
   *
   * @param offset of the record in the stream
   * @throws CorruptRecord
   */
  static after(
    view: DataView,
    at: number,
    type: number,
    size: number,
    offset: number
  ): RecordPayload | undefined {
    let length = 0;
    if (type === RecordType.Auxtrace) {
      if (size < 16) {
        throw new CorruptRecord('it has no room for the size of its data');
      }
      length = readU64(view, at + 8);
    } else {
      if (size < 12) {
        throw new CorruptRecord('it has no room for the size of its data');
      }
      length = view.getUint32(at + 8, true);
      if (length > MAX_TRACING_DATA) {
        throw new CorruptRecord(`it announces ${length} bytes of formats`);
      }
    }
    return length > 0 ? new RecordPayload(type, offset, length) : undefined;
  }

  /**
   * @param type of the record
   * @param offset where the record begins
   */
  private constructor(
    readonly type: number,
    readonly offset: number,
    private readonly _length: number
  ) {
    this._left = _length;
  }

  /** Whether all of it has come. */
  get whole(): boolean {
    return this._left === 0;
  }

  /** What has come; of a hardware trace nothing is kept. */
  get bytes(): Uint8Array {
    return this._bytes;
  }

  /** Takes what belongs to it of `chunk`, from `from` on. Returns how many bytes. */
  take(chunk: Uint8Array, from: number): number {
    const count = Math.min(this._left, chunk.length - from);
    if (this.type === RecordType.TracingData) {
      this._keep(chunk.subarray(from, from + count));
    }
    this._left -= count;
    return count;
  }

  /** The buffer grows only with bytes that came. */
  private _keep(part: Uint8Array): void {
    const held = this._length - this._left;
    const filled = held + part.length;
    if (filled > this._bytes.length) {
      const grown = new Uint8Array(
        Math.min(this._length, Math.max(filled, 2 * this._bytes.length))
      );
      grown.set(this._bytes);
      this._bytes = grown;
    }
    this._bytes.set(part, held);
  }

  private _left: number;
  private _bytes = new Uint8Array(0);
}
