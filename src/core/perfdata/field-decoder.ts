import { CorruptRecord } from './corrupt-record';
import { ARGUMENT_COLUMNS } from './records';
import type { NumericField } from './tracepoint-format';
import { readS64, readU64 } from './u64';

/** How a field is read. */
const FieldKind = {
  U64: 0,
  U8: 1,
  S8: 2,
  U16: 3,
  S16: 4,
  U32: 5,
  S32: 6,
  S64: 7
} as const;

const KINDS: Readonly<Record<number, readonly [number, number]>> = {
  1: [FieldKind.U8, FieldKind.S8],
  2: [FieldKind.U16, FieldKind.S16],
  4: [FieldKind.U32, FieldKind.S32],
  8: [FieldKind.U64, FieldKind.S64]
};

/**
 * Decoder of one event's fields: offsets and kinds are resolved when it is made, so a sample costs a
 * jump and a load a field. A table rather than a function per event: one shape of object for all events
 * keeps the call monomorphic, and no code is generated (content security policies forbid it).
 */
export class FieldDecoder {
  /** @param fields their offsets count from the start of the data that `decode` gets */
  constructor(fields: readonly NumericField[]) {
    const read = fields.slice(0, ARGUMENT_COLUMNS);
    this.fields = read.map(field => field.name);
    this.count = read.length;
    this.minSize = Math.max(0, ...read.map(field => field.offset + field.size));
    this._offsets = Int32Array.from(read, field => field.offset);
    this._kinds = Uint8Array.from(
      read,
      field => KINDS[field.size][field.signed ? 1 : 0]
    );
  }

  /** Names of the fields, in the order of the columns. */
  readonly fields: readonly string[];

  /** How many they are. */
  readonly count: number;

  /** Bytes of data that the fields need. */
  readonly minSize: number;

  /** Where the fields stand, if all of them are u64. */
  get u64Offsets(): Int32Array | undefined {
    return this._kinds.every(kind => kind === FieldKind.U64)
      ? this._offsets
      : undefined;
  }

  /**
   * Checks the size of a sample's data.
   * @throws CorruptRecord if it is shorter than the fields need.
   */
  check(size: number): void {
    if (size < this.minSize) {
      throw new CorruptRecord(
        `its data has ${size} bytes, but the event's format needs ${this.minSize}`
      );
    }
  }

  /** Writes the fields of the data at `at`, which `check` has passed, to `values[to]` and behind. */
  decode(view: DataView, at: number, values: Float64Array, to: number): void {
    const offsets = this._offsets;
    const kinds = this._kinds;
    for (let field = 0; field < offsets.length; field++) {
      const from = at + offsets[field];
      const kind = kinds[field];
      // Addresses and thread states, so nearly all fields of our own probes.
      values[to + field] =
        kind === FieldKind.U64
          ? readU64(view, from)
          : readOther(view, from, kind);
    }
  }

  private readonly _offsets: Int32Array;
  private readonly _kinds: Uint8Array;
}

function readOther(view: DataView, at: number, kind: number): number {
  switch (kind) {
    case FieldKind.U8:
      return view.getUint8(at);
    case FieldKind.S8:
      return view.getInt8(at);
    case FieldKind.U16:
      return view.getUint16(at, true);
    case FieldKind.S16:
      return view.getInt16(at, true);
    case FieldKind.U32:
      return view.getUint32(at, true);
    case FieldKind.S32:
      return view.getInt32(at, true);
    default:
      return readS64(view, at);
  }
}
