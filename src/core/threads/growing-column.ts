/** Columns that grow: typed arrays are doubled, so that a row costs nothing most of the time. */

type Column =
  Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

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
