/**
 * Columns of Arrow files, made without a value per row: flechette's own builders take a BigInt per
 * int64 and a string per dictionary value, many times slower than the arrays they end up in.
 */
import {
  batchType,
  Column,
  columnFromArray,
  dictionary,
  float64,
  int32,
  int64,
  type Table,
  uint16,
  uint8,
  utf8
} from '@uwdata/flechette';

/** A column of any type, as tableFromColumns takes it. */
export type ArrowColumn = Column<unknown>;

type ArrowType =
  | ReturnType<typeof int32>
  | ReturnType<typeof float64>
  | ReturnType<typeof dictionary>
  | ReturnType<typeof utf8>;

type ArrowValues =
  Uint8Array | Uint16Array | Int32Array | BigInt64Array | Float64Array;

/** The parts of a flechette batch that are used here; its types leave them open. */
interface ArrowBatch {
  readonly values: unknown;
  readonly dictionary?: Column<unknown>;
  setDictionary(values: Column<unknown>): unknown;
}

const NO_VALIDITY = new Uint8Array(0);
const WORD = 0x1_0000_0000;
const LOW_WORD = 0xffff_ffffn;

/** What batchType returns: flechette's types say any. */
type ArrowBatchClass = new (content: {
  type: ArrowType;
  length: number;
  nullCount: number;
  validity: Uint8Array;
  offsets?: Int32Array;
  values: ArrowValues;
}) => ArrowBatch;

function makeBatch(
  type: ArrowType,
  values: ArrowValues,
  validity = NO_VALIDITY,
  nullCount = 0
): ArrowBatch {
  const BatchOfType = batchType(type) as ArrowBatchClass;
  return new BatchOfType({
    type,
    length: values.length,
    nullCount,
    validity,
    values
  });
}

function makeColumn(batch: ArrowBatch): ArrowColumn {
  return new Column([batch as unknown as Column<unknown>['data'][number]]);
}

/** A uint8 column. */
export function uint8Column(values: Uint8Array): ArrowColumn {
  return makeColumn(makeBatch(uint8(), values));
}

/** A utf8 column; undefined is null. For few rows: each becomes a string of its own. */
export function textColumn(
  texts: readonly (string | undefined)[]
): ArrowColumn {
  if (texts.length === 0) {
    // flechette makes no batch of nothing, and the columns of a table must have equal batches.
    const BatchOfType = batchType(utf8()) as ArrowBatchClass;
    return makeColumn(
      new BatchOfType({
        type: utf8(),
        length: 0,
        nullCount: 0,
        validity: NO_VALIDITY,
        offsets: new Int32Array(1),
        values: new Uint8Array(0)
      })
    );
  }
  return columnFromArray<unknown>(
    texts.map(text => text ?? null),
    utf8()
  );
}

/** A float64 column. */
export function float64Column(values: Float64Array): ArrowColumn {
  return makeColumn(makeBatch(float64(), values));
}

/** A uint16 column. */
export function uint16Column(values: Uint16Array): ArrowColumn {
  return makeColumn(makeBatch(uint16(), values));
}

/** An int32 column; rows with the value `absent`, if given, are null. */
export function int32Column(values: Int32Array, absent?: number): ArrowColumn {
  // Validity buffers are padded to 8 bytes.
  const validity = new Uint8Array(Math.ceil(values.length / 64) * 8);
  let nullCount = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === absent) {
      nullCount++;
    } else {
      validity[i >> 3] |= 1 << (i & 7);
    }
  }
  return makeColumn(
    nullCount > 0
      ? makeBatch(int32(), values, validity, nullCount)
      : makeBatch(int32(), values)
  );
}

/**
 * An int64 column of `origin + times[i]`.
 *
 * @param times whole nanoseconds
 */
export function int64Column(times: Float64Array, origin: bigint): ArrowColumn {
  const words = new Uint32Array(times.length * 2);
  // The sum of a time and a low word stays exact as a double.
  const originLow = Number(origin & LOW_WORD);
  const originHigh = Number((origin >> 32n) & LOW_WORD);
  for (let i = 0; i < times.length; i++) {
    const sum = times[i] + originLow;
    const carry = Math.floor(sum / WORD);
    // Typed arrays store modulo 2^32: two's complement for negative times.
    words[2 * i] = sum - carry * WORD;
    words[2 * i + 1] = originHigh + carry;
  }
  return makeColumn(makeBatch(int64(), new BigInt64Array(words.buffer)));
}

/**
 * A dictionary<uint8, utf8> column.
 *
 * @param codes indexes into `words`
 */
export function wordColumn(
  codes: Uint8Array,
  words: readonly string[]
): ArrowColumn {
  // One type object for both: flechette finds the dictionary by it.
  const text = utf8();
  const batch = makeBatch(dictionary(text, uint8()), codes);
  batch.setDictionary(columnFromArray([...words], text));
  return makeColumn(batch);
}

