/**
 * Which argument registers an A64 instruction reads and writes. By the main encoding groups of the
 * Arm Architecture Reference Manual for A-profile, chapter C4.1; vector (SVE) code isn't looked at.
 */
import { field } from './bit-fields';
import type { ArgumentRegister, Instruction } from './instruction';

type Use = Pick<Instruction, 'reads' | 'writes'>;

export interface Registers {
  /** Numbers; 31 is sp or zero. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

const NONE: Registers = { reads: [], writes: [] };

/** @param word - the instruction */
export function argumentUse(word: number): Use {
  const { reads, writes } = registersOf(word);
  return { reads: named(reads), writes: named(writes) };
}

function named(registers: readonly number[]): ArgumentRegister[] {
  return [
    ...(registers.includes(0) ? (['x0'] as const) : []),
    ...(registers.includes(1) ? (['x1'] as const) : [])
  ];
}

/** By number. A base register that the instruction moves on isn't among those that it writes. */
export function registersOf(word: number): Registers {
  switch (field(word, 25, 4)) {
    case 0b1000:
    case 0b1001:
      return immediate(word);
    case 0b1010:
    case 0b1011:
      return branchOrSystem(word);
    case 0b0100:
    case 0b0110:
    case 0b1100:
    case 0b1110:
      return loadOrStore(word);
    case 0b0101:
    case 0b1101:
      return registerOperands(word);
    case 0b0111:
    case 0b1111:
      return floating(word);
    default:
      return NONE;
  }
}

const destination = (word: number): number => field(word, 0, 5);
const first = (word: number): number => field(word, 5, 5);
const third = (word: number): number => field(word, 10, 5);
const second = (word: number): number => field(word, 16, 5);

function immediate(word: number): Registers {
  const writes = [destination(word)];
  const operation = field(word, 29, 2);
  switch (field(word, 23, 3)) {
    case 0: // adr, adrp
    case 1:
      return { reads: [], writes };
    case 5: // movn, movz, movk
      return { reads: operation === 3 ? writes : [], writes };
    case 6: // bitfields; bfm keeps the other bits
      return {
        reads: [first(word), ...(operation === 1 ? writes : [])],
        writes
      };
    case 7: // extr
      return { reads: [first(word), second(word)], writes };
    default: // add, sub, and, orr, eor
      return { reads: [first(word)], writes };
  }
}

function branchOrSystem(word: number): Registers {
  const isCompare =
    field(word, 25, 6) === 0b011010 || field(word, 25, 6) === 0b011011;
  if (isCompare) {
    return { reads: [destination(word)], writes: [] };
  }
  if (field(word, 25, 7) === 0b1101011) {
    return { reads: [first(word)], writes: [] };
  }
  if (field(word, 22, 10) === 0b1101010100) {
    // mrs and sysl, else msr, sys and hints (whose register is 31)
    return field(word, 21, 1) === 1
      ? { reads: [], writes: [destination(word)] }
      : { reads: [destination(word)], writes: [] };
  }
  return NONE;
}

function loadOrStore(word: number): Registers {
  const isVector = field(word, 26, 1) === 1;
  const isLoad = field(word, 22, 1) === 1;
  const data = isVector ? [] : [destination(word)];
  const pair = isVector ? [] : [destination(word), third(word)];
  const base = first(word);
  switch (field(word, 28, 2)) {
    case 0:
      if (isVector) {
        // ld1, st1 and the like; with an index register if bit 23 is set
        const index = field(word, 23, 1) === 1 ? [second(word)] : [];
        return { reads: [base, ...index], writes: [] };
      }
      return exclusive(word);
    case 1:
      if (field(word, 24, 1) === 1) {
        // ldapur, stlur, memory tags
        return field(word, 22, 2) === 0
          ? { reads: [base, ...data], writes: [] }
          : { reads: [base], writes: data };
      }
      // literal; prfm has a hint in place of the register
      return { reads: [], writes: field(word, 30, 2) === 3 ? [] : data };
    case 2:
      return isLoad
        ? { reads: [base], writes: pair }
        : { reads: [base, ...pair], writes: [] };
    default:
      return single(word, base, data);
  }
}

function exclusive(word: number): Registers {
  const pair = [destination(word), third(word)];
  const base = first(word);
  const status = second(word);
  const isOrdered = field(word, 23, 1) === 1;
  if (isOrdered && field(word, 21, 1) === 1) {
    // cas
    return { reads: [base, status, destination(word)], writes: [status] };
  }
  if (field(word, 22, 1) === 1) {
    return { reads: [base], writes: pair };
  }
  return { reads: [base, ...pair], writes: isOrdered ? [] : [status] };
}

function single(
  word: number,
  base: number,
  data: readonly number[]
): Registers {
  const isVector = field(word, 26, 1) === 1;
  const operation = field(word, 22, 2);
  const isRegisterForm = field(word, 24, 1) === 0 && field(word, 21, 1) === 1;
  if (isRegisterForm && field(word, 10, 2) === 0) {
    // ldadd, swp and the like
    return { reads: [base, second(word)], writes: data };
  }
  const index =
    isRegisterForm && field(word, 10, 2) === 2 ? [second(word)] : [];
  if (!isVector && field(word, 30, 2) === 3 && operation === 2) {
    // prfm has a hint in place of the register
    return { reads: [base, ...index], writes: [] };
  }
  return operation === 0
    ? { reads: [base, ...index, ...data], writes: [] }
    : { reads: [base, ...index], writes: data };
}

function registerOperands(word: number): Registers {
  const group = field(word, 21, 8);
  const operands = [first(word), second(word)];
  if (group === 0b11010010) {
    // ccmp, ccmn: the flags stand in place of the destination
    const isImmediate = field(word, 11, 1) === 1;
    return { reads: isImmediate ? [first(word)] : operands, writes: [] };
  }
  const writes = [destination(word)];
  if (group === 0b11010110 && field(word, 30, 1) === 1) {
    // rbit, rev, clz, pacia: one source
    return { reads: [first(word)], writes };
  }
  if (field(word, 24, 5) === 0b11011) {
    // madd, msub, umulh
    return { reads: [...operands, third(word)], writes };
  }
  return { reads: operands, writes };
}

/** Only the instructions that move between vector and general registers. */
function floating(word: number): Registers {
  const from = { reads: [first(word)], writes: [] };
  const into = { reads: [], writes: [destination(word)] };
  const isScalar = field(word, 24, 5) === 0b11110 && field(word, 30, 1) === 0;
  const isInteger = field(word, 21, 1) === 1 && field(word, 10, 6) === 0;
  if (isScalar && (isInteger || field(word, 21, 1) === 0)) {
    // scvtf, ucvtf, and fmov from a general register
    const operation = field(word, 16, 3);
    return operation === 2 || operation === 3 || operation === 7 ? from : into;
  }
  const isCopy =
    field(word, 21, 8) === 0b01110000 &&
    field(word, 31, 1) === 0 &&
    field(word, 15, 1) === 0 &&
    field(word, 10, 1) === 1;
  if (!isCopy || field(word, 29, 1) === 1) {
    return NONE;
  }
  switch (field(word, 11, 4)) {
    case 0b0001: // dup
    case 0b0011: // ins
      return from;
    case 0b0101: // smov
    case 0b0111: // umov
      return into;
    default:
      return NONE;
  }
}
