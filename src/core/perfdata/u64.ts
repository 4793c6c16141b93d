/** 64-bit numbers of a little-endian stream as doubles, without BigInt. */

const TWO_32 = 2 ** 32;

/** Unsigned; exact below 2^53, which holds for times, ids, counts and user addresses. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

/** Two's complement; exact between -2^53 and 2^53. */
export function readS64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}
