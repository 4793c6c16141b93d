/** Searches in ascending columns, and columns that grow. */

/**
 * The first of `length` ascending values that is not below `value`.
 *
 * @param above the first one above it instead
 */
export function lowerBound(
  values: ArrayLike<number>,
  length: number,
  value: number,
  above = false
): number {
  return bound(values, 0, length, value, above);
}

/**
 * Like `lowerBound`, looked for from `first` on in growing steps: cheap where the answer lies near.
 */
export function gallop(
  values: Float64Array,
  length: number,
  value: number,
  above: boolean,
  first: number
): number {
  let low = first;
  let step = 1;
  while (
    low + step <= length &&
    (above ? values[low + step - 1] <= value : values[low + step - 1] < value)
  ) {
    low += step;
    step *= 2;
  }
  return bound(values, low, Math.min(low + step, length), value, above);
}

/** Like `lowerBound`, cheap where the answer lies near `near`, best behind it. */
export function boundNear(
  values: Float64Array,
  length: number,
  value: number,
  above: boolean,
  near: number
): number {
  const isBefore =
    near > 0 && (above ? values[near - 1] > value : values[near - 1] >= value);
  return isBefore
    ? bound(values, 0, near - 1, value, above)
    : gallop(values, length, value, above, near);
}

function bound(
  values: ArrayLike<number>,
  from: number,
  to: number,
  value: number,
  above: boolean
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (above ? values[middle] <= value : values[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Copies a column into a new one of another capacity, as far as it fits. */
export function resized<
  Column extends Float64Array | Uint32Array | Int32Array | Uint8Array
>(from: Column, to: Column): Column {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}
