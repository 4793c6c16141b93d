/**
 * Arrow IPC files, written batch by batch: flechette encodes whole tables only, which for a long run take more
 * memory than the run itself. Each batch is encoded as a stream of its own; its messages are put together here,
 * and the footer that says where they are is made here
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format, format/File.fbs, format/Message.fbs).
 */
import { tableFromColumns, tableToIPC } from '@uwdata/flechette';
import type { ArrowColumn } from './arrow-columns';

/** The columns of an Arrow table, or of a part of its rows, by name. */
export type ArrowTable = Record<string, ArrowColumn>;

/** "ARROW1"; at the begin of a file two zeros follow. */
const MAGIC = Uint8Array.of(65, 82, 82, 79, 87, 49);
const MAGIC_PADDED = 8;

/** Ends the stream of messages: continuation mark and length 0. */
const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** Before each message's metadata: continuation mark and length. */
const PREFIX_BYTES = 8;

/** Union MessageHeader of Message.fbs. */
const SCHEMA = 1;
const DICTIONARY_BATCH = 2;

/** Fields of the table Message of Message.fbs. */
const HEADER_TYPE = 1;
const HEADER = 2;
const BODY_LENGTH = 3;

/** MetadataVersion.V5 of Schema.fbs, which flechette writes. */
const VERSION = 4;

/** The struct Block of File.fbs: where a message is. */
interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

const BLOCK_BYTES = 24;

/** One message of a stream. */
interface Message {
  /** Of the union MessageHeader. */
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Bytes of `bytes` before the body. */
  readonly metadataLength: number;
  /** Where the table that `type` names stands in `bytes`. */
  readonly header: number;
}

/**
 * The bytes of an Arrow file. Each batch is asked for when the one before has been taken.
 *
 * @param batches at least one, all with the same columns; words of dictionaries are those of the first
 */
export function* arrowFile(
  batches: Iterable<ArrowTable>
): Generator<Uint8Array> {
  const first = new Uint8Array(MAGIC_PADDED);
  first.set(MAGIC);
  yield first;
  let at = first.length;
  let schema: Message | undefined;
  const dictionaries: Block[] = [];
  const records: Block[] = [];
  for (const batch of batches) {
    const begun = records.length > 0;
    for (const message of messagesOf(encode(batch))) {
      const { type, bytes, metadataLength } = message;
      const block = {
        offset: at,
        metadataLength,
        bodyLength: bytes.length - metadataLength
      };
      if (type === SCHEMA || type === DICTIONARY_BATCH) {
        if (begun) {
          continue;
        }
        if (type === SCHEMA) {
          schema = message;
        } else {
          dictionaries.push(block);
        }
      } else {
        records.push(block);
      }
      yield bytes;
      at += bytes.length;
    }
  }
  if (schema === undefined) {
    throw new RangeError('an Arrow file needs a batch');
  }
  yield END_OF_STREAM;
  const footer = footerOf(schema, dictionaries, records);
  yield footer;
  const end = new Uint8Array(4 + MAGIC.length);
  new DataView(end.buffer).setInt32(0, footer.length, true);
  end.set(MAGIC, 4);
  yield end;
}

function encode(batch: ArrowTable): Uint8Array {
  const bytes = tableToIPC(tableFromColumns(batch), { format: 'stream' });
  if (!bytes) {
    // flechette returns null only for sinks of its caller.
    throw new TypeError('no bytes were written');
  }
  return bytes;
}

/** The messages of a stream. */
function* messagesOf(stream: Uint8Array): Generator<Message> {
  const view = viewOf(stream);
  for (let at = 0; at + PREFIX_BYTES <= stream.length;) {
    const length = view.getInt32(at + 4, true);
    if (length === 0) {
      return;
    }
    const root = at + PREFIX_BYTES;
    const table = root + view.getUint32(root, true);
    const header = fieldAt(view, table, HEADER);
    const type = fieldAt(view, table, HEADER_TYPE);
    const body = fieldAt(view, table, BODY_LENGTH);
    if (header === 0 || type === 0) {
      throw new TypeError('a message without a header was written');
    }
    const metadataLength = PREFIX_BYTES + length;
    const end =
      at +
      metadataLength +
      (body === 0 ? 0 : Number(view.getBigInt64(body, true)));
    yield {
      type: view.getUint8(type),
      bytes: stream.subarray(at, end),
      metadataLength,
      header: header + view.getUint32(header, true) - at
    };
    at = end;
  }
}

/** Where a field of a flatbuffer's table stands; 0 if it has its default. */
function fieldAt(view: DataView, table: number, field: number): number {
  const fields = table - view.getInt32(table, true);
  const entry = 4 + 2 * field;
  const offset =
    entry < view.getUint16(fields, true)
      ? view.getUint16(fields + entry, true)
      : 0;
  return offset === 0 ? 0 : table + offset;
}

/**
 * The flatbuffer of the table Footer of File.fbs. Its schema is the one of the schema message, whose bytes
 * stand behind it: references of flatbuffers are relative and lead forward.
 */
function footerOf(
  schema: Message,
  dictionaries: readonly Block[],
  records: readonly Block[]
): Uint8Array {
  const fieldTable = 4;
  const table = 16;
  // Where the length of each vector stands; its blocks behind it are aligned to 8 bytes.
  const dictionaryVector = 36;
  const recordVector = dictionaryVector + 8 + dictionaries.length * BLOCK_BYTES;
  const message = recordVector + 4 + records.length * BLOCK_BYTES;
  const metadata = schema.bytes.subarray(PREFIX_BYTES, schema.metadataLength);
  const bytes = new Uint8Array(message + metadata.length);
  const view = viewOf(bytes);
  view.setUint32(0, table, true);
  // Size of this table of fields, size of the table, offsets of version, schema, dictionaries, records.
  [12, 18, 16, 4, 8, 12].forEach((value, index) =>
    view.setUint16(fieldTable + 2 * index, value, true)
  );
  view.setInt32(table, table - fieldTable, true);
  const refer = (field: number, to: number): void =>
    view.setUint32(table + field, to - (table + field), true);
  refer(4, message + schema.header - PREFIX_BYTES);
  refer(8, dictionaryVector);
  refer(12, recordVector);
  view.setInt16(table + 16, VERSION, true);
  writeBlocks(view, dictionaryVector, dictionaries);
  writeBlocks(view, recordVector, records);
  bytes.set(metadata, message);
  return bytes;
}

function writeBlocks(
  view: DataView,
  vector: number,
  blocks: readonly Block[]
): void {
  view.setUint32(vector, blocks.length, true);
  blocks.forEach(({ offset, metadataLength, bodyLength }, index) => {
    const at = vector + 4 + index * BLOCK_BYTES;
    view.setBigInt64(at, BigInt(offset), true);
    view.setInt32(at + 8, metadataLength, true);
    view.setBigInt64(at + 16, BigInt(bodyLength), true);
  });
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
