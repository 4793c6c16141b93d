/**
 * What A64 instructions do to registers and memory. Encodings: Arm Architecture Reference Manual for
 * A-profile, chapter C4.
 */
import type { Address } from '../units';
import { registersOf } from './argument-use-a64';
import { field, matches, signed } from './bit-fields';
import type { DataEffect, Operand, Source } from './data-effect';
import { pageOf } from './disassembly-a64';
import { view } from './elf-bytes';

const LENGTH = 4;
const UNKNOWN: Source = { kind: 'unknown' };
/** As a base the stack pointer, as data zero. */
const R31 = 31;

/** What a called function may change (Procedure Call Standard for the Arm 64-bit Architecture). */
const CLOBBERED = [...Array.from({ length: 19 }, (_, number) => number), 30];

/** @see Machine.dataEffects */
export function dataEffects(
  code: Uint8Array,
  address: Address
): DataEffect[][] {
  const words = view(code);
  const list: DataEffect[][] = [];
  for (let at = 0; at + LENGTH <= code.length; at += LENGTH) {
    list.push(effectsOf(words.getUint32(at, true), address + at));
  }
  return list;
}

function effectsOf(word: number, address: Address): DataEffect[] {
  if (isCall(word)) {
    return CLOBBERED.map(register => set(register, UNKNOWN));
  }
  return computed(word, address) ?? single(word) ?? pair(word) ?? changed(word);
}

/** bl, blr. */
function isCall(word: number): boolean {
  return (
    matches(word, 0xfc000000, 0x94000000) ||
    matches(word, 0xfffffc1f, 0xd63f0000)
  );
}

/** Addresses and constants: add, sub, mov, adr, adrp. */
function computed(word: number, address: Address): DataEffect[] | undefined {
  const destination = field(word, 0, 5);
  const first = field(word, 5, 5);
  if (matches(word, 0xbf800000, 0x91000000)) {
    // add, sub of a constant, perhaps shifted by 12
    const plus = field(word, 10, 12) * (field(word, 22, 1) === 1 ? 4096 : 1);
    const sign = field(word, 30, 1) === 1 ? -1 : 1;
    return [set(destination, sum(first, sign * plus), true)];
  }
  if (matches(word, 0xffe0ffe0, 0xaa0003e0)) {
    const source = field(word, 16, 5);
    return [set(destination, source === R31 ? constant(0) : sum(source, 0))];
  }
  if (matches(word, 0x7f800000, 0x52800000)) {
    // movz
    const value = field(word, 5, 16) * 2 ** (16 * field(word, 21, 2));
    return [set(destination, constant(value))];
  }
  if (matches(word, 0x9f000000, 0x90000000)) {
    return [set(destination, constant(pageOf(word, address)))];
  }
  if (matches(word, 0x9f000000, 0x10000000)) {
    const distance = signed((field(word, 5, 19) << 2) | field(word, 29, 2), 21);
    return [set(destination, constant(address + distance))];
  }
  return undefined;
}

/** Loads and stores of one general register of 4 or 8 bytes, at a constant distance from a register. */
function single(word: number): DataEffect[] | undefined {
  // size 1x, 111 0 0x, and a load or a store without sign extension
  if (!matches(word, 0xbe800000, 0xb8000000)) {
    return undefined;
  }
  const width = field(word, 30, 1) === 1 ? 8 : 4;
  const base = field(word, 5, 5);
  if (field(word, 24, 1) === 1) {
    return transfer(word, width, { base, offset: field(word, 10, 12) * width });
  }
  if (field(word, 21, 1) === 1) {
    // an index register
    return undefined;
  }
  const distance = signed(field(word, 12, 9), 9);
  return moved(base, distance, field(word, 10, 2), place =>
    transfer(word, width, place)
  );
}

/** ldp and stp of 8 bytes each. */
function pair(word: number): DataEffect[] | undefined {
  if (!matches(word, 0xfe000000, 0xa8000000)) {
    return undefined;
  }
  const second = field(word, 10, 5);
  const distance = signed(field(word, 15, 7), 7) * 8;
  // 0 no allocate, 1 post-index, 2 offset, 3 pre-index
  const mode = [0, 1, 0, 3][field(word, 23, 2)];
  const base = field(word, 5, 5);
  return moved(base, distance, mode, place => {
    const one = transfer(word, 8, place);
    const next = { ...place, offset: place.offset + 8 };
    const other = transfer(word, 8, next, second);
    // The one that may load into the base comes last.
    return field(word, 0, 5) === base ? [...other, ...one] : [...one, ...other];
  });
}

interface Place {
  /** Number of a register. */
  readonly base: number;
  readonly offset: number;
}

/**
 * A transfer that may move its base register.
 *
 * @param mode - 1: afterwards, 3: before; else not at all
 */
function moved(
  base: number,
  distance: number,
  mode: number,
  at: (place: Place) => DataEffect[]
): DataEffect[] {
  const move = set(base, sum(base, distance), true);
  switch (mode) {
    case 1:
      return [...at({ base, offset: 0 }), move];
    case 3:
      return [move, ...at({ base, offset: 0 })];
    default:
      return at({ base, offset: distance });
  }
}

function transfer(
  word: number,
  width: number,
  { base, offset }: Place,
  register = field(word, 0, 5)
): DataEffect[] {
  const place: Operand = { base: nameOf(base, true), offset };
  if (field(word, 22, 1) === 1) {
    return [
      set(register, width === 8 ? { kind: 'load', from: place } : UNKNOWN)
    ];
  }
  const value = register === R31 ? constant(0) : sum(register, 0);
  return [{ kind: 'store', to: place, width, value }];
}

/** Each register that an instruction of no interest writes. */
function changed(word: number): DataEffect[] {
  const written = registersOf(word).writes.filter(register => register !== R31);
  return [
    ...written.map(register => set(register, UNKNOWN)),
    ...(movesBase(word) ? [set(field(word, 5, 5), UNKNOWN, true)] : [])
  ];
}

/** Pre- and post-indexed loads and stores of bytes, of pairs of words, of vectors. */
function movesBase(word: number): boolean {
  return (
    matches(word, 0x3b200400, 0x38000400) ||
    matches(word, 0x3a800000, 0x28800000) ||
    matches(word, 0xbe800000, 0x0c800000)
  );
}

/**
 * @param isBase - register 31 is the stack pointer, not zero
 */
function nameOf(register: number, isBase = false): string {
  return register === R31 ? (isBase ? 'sp' : 'xzr') : `x${register}`;
}

function set(register: number, value: Source, isBase = false): DataEffect {
  return { kind: 'set', register: nameOf(register, isBase), value };
}

function constant(value: number): Source {
  return { kind: 'constant', value };
}

function sum(register: number, plus: number): Source {
  return { kind: 'sum', register: nameOf(register, true), plus };
}
