/** Fields of a 32-bit instruction word. */

/** The bits [low, low + width), unsigned; width is below 32. */
export function field(word: number, low: number, width: number): number {
  return (word >>> low) & ((1 << width) - 1);
}

/** True if the bits of `mask` are those of `value`. */
export function matches(word: number, mask: number, value: number): boolean {
  return (word & mask) >>> 0 === value;
}

/** The lowest `width` bits as a number in two's complement. */
export function signed(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}
