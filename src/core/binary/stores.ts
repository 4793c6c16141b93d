/**
 * What an instruction has written to memory, told from the bytes before the one that follows it. A data
 * breakpoint of x86 is a trap: it is reported behind the instruction that made the access (Intel SDM volume 3, 17.2.4,
 * "Breakpoint exception condition").
 */
import {
  Code,
  Decoder,
  DecoderOptions,
  FlowControl,
  InstructionInfoFactory,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt
} from 'iced-x86';
import type { Instruction, UsedMemory, UsedRegister } from 'iced-x86';

/** What was written. */
export type Store =
  /** A value that stands in the code, or that a register was given there; its low 32 bits, signed. */
  | { readonly kind: 'constant'; readonly value: number }
  /** Something was added to what stood there: `lock xadd`, `lock add`, `lock inc`. */
  | { readonly kind: 'addition' }
  | { readonly kind: 'other' };

/** As many bytes before the next instruction as `storeBefore` has a use for. */
export const STORE_CONTEXT = 128;

const OTHER: Store = { kind: 'other' };

/** A call keeps these registers (System V ABI for AMD64). */
const KEPT_BY_CALLS: ReadonlySet<Register> = new Set([
  Register.RBX,
  Register.RBP,
  Register.R12,
  Register.R13,
  Register.R14,
  Register.R15
]);

const WRITES: ReadonlySet<OpAccess> = new Set([
  OpAccess.Write,
  OpAccess.CondWrite,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite
]);

/**
 * The store that the last instruction of a piece of x86-64 code makes.
 *
 * Instructions can't be decoded backwards. But decoding that starts at a wrong byte falls into step with the
 * right one after a few instructions: the end of the piece is decoded from each byte of it, and what most of
 * them come to is the instruction.
 *
 * @param code - as many bytes as can be had, up to STORE_CONTEXT; begins anywhere
 * @returns undefined if that instruction writes no memory
 */
export function storeBefore(code: Uint8Array): Store | undefined {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const information = new InstructionInfoFactory();
  try {
    const path = likelyPath(decoder, code.length);
    const last = decodeAt(decoder, path[path.length - 1]);
    try {
      return last === undefined || !writesMemory(last, information)
        ? undefined
        : storeOf(last, decoder, path, information);
    } finally {
      last?.free();
    }
  } finally {
    information.free();
    decoder.free();
  }
}

/** Where the instructions begin that lead to the end of the code: those that most starting points come to. */
function likelyPath(decoder: Decoder, length: number): number[] {
  const next = new Int32Array(length);
  for (let start = 0; start < length; start++) {
    const instruction = decodeAt(decoder, start);
    next[start] = instruction === undefined ? -1 : start + instruction.length;
    instruction?.free();
  }
  // By start: how many starting points before it come by.
  const votes = new Int32Array(length);
  const last = new Int32Array(length).fill(-1);
  for (let start = length - 1; start >= 0; start--) {
    const to = next[start];
    last[start] = to === length ? start : to < 0 ? -1 : (last[to] ?? -1);
  }
  for (let start = 0; start < length; start++) {
    // A starting point close to the end may not have fallen into step.
    const weight = start <= length - FALLEN_INTO_STEP ? length : 1;
    if (last[start] >= 0) {
      votes[last[start]] += weight;
    }
  }
  const end = votes.indexOf(Math.max(...votes));
  // The longest way to it that most ways join.
  const visits = new Int32Array(length);
  for (let start = 0; start < length; start++) {
    if (last[start] === end) {
      visits[start]++;
      if (start !== end) {
        visits[next[start]] += visits[start];
      }
    }
  }
  const path = [end];
  for (let at = end; ;) {
    let before = -1;
    for (let start = Math.max(0, at - LONGEST); start < at; start++) {
      if (
        last[start] === end &&
        next[start] === at &&
        (before < 0 || visits[start] > visits[before])
      ) {
        before = start;
      }
    }
    if (before < 0) {
      return path.reverse();
    }
    path.push(before);
    at = before;
  }
}

/** Bytes of the longest instruction. */
const LONGEST = 15;

/** After so many bytes decoding from a wrong start has nearly always met the right instructions. */
const FALLEN_INTO_STEP = 48;

