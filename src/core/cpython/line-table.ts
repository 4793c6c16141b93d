/**
 * Which line each instruction of a code object belongs to: CPython's three encodings.
 *
 * A result has one entry per code unit (2 bytes of bytecode); 0 where there is no line.
 */

/**
 * `lnotab`: co_lnotab of 3.8 and 3.9 (Objects/lnotab_notes.txt). `deltas`: co_linetable of 3.10
 * (PEP 626). `locations`: co_linetable of 3.11 and later (Objects/locations.md).
 */
export type LineTableKind = 'lnotab' | 'deltas' | 'locations';

const BYTES_PER_UNIT = 2;

/** The encoding of a minor version. */
export function lineTableKind(minor: number): LineTableKind {
  return minor < 10 ? 'lnotab' : minor === 10 ? 'deltas' : 'locations';
}

/**
 * Decodes a table. A broken one gives lines as far as it makes sense, 0 behind.
 *
 * @param units - code units of the bytecode
 */
export function decodeLines(
  kind: LineTableKind,
  table: Uint8Array,
  firstLine: number,
  units: number
): Int32Array {
  const lines = new Int32Array(units);
  switch (kind) {
    case 'lnotab':
      decodeLnotab(table, firstLine, lines);
      break;
    case 'deltas':
      decodeDeltas(table, firstLine, lines);
      break;
    case 'locations':
      decodeLocations(table, firstLine, lines);
      break;
  }
  return lines;
}

/** Pairs (bytes of code, signed change of line): the change holds from that address on. */
function decodeLnotab(
  table: Uint8Array,
  firstLine: number,
  lines: Int32Array
): void {
  let line = firstLine;
  let address = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    const end = address + table[at];
    fill(lines, address, end, line);
    address = end;
    line += signed(table[at + 1]);
  }
  fill(lines, address, BYTES_PER_UNIT * lines.length, line);
}

/** Marks a range without a line in 3.10's table. */
const NO_LINE = -128;

/** Pairs (bytes of code, signed change of line): the change holds up to there. */
function decodeDeltas(
  table: Uint8Array,
  firstLine: number,
  lines: Int32Array
): void {
  let line = firstLine;
  let address = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    const end = address + table[at];
    const change = signed(table[at + 1]);
    if (change !== NO_LINE) {
      line += change;
      fill(lines, address, end, line);
    }
    address = end;
  }
}

/** Kinds of entries: enum _PyCodeLocationInfoKind in Include/cpython/code.h. */
const ONE_LINE_0 = 10;
const ONE_LINE_2 = 12;
const NO_COLUMNS = 13;
const LONG = 14;
const NO_LOCATION = 15;

/** Entries: a byte with bit 7, 4 bits of kind, 3 bits of length in units less 1; then bytes without bit 7. */
function decodeLocations(
  table: Uint8Array,
  firstLine: number,
  lines: Int32Array
): void {
  let line = firstLine;
  let unit = 0;
  let at = 0;
  while (at < table.length && unit < lines.length) {
    const kind = (table[at] >> 3) & 15;
    const end = unit + (table[at] & 7) + 1;
    if (kind >= ONE_LINE_0 && kind <= ONE_LINE_2) {
      line += kind - ONE_LINE_0;
    } else if (kind === NO_COLUMNS || kind === LONG) {
      line += signedVarint(table, at + 1);
    }
    if (kind !== NO_LOCATION) {
      lines.fill(inRange(line), unit, end);
    }
    unit = end;
    do {
      at++;
    } while (at < table.length && (table[at] & 128) === 0);
  }
}

/** 6 bits a byte, lowest first, bit 6 if more follow; the lowest bit of the number is its sign. */
function signedVarint(table: Uint8Array, start: number): number {
  let value = 0;
  let scale = 1;
  for (let at = start; at < table.length && scale < 2 ** 36; at++) {
    value += (table[at] & 63) * scale;
    scale *= 64;
    if ((table[at] & 64) === 0) {
      break;
    }
  }
  const magnitude = Math.floor(value / 2);
  return value % 2 === 0 ? magnitude : -magnitude;
}

function fill(
  lines: Int32Array,
  fromByte: number,
  toByte: number,
  line: number
): void {
  lines.fill(
    inRange(line),
    Math.ceil(fromByte / BYTES_PER_UNIT),
    Math.ceil(toByte / BYTES_PER_UNIT)
  );
}

function signed(byte: number): number {
  return byte < 128 ? byte : byte - 256;
}

/** No file has such a line: a broken table. */
function inRange(line: number): number {
  return line > 0 && line < 2 ** 31 ? line : 0;
}