/** What of a table is not as it should be. */
export class ColumnError extends Error {
  constructor(column: string, problem: string) {
    super(`column ${column} ${problem}`);
    this.name = 'ColumnError';
  }
}

function requireColumn(table: Table, name: string): Column<unknown> {
  // flechette throws or returns undefined for a name that is not there.
  const column = hasColumn(table, name) ? table.getChild(name) : undefined;
  if (!column) {
    throw new ColumnError(name, 'is missing');
  }
  return column;
}

export function hasColumn(table: Table, name: string): boolean {
  return table.names.includes(name);
}

/**
 * The texts of a utf8 column, undefined for null.
 *
 * @throws ColumnError
 */
export function readTexts(table: Table, name: string): (string | undefined)[] {
  return Array.from(requireColumn(table, name), value => {
    if (value !== null && typeof value !== 'string') {
      throw new ColumnError(name, 'has another type');
    }
    return value ?? undefined;
  });
}

/**
 * The numbers of an integer column of at most 32 bits without nulls.
 *
 * @throws ColumnError
 */
export function readIntegers(
  table: Table,
  name: string
): Uint8Array | Uint16Array | Int32Array {
  const column = requireColumn(table, name);
  const values: unknown =
    column.length === 0 ? new Uint16Array(0) : column.toArray();
  if (
    column.nullCount > 0 ||
    !(
      values instanceof Uint8Array ||
      values instanceof Uint16Array ||
      values instanceof Int32Array
    )
  ) {
    throw new ColumnError(name, 'has another type');
  }
  return values;
}

/**
 * The shares of a float64 column without nulls.
 *
 * @throws ColumnError if one is not from 0 to 1
 */
export function readShares(table: Table, name: string): Float64Array {
  const column = requireColumn(table, name);
  const values: unknown =
    column.length === 0 ? new Float64Array(0) : column.toArray();
  if (column.nullCount > 0 || !(values instanceof Float64Array)) {
    throw new ColumnError(name, 'has another type');
  }
  // Sums of shares may be off by the last bit.
  if (!values.every(value => value >= 0 && value <= 1 + 1e-9)) {
    throw new ColumnError(name, 'has a share that is none');
  }
  return values;
}

/**
 * The numbers of an int32 column, -1 for null.
 *
 * @throws ColumnError
 */
export function readNullable(table: Table, name: string): Int32Array {
  const column = requireColumn(table, name);
  const out = new Int32Array(column.length);
  let at = 0;
  for (const batch of column.data) {
    for (let i = 0; i < batch.length; i++) {
      const value: unknown = batch.at(i);
      if (value !== null && typeof value !== 'number') {
        throw new ColumnError(name, 'has another type');
      }
      out[at++] = value ?? -1;
    }
  }
  return out;
}

/**
 * Times of an int64 column relative to `origin`. Exact below 2^53; what is above is not a time of the
 * run and fails every later check of its range.
 *
 * @param table read with `useBigInt`
 * @throws ColumnError
 */
export function readTimes(
  table: Table,
  name: string,
  origin: bigint
): Float64Array {
  const column = requireColumn(table, name);
  const originLow = Number(origin & LOW_WORD);
  const originHigh = Number((origin >> 32n) & LOW_WORD);
  const times = new Float64Array(column.length);
  let at = 0;
  for (const batch of column.data) {
    const { values } = batch as unknown as ArrowBatch;
    if (
      !(values instanceof BigInt64Array) ||
      values.length < batch.length ||
      column.nullCount > 0
    ) {
      throw new ColumnError(name, 'has another type');
    }
    const words = new Uint32Array(
      values.buffer,
      values.byteOffset,
      batch.length * 2
    );
    for (let i = 0; i < words.length; i += 2) {
      times[at++] = (words[i + 1] - originHigh) * WORD + (words[i] - originLow);
    }
  }
  return times;
}

/**
 * The codes of a dictionary column of text.
 *
 * @param words the words that have a code: their index
 * @throws ColumnError
 */
export function readWords(
  table: Table,
  name: string,
  words: readonly string[]
): Uint8Array {
  const column = requireColumn(table, name);
  const out = new Uint8Array(column.length);
  let at = 0;
  for (const batch of column.data) {
    const { values, dictionary: names } = batch as unknown as ArrowBatch;
    if (!names || !ArrayBuffer.isView(values) || column.nullCount > 0) {
      throw new ColumnError(name, 'has another type');
    }
    const codes = Array.from(names, word => words.indexOf(String(word)));
    const indexes = values as Uint8Array;
    for (let i = 0; i < batch.length; i++) {
      const code = codes[indexes[i]];
      if (code === undefined || code < 0) {
        throw new ColumnError(name, 'has an unknown word');
      }
      out[at++] = code;
    }
  }
  return out;
}
