import { CorruptRecord } from './corrupt-record';
import { PerfStreamError } from './records';
import { RECORD_HEADER_SIZE, RecordType, recordTypeName } from './record-types';
import { checkStreamHeader, STREAM_HEADER_SIZE } from './stream-header';
import { readU64 } from './u64';

/** Takes the records that the framing cuts out of the stream. */
export interface RecordTarget {
  /**
   * One record, whole, at `view[at, at + size)`, its header included. The bytes are valid only during
   * the call.
   * @throws CorruptRecord if it can't be read.
   */
  record(view: DataView, at: number, type: number, size: number): void;
  /** The bytes that follow a TRACING_DATA record. @throws CorruptRecord */
  tracingData(payload: Uint8Array): void;
}

/** Largest record: its size is a u16. */
const MAX_RECORD_SIZE = 65535;

/**
 * All formats of a kernel with 2300 tracepoints are about 4 MiB; a larger size than this is damage,
 * and must not make us ask for gigabytes.
 */
const MAX_TRACING_DATA = 64 * 1024 * 1024;

/**
 * Cuts a pipe-mode stream into records. Chunks may be cut anywhere: records that lie whole in a chunk
 * are read in place, a cut one is put together in a buffer. Records are not aligned to 8 bytes in a
 * stream, hence DataView.
 * Source: tools/perf/util/session.c, __perf_session__process_pipe_events.
 */
export class RecordFraming {
  constructor(private readonly _target: RecordTarget) {}

  /** Bytes taken in. */
  get bytes(): number {
    return this._bytes;
  }

