/** What structured clone drops of an object: its class. */

/** The clone with the methods of its class. */
export function revived<T extends object>(
  clone: T,
  { prototype }: { readonly prototype: T }
): T {
  // Whoever asks has made the clone from such an object: its fields are all there.
  Object.setPrototypeOf(clone, prototype);
  return clone;
}

/** All buffers that an object's columns lie in, each once: they are handed over, not copied. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) {
      return;
    }
    seen.add(part);
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer) {
        buffers.add(part.buffer);
      }
    } else {
      Object.values(part).forEach(visit);
    }
  };
  visit(value);
  return [...buffers];
}