function decodeAt(
  decoder: Decoder,
  position: number | undefined
): Instruction | undefined {
  if (position === undefined || position < 0) {
    return undefined;
  }
  decoder.position = position;
  decoder.ip = BigInt(position);
  const instruction = decoder.decode();
  if (instruction.code === Code.INVALID) {
    instruction.free();
    return undefined;
  }
  return instruction;
}

/** @param path - where it and the instructions before it begin */
function storeOf(
  store: Instruction,
  decoder: Decoder,
  path: readonly number[],
  information: InstructionInfoFactory
): Store {
  const size = store.opCount > 1 ? store.opKind(1) : OpKind.Memory;
  switch (store.mnemonic) {
    case Mnemonic.Xadd:
    case Mnemonic.Add:
    case Mnemonic.Inc:
      return { kind: 'addition' };
    case Mnemonic.And:
      // gcc -Os clears a word so.
      return IMMEDIATES.has(size) && store.immediate(1) === 0n
        ? { kind: 'constant', value: 0 }
        : OTHER;
    case Mnemonic.Mov:
    case Mnemonic.Xchg: {
      if (IMMEDIATES.has(size)) {
        return constant(store.immediate(1));
      }
      const register = [0, 1].find(
        operand => store.opKind(operand) === OpKind.Register
      );
      return register === undefined
        ? OTHER
        : registerConstant(
            RegisterExt.fullRegister(store.opRegister(register)),
            decoder,
            path.slice(0, -1),
            information
          );
    }
    default:
      return OTHER;
  }
}

const IMMEDIATES: ReadonlySet<OpKind> = new Set([
  OpKind.Immediate8,
  OpKind.Immediate16,
  OpKind.Immediate32,
  OpKind.Immediate8to16,
  OpKind.Immediate8to32,
  OpKind.Immediate8to64,
  OpKind.Immediate32to64
]);

function constant(value: bigint): Store {
  return { kind: 'constant', value: Number(BigInt.asIntN(32, value)) };
}

/** The constant that a register was given before; the code between is taken to run straight on. */
function registerConstant(
  register: Register,
  decoder: Decoder,
  path: readonly number[],
  information: InstructionInfoFactory
): Store {
  for (const position of [...path].reverse()) {
    const before = decodeAt(decoder, position);
    if (before === undefined) {
      return OTHER;
    }
    try {
      switch (before.flowControl) {
        case FlowControl.Next:
        case FlowControl.ConditionalBranch:
          break;
        case FlowControl.Call:
        case FlowControl.IndirectCall:
          if (!KEPT_BY_CALLS.has(register)) {
            return OTHER;
          }
          continue;
        default:
          return OTHER;
      }
      if (writesRegister(before, register, information)) {
        return givenConstant(before);
      }
    } finally {
      before.free();
    }
  }
  return OTHER;
}

/** What an instruction that writes a register gives it. */
function givenConstant(instruction: Instruction): Store {
  const { mnemonic, opCount } = instruction;
  if (opCount !== 2 || instruction.opKind(0) !== OpKind.Register) {
    return OTHER;
  }
  const source = instruction.opKind(1);
  if (mnemonic === Mnemonic.Mov && IMMEDIATES.has(source)) {
    return constant(instruction.immediate(1));
  }
  const cleared =
    (mnemonic === Mnemonic.Xor || mnemonic === Mnemonic.Sub) &&
    source === OpKind.Register &&
    instruction.opRegister(0) === instruction.opRegister(1);
  return cleared ? { kind: 'constant', value: 0 } : OTHER;
}

function writesRegister(
  instruction: Instruction,
  register: Register,
  information: InstructionInfoFactory
): boolean {
  const info = information.info(instruction);
  try {
    return (info.usedRegisters() as UsedRegister[])
      .map(used => {
        const hit =
          WRITES.has(used.access) &&
          RegisterExt.fullRegister(used.register) === register;
        used.free();
        return hit;
      })
      .includes(true);
  } finally {
    info.free();
  }
}

/** Whether it writes memory other than the stack's top. */
function writesMemory(
  instruction: Instruction,
  information: InstructionInfoFactory
): boolean {
  const info = information.info(instruction);
  try {
    return (info.usedMemory() as UsedMemory[])
      .map(used => {
        const hit = WRITES.has(used.access);
        used.free();
        return hit;
      })
      .includes(true);
  } finally {
    info.free();
  }
}
