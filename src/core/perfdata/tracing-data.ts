import { CorruptRecord } from './corrupt-record';
import { formatName, type TracepointFormat } from './tracepoint-format';
import { readU64 } from './u64';

const MAGIC = '\x17\x08\x44tracing';

/**
 * Formats in the payload of a TRACING_DATA record, which perf writes if it was built with
 * libtraceevent. Layout: magic, version text, u8 big-endian, u8 size of long, u32 page size,
 * "header_page" and "header_event" each with u64 length and text, then u32 count of ftrace's own
 * formats, then u32 count of systems, each with its name and u32 count of formats; a format is u64
 * length and text. What follows (kallsyms, printk) is not needed.
 * Source: tools/perf/util/trace-event-info.c and trace-event-read.c of Linux 6.12.
 * @throws CorruptRecord
 */
export function readTracingData(payload: Uint8Array): TracepointFormat[] {
  const cursor = new Cursor(payload);
  if (cursor.text(MAGIC.length) !== MAGIC) {
    throw new CorruptRecord('its data does not begin with the tracing magic');
  }
  cursor.zeroTerminated();
  if (cursor.u8() !== 0) {
    throw new CorruptRecord('its data is big-endian');
  }
  cursor.u8();
  cursor.u32();
  for (const header of ['header_page', 'header_event']) {
    if (cursor.zeroTerminated() !== header) {
      throw new CorruptRecord(`its data has no ${header}`);
    }
    cursor.text(cursor.u64());
  }
  const formats: TracepointFormat[] = [];
  const readFormats = (system: string): void => {
    for (let count = cursor.u32(); count > 0; count--) {
      const text = cursor.text(cursor.u64());
      formats.push({ system, name: formatName(text), text });
    }
  };
  readFormats('ftrace');
  for (let count = cursor.u32(); count > 0; count--) {
    readFormats(cursor.zeroTerminated());
  }
  return formats;
}

/** Reads one after the other and never past the end. */
class Cursor {
  constructor(private readonly _bytes: Uint8Array) {
    this._view = new DataView(
      _bytes.buffer,
      _bytes.byteOffset,
      _bytes.byteLength
    );
  }

  u8(): number {
    return this._view.getUint8(this._take(1));
  }

  u32(): number {
    return this._view.getUint32(this._take(4), true);
  }

  u64(): number {
    return readU64(this._view, this._take(8));
  }

  text(length: number): string {
    const at = this._take(length);
    return this._decoder.decode(this._bytes.subarray(at, at + length));
  }

  zeroTerminated(): string {
    const end = this._bytes.indexOf(0, this._at);
    if (end < 0) {
      throw new CorruptRecord('its data ends inside a name');
    }
    const text = this.text(end - this._at);
    this._at++;
    return text;
  }

  /** Where the next `length` bytes begin. */
  private _take(length: number): number {
    const at = this._at;
    if (length > this._bytes.length - at) {
      throw new CorruptRecord(
        `its data ends early: ${length} more bytes are announced at ${at} of ${this._bytes.length}`
      );
    }
    this._at += length;
    return at;
  }

  private readonly _view: DataView;
  private readonly _decoder = new TextDecoder('latin1');
  private _at = 0;
}
