/** Columns that grow: typed arrays are made longer by half, so that a row costs nothing most of the time. */

type Column =
  Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Length of a full column when it is made longer: doubling would leave half of the largest ones empty. */
export function grownLength(length: number): number {
  return length + (length >>> 1) + 1;
}

/** A longer column that begins with what stands in this one. */
export function widened<Kind extends Column>(
  column: Kind,
  length: number
): Kind {
  const wider = new (column.constructor as new (length: number) => Kind)(
    length
  );
  wider.set(column);
  return wider;
}