  /**
   * Reads a chunk; nothing of it is kept by reference.
   * @throws PerfStreamError at the first record that can't be read.
   */
  push(chunk: Uint8Array): void {
    const start = this._bytes;
    this._bytes += chunk.length;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < chunk.length) {
      if (this._skip > 0) {
        const count = Math.min(this._skip, chunk.length - at);
        this._skip -= count;
        at += count;
      } else if (this._payload !== undefined) {
        at += this._fillPayload(this._payload, chunk, at);
      } else if (this._held > 0 || !this._started) {
        at += this._completeHeld(chunk, at, start + at);
      } else {
        const next = this._readWhole(view, at, chunk.length, start);
        if (next === at) {
          at += this._completeHeld(chunk, at, start + at);
        }
        at = Math.max(at, next);
      }
    }
  }

  /** The error if the stream may not end here, else undefined. */
  end(): PerfStreamError | undefined {
    if (!this._started) {
      return new PerfStreamError(
        this._bytes === 0
          ? 'the perf stream is empty'
          : `the perf stream ends inside its header, after ${this._bytes} bytes`,
        0,
        undefined
      );
    }
    if (this._payload !== undefined || this._skip > 0) {
      const type =
        this._payload !== undefined
          ? RecordType.TracingData
          : RecordType.Auxtrace;
      return this._cut(type);
    }
    if (this._held === 0) {
      return undefined;
    }
    return this._cut(
      this._held >= 4 ? this._heldView.getUint32(0, true) : undefined
    );
  }

  private _cut(type: number | undefined): PerfStreamError {
    const what =
      type === undefined
        ? "a record's header"
        : `a ${recordTypeName(type)} record`;
    return new PerfStreamError(
      `the perf stream ends inside ${what} that begins at byte ${this._unitOffset}`,
      this._unitOffset,
      type
    );
  }

  /** Reads records in place. Returns where the first one begins that is not whole. */
  private _readWhole(
    view: DataView,
    from: number,
    end: number,
    base: number
  ): number {
    let at = from;
    try {
      while (end - at >= RECORD_HEADER_SIZE) {
        const type = view.getUint32(at, true);
        const size = view.getUint16(at + 6, true);
        if (size < RECORD_HEADER_SIZE) {
          throw new CorruptRecord(`its size is ${size}, less than its header`);
        }
        if (end - at < size) {
          break;
        }
        this._target.record(view, at, type, size);
        if (type === RecordType.TracingData || type === RecordType.Auxtrace) {
          this._beginPayload(view, at, type, size, base + at);
          return at + size;
        }
        at += size;
      }
    } catch (error) {
      throw locate(error, base + at, view.getUint32(at, true));
    }
    return at;
  }

  /** Adds to the cut record (or the stream's header). Returns how many bytes it took. */
  private _completeHeld(
    chunk: Uint8Array,
    from: number,
    offset: number
  ): number {
    if (this._held === 0) {
      this._unitOffset = offset;
    }
    let at = from;
    for (;;) {
      const needed = this._neededSize();
      const count = Math.min(needed - this._held, chunk.length - at);
      this._heldBytes.set(chunk.subarray(at, at + count), this._held);
      this._held += count;
      at += count;
      if (this._held < needed) {
        return at - from;
      }
      if (!this._started) {
        checkStreamHeader(this._heldBytes);
        this._started = true;
        this._held = 0;
        return at - from;
      }
      if (needed === this._neededSize()) {
        break;
      }
    }
    const size = this._held;
    this._held = 0;
    // The record is whole now and nothing else is in the buffer: the rest goes as in a chunk.
    this._readWhole(this._heldView, 0, size, this._unitOffset);
    return at - from;
  }

  /** Size of what is put together, as far as its first bytes tell. */
  private _neededSize(): number {
    if (!this._started) {
      return STREAM_HEADER_SIZE;
    }
    if (this._held < RECORD_HEADER_SIZE) {
      return RECORD_HEADER_SIZE;
    }
    return Math.max(RECORD_HEADER_SIZE, this._heldView.getUint16(6, true));
  }

  /** TRACING_DATA and AUXTRACE carry bytes outside their `size`. */
  private _beginPayload(
    view: DataView,
    at: number,
    type: number,
    size: number,
    offset: number
  ): void {
    this._unitOffset = offset;
    if (type === RecordType.Auxtrace) {
      if (size < 16) {
        throw new CorruptRecord('it has no room for the size of its data');
      }
      this._skip = readU64(view, at + 8);
      return;
    }
    if (size < 12) {
      throw new CorruptRecord('it has no room for the size of its data');
    }
    const length = view.getUint32(at + 8, true);
    if (length > MAX_TRACING_DATA) {
      throw new CorruptRecord(`it announces ${length} bytes of formats`);
    }
    if (length > 0) {
      this._payload = { length, filled: 0, bytes: new Uint8Array(0) };
    }
  }

  /** Adds to the formats, whose buffer grows only with bytes that came. */
  private _fillPayload(
    payload: Payload,
    chunk: Uint8Array,
    from: number
  ): number {
    const count = Math.min(
      payload.length - payload.filled,
      chunk.length - from
    );
    const filled = payload.filled + count;
    if (filled > payload.bytes.length) {
      const grown = new Uint8Array(
        Math.min(payload.length, Math.max(filled, 2 * payload.bytes.length))
      );
      grown.set(payload.bytes);
      payload.bytes = grown;
    }
    payload.bytes.set(chunk.subarray(from, from + count), payload.filled);
    payload.filled = filled;
    if (filled === payload.length) {
      this._payload = undefined;
      try {
        this._target.tracingData(payload.bytes);
      } catch (error) {
        throw locate(error, this._unitOffset, RecordType.TracingData);
      }
    }
    return count;
  }

  private _bytes = 0;
  /** Whether the stream's header was read. */
  private _started = false;
  /** A record cut by a chunk's end; `_held` bytes of it are there. */
  private readonly _heldBytes = new Uint8Array(MAX_RECORD_SIZE);
  private readonly _heldView = new DataView(this._heldBytes.buffer);
  private _held = 0;
  /** Where in the stream the cut record, or the one with the payload, begins. */
  private _unitOffset = 0;
  private _payload: Payload | undefined;
  /** Bytes of AUXTRACE data still to pass over. */
  private _skip = 0;
}

/** Bytes after a TRACING_DATA record, while they come in. */
interface Payload {
  readonly length: number;
  filled: number;
  bytes: Uint8Array;
}

/** Says where a record is that can't be read. Anything else goes through as it is. */
function locate(error: unknown, offset: number, type: number): unknown {
  if (!(error instanceof CorruptRecord)) {
    return error;
  }
  return new PerfStreamError(
    `the perf stream is damaged at byte ${offset}, in a ${recordTypeName(type)} record: ${error.message}`,
    offset,
    type
  );
}
