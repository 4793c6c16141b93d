/**
 * One recording in all its forms. Made from what `perf record -z -o FILE` wrote, with zstd as Node has
 * it and by the layouts in perf.data-file-format.txt; nothing is shared with the reader. That a form is
 * right is not taken from here: perf script has to print the same of each.
 */
import * as zlib from 'node:zlib';
import { HEADER, join, record, text, u32, u64 } from './perf-bytes';

interface Section {
  offset: number;
  size: number;
}

/** A perf.data file taken apart. */
interface FileParts {
  attrs: { attr: Buffer; ids: Buffer }[];
  data: Buffer;
  features: Map<number, Buffer>;
  header: Buffer;
}

/** Feature numbers (tools/perf/util/header.h). */
const TRACING_DATA = 1;
const BUILD_ID = 2;
const EVENT_DESC = 12;

const COMPRESSED = 81;
const COMPRESSED2 = 83;

/** The forms of a recording that was made with -z. */
export interface Forms {
  file: Uint8Array;
  stream: Uint8Array;
  compressedStream: Uint8Array;
  /** As perf 6.16 and later write it. perf 6.1 can't read it. */
  compressed2Stream: Uint8Array;
}

/** Makes the other forms of a file with compressed records. */
export function formsOf(compressedFile: Buffer): Forms {
  const parts = takeApart(compressedFile);
  const plain = { ...parts, data: unpack(parts.data) };
  return {
    file: toFile(plain),
    stream: toStream(plain),
    compressedStream: toStream(parts),
    compressed2Stream: toStream({ ...parts, data: toCompressed2(parts.data) })
  };
}

function takeApart(file: Buffer): FileParts {
  const number = (at: number): number => Number(file.readBigUInt64LE(at));
  const section = (at: number): Section => ({
    offset: number(at),
    size: number(at + 8)
  });
  const bytes = ({ offset, size }: Section): Buffer =>
    file.subarray(offset, offset + size);
  const entry = number(16);
  const attrs = section(24);
  const data = section(40);
  const features = new Map<number, Buffer>();
  let table = data.offset + data.size;
  for (let bit = 0; bit < 256; bit++) {
    if ((file[72 + (bit >> 3)] >> (bit & 7)) % 2 === 1) {
      features.set(bit, bytes(section(table)));
      table += 16;
    }
  }
  return {
    attrs: Array.from({ length: attrs.size / entry }, (_, index) => {
      const at = attrs.offset + index * entry;
      return {
        attr: file.subarray(at, at + entry - 16),
        ids: bytes(section(at + entry - 16))
      };
    }),
    data: bytes(data),
    features,
    header: file.subarray(0, 104)
  };
}

/** Records of a data section. */
function records(data: Buffer): { type: number; bytes: Buffer }[] {
  const list = [];
  for (let at = 0; at < data.length;) {
    const end = at + data.readUInt16LE(at + 6);
    list.push({ type: data.readUInt32LE(at), bytes: data.subarray(at, end) });
    at = end;
  }
  return list;
}

/** The data with its compressed records replaced by what they hold. */
function unpack(data: Buffer): Buffer {
  const list = records(data);
  // Since Node 22.15.
  const { zstdDecompressSync } = zlib as unknown as {
    zstdDecompressSync: (bytes: Buffer, options: object) => Buffer;
  };
  // Unpacked as far as each record reaches: what came after it must come after it.
  let input = Buffer.alloc(0);
  let done = 0;
  const parts = list.map(({ type, bytes }) => {
    if (type !== COMPRESSED) {
      return bytes;
    }
    input = Buffer.concat([input, bytes.subarray(8)]);
    const output = zstdDecompressSync(input, {
      finishFlush: zlib.constants.Z_NO_FLUSH
    });
    const part = output.subarray(done);
    done = output.length;
    return part;
  });
  return Buffer.concat(parts);
}

function toCompressed2(data: Buffer): Buffer {
  return Buffer.concat(
    records(data).map(({ type, bytes }) => {
      if (type !== COMPRESSED) {
        return bytes;
      }
      const packed = bytes.subarray(8);
      const padding = new Uint8Array((8 - (packed.length % 8)) % 8);
      const whole = record(
        COMPRESSED2,
        0,
        u64(packed.length),
        packed,
        // A u16 size of 0, as a large record has it after the rounding.
        padding
      );
      Buffer.from(whole.buffer).writeUInt16LE(0, 6);
      return whole;
    })
  );
}

function toFile({ attrs, data, features, header }: FileParts): Uint8Array {
  const entry = Number(header.readBigUInt64LE(16));
  const ids = attrs.map(({ ids }) => ids);
  const idsAt = 104;
  const attrsAt = idsAt + Buffer.concat(ids).length;
  const dataAt = attrsAt + entry * attrs.length;
  const tableAt = dataAt + data.length;
  let at = idsAt;
  const entries = attrs.map(({ attr, ids }) => {
    const bytes = join(attr, u64(at, ids.length));
    at += ids.length;
    return bytes;
  });
  let featureAt = tableAt + 16 * features.size;
  const table = [...features.values()].map(bytes => {
    const section = u64(featureAt, bytes.length);
    featureAt += bytes.length;
    return section;
  });
  return join(
    header.subarray(0, 24),
    u64(attrsAt, entry * attrs.length, dataAt, data.length, 0, 0),
    header.subarray(72),
    ...ids,
    ...entries,
    data,
    ...table,
    ...features.values()
  );
}

function toStream({ attrs, data, features }: FileParts): Uint8Array {
  const tracing = features.get(TRACING_DATA) ?? Buffer.alloc(0);
  const padding = new Uint8Array((8 - (tracing.length % 8)) % 8);
  return join(
    HEADER,
    ...attrs.map(({ attr, ids }) => record(64, 0, attr, ids)),
    ...[...features]
      // perf writes no features into a stream that have records of their own.
      .filter(([bit]) => ![TRACING_DATA, BUILD_ID].includes(bit))
      .map(([bit, bytes]) => record(80, 0, u64(bit), bytes)),
    record(80, 0, u64(32)),
    record(66, 0, u32(tracing.length + padding.length, 0)),
    tracing,
    padding,
    ...namesOf(features.get(EVENT_DESC) ?? Buffer.alloc(8)).map(
      ({ id, name }) => record(78, 0, u64(2), id, text(name))
    ),
    data
  );
}

/** Names in EVENT_DESC: u32 count, u32 size of attr, {attr, u32 ids, u32 length, name, ids}. */
function namesOf(bytes: Buffer): { id: Buffer; name: string }[] {
  const attrSize = bytes.readUInt32LE(4);
  let at = 8;
  return Array.from({ length: bytes.readUInt32LE(0) }, () => {
    at += attrSize;
    const ids = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    const name = bytes.toString('latin1', at + 8, at + 8 + length);
    at += 8 + length;
    const id = bytes.subarray(at, at + 8);
    at += 8 * ids;
    return { id, name: name.slice(0, name.indexOf('\0')) };
  });
}
