/** Damage to recordings, for the fuzz test: what happens to bytes, and what only a fuzzer thinks of. */

/** A generator of whole numbers from 0 to `limit - 1`. */
export type Below = (limit: number) => number;

/** A recording to damage. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it is a file and no stream. */
  readonly isFile: boolean;
  /** Where its records begin, and where the last one ends. */
  readonly starts: readonly number[];
}

/** Makes a seed, whose records are found by walking their sizes. */
export function seedOf(name: string, bytes: Uint8Array, isFile = false): Seed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = isFile ? view.getUint32(40, true) : 16;
  const end = isFile ? from + view.getUint32(48, true) : bytes.length;
  const starts: number[] = [];
  for (let at = from; at + 8 <= end;) {
    starts.push(at);
    const type = view.getUint32(at, true);
    if (type === 83) {
      at += 8 * Math.ceil((16 + view.getUint32(at + 8, true)) / 8);
    } else {
      const outside =
        type === 66 || type === 71 ? view.getUint32(at + 8, true) : 0;
      at += Math.max(8, view.getUint16(at + 6, true)) + outside;
    }
  }
  return {
    name,
    bytes,
    isFile,
    starts: [...starts, Math.min(end, bytes.length)]
  };
}

/** Numbers that programs stumble over. */
const ODD = [
  0, 1, 7, 8, 16, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff
];

/** A damaged copy of the seed. */
export function mutate(seed: Seed, below: Below): Uint8Array {
  let bytes: Uint8Array = seed.bytes.slice();
  for (let count = 1 + below(4); count > 0 && bytes.length > 0; count--) {
    bytes = mutateOnce(bytes, seed, below);
  }
  return bytes;
}

function mutateOnce(
  bytes: Uint8Array,
  { starts, isFile }: Seed,
  below: Below
): Uint8Array {
  const record = below(starts.length - 1);
  const from = Math.min(starts[record], bytes.length);
  const to = Math.min(starts[record + 1], bytes.length);
  const size = to - from;
  switch (below(isFile ? 11 : 10)) {
    case 0: // Bits flip.
      for (let flips = 1 + below(16); flips > 0; flips--) {
        bytes[below(bytes.length)] ^= 1 << below(8);
      }
      return bytes;
    case 1: // The tail is lost.
      return bytes.slice(0, below(bytes.length));
    case 2: // A span is lost.
      return without(bytes, below(bytes.length), 1 + below(500));
    case 3: // A span is wiped.
      bytes.fill(below(2) * 0xff, from, from + below(2 * size));
      return bytes;
    case 4: // A record is lost.
      return without(bytes, from, size);
    case 5: // A record comes twice.
      return insert(bytes, below(2) === 0 ? to : pick(starts, below), from, to);
    case 6: {
      // Two records change places, or what is left of them.
      const other = below(starts.length - 1);
      const [a, b] = record < other ? [record, other] : [other, record];
      const cuts = [starts[a], starts[a + 1], starts[b], starts[b + 1]];
      const [p, q, r, s] = cuts.map(cut => Math.min(cut, bytes.length));
      return a === b
        ? bytes
        : joined([
            bytes.subarray(0, p),
            bytes.subarray(r, s),
            bytes.subarray(q, r),
            bytes.subarray(p, q),
            bytes.subarray(s)
          ]);
    }
    case 7: // A record's type, flags or size is another.
      mutateHeader(bytes, from, below);
      return bytes;
    case 8: // A number in a record is an odd one.
      setNumber(bytes, from + 8 + 4 * below(Math.max(1, size / 4)), below);
      return bytes;
    case 9: // A byte in a record is another.
      bytes[from + below(Math.max(1, size))] = below(256);
      return bytes;
    default: // A number in the file's header or in its sections is an odd one.
      setNumber(
        bytes,
        below(2) === 0 ? 4 * below(26) : bytes.length - 4 * below(2000),
        below
      );
      return bytes;
  }
}

function mutateHeader(bytes: Uint8Array, at: number, below: Below): void {
  if (at + 8 > bytes.length) {
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (below(3)) {
    case 0:
      view.setUint32(at, below(90), true);
      break;
    case 1:
      view.setUint16(at + 4, below(65536), true);
      break;
    default:
      view.setUint16(at + 6, below(2) === 0 ? below(65536) : below(64), true);
  }
}

function setNumber(bytes: Uint8Array, at: number, below: Below): void {
  if (at >= 0 && at + 4 <= bytes.length) {
    const value = below(2) === 0 ? pick(ODD, below) : below(2000);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);
  }
}

function pick(values: readonly number[], below: Below): number {
  return values[below(values.length)];
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  return joined([bytes.subarray(0, at), bytes.subarray(at + count)]);
}

function insert(
  bytes: Uint8Array,
  at: number,
  from: number,
  to: number
): Uint8Array {
  return joined([
    bytes.subarray(0, at),
    bytes.subarray(from, to),
    bytes.subarray(at)
  ]);
}

function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
