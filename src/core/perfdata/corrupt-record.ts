import { recordTypeName } from './record-types';

/**
 * Thrown by the parts that read one record; the framing adds the place and makes it a
 * PerfStreamError.
 */
export class CorruptRecord extends Error {}

/** Throws if a record is shorter than what its type always has. */
export function requireSize(type: number, size: number, needed: number): void {
  if (size < needed) {
    throw new CorruptRecord(
      `it has ${size} bytes, but a ${recordTypeName(type)} record of this stream has at least ${needed}`
    );
  }
}
