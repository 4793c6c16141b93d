/** The order of rows by their starts. */

interface Rows {
  readonly length: number;
  readonly start: Float64Array;
}

/**
 * Row indexes in order of their starts; of those that start together the first stays the first.
 *
 * @returns undefined if the rows are in this order already
 */
export function rowsByStart(rows: Rows): Uint32Array | undefined {
  const { length, start } = rows;
  let sorted = true;
  for (let row = 1; row < length && sorted; row++) {
    sorted = start[row - 1] <= start[row];
  }
  if (sorted) {
    return undefined;
  }
  const order = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    order[row] = row;
  }
  return order.sort((a, b) => start[a] - start[b] || a - b);
}

/** A column in an order; the first `length` rows of it as they are if the order is undefined. */
export function inOrder<
  Column extends
    Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array
>(
  from: Column | Float64Array | Int32Array | Uint32Array | Uint16Array,
  length: number,
  order: Uint32Array | undefined,
  columnType: new (length: number) => Column
): Column {
  if (order === undefined && from instanceof columnType) {
    return from.subarray(0, length) as Column;
  }
  const to = new columnType(length);
  if (order === undefined) {
    to.set(from.subarray(0, length));
  } else {
    for (let row = 0; row < length; row++) {
      to[row] = from[order[row]];
    }
  }
  return to;
}
