import { CorruptRecord } from './corrupt-record';
import { ARGUMENT_COLUMNS } from './records';
import type { NumericField } from './tracepoint-format';
import { readS64, readU64 } from './u64';

/** How a field is read. */
const FieldKind = {
  U8: 0,
  S8: 1,
  U16: 2,
  S16: 3,
  U32: 4,
  S32: 5,
  U64: 6,
  S64: 7
} as const;

const KINDS: Readonly<Record<number, readonly [number, number]>> = {
  1: [FieldKind.U8, FieldKind.S8],
  2: [FieldKind.U16, FieldKind.S16],
  4: [FieldKind.U32, FieldKind.S32],
  8: [FieldKind.U64, FieldKind.S64]
};

/**
 * Decoder of one event's RAW data: offsets and kinds are resolved when it is made, so a sample costs a
 * jump and a load a field. A table rather than a function per event: one shape of object for all events
 * keeps the call monomorphic, and no code is generated (content security policies forbid it).
 */
export class TracepointDecoder {
  constructor(fields: readonly NumericField[]) {
    const read = fields.slice(0, ARGUMENT_COLUMNS);
    this.fields = read.map(field => field.name);
    this.minSize = Math.max(0, ...read.map(field => field.offset + field.size));
    this._offsets = Int32Array.from(read, field => field.offset);
    this._kinds = Uint8Array.from(
      read,
      field => KINDS[field.size][field.signed ? 1 : 0]
    );
  }

  /** Names of the fields, in the order of the columns. */
  readonly fields: readonly string[];

  /** Bytes of RAW data that the fields need. */
  readonly minSize: number;

  /**
   * Checks the size of a sample's RAW data.
   * @throws CorruptRecord if it is shorter than the fields need.
   */
  check(size: number): void {
    if (size < this.minSize) {
      throw new CorruptRecord(
        `its data has ${size} bytes, but the event's format needs ${this.minSize}`
      );
    }
  }

  /**
   * Writes the fields of the RAW data at `at` (behind its size), which `check` has passed, to row
   * `row`.
   */
  decode(
    view: DataView,
    at: number,
    columns: readonly Float64Array[],
    row: number
  ): void {
    const offsets = this._offsets;
    const kinds = this._kinds;
    for (let field = 0; field < offsets.length; field++) {
      const from = at + offsets[field];
      let value: number;
      switch (kinds[field]) {
        case FieldKind.U8:
          value = view.getUint8(from);
          break;
        case FieldKind.S8:
          value = view.getInt8(from);
          break;
        case FieldKind.U16:
          value = view.getUint16(from, true);
          break;
        case FieldKind.S16:
          value = view.getInt16(from, true);
          break;
        case FieldKind.U32:
          value = view.getUint32(from, true);
          break;
        case FieldKind.S32:
          value = view.getInt32(from, true);
          break;
        case FieldKind.U64:
          value = readU64(view, from);
          break;
        default:
          value = readS64(view, from);
      }
      columns[field][row] = value;
    }
  }

  private readonly _offsets: Int32Array;
  private readonly _kinds: Uint8Array;
}
