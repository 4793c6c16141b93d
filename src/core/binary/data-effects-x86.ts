/** What x86-64 instructions do to registers and memory. */
import {
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
import type { Instruction as IcedInstruction, UsedRegister } from 'iced-x86';
import type { Address } from '../units';
import type { DataEffect, Operand, Source } from './data-effect';

const UNKNOWN: Source = { kind: 'unknown' };
const STACK_POINTER = 'sp';
const FRAME_POINTER = 'bp';
const WORD = 8;

/** What a called function may change (System V ABI for AMD64). */
const CLOBBERED = ['ax', 'cx', 'dx', 'si', 'di', 'r8', 'r9', 'r10', 'r11'];

/** @see Machine.dataEffects */
export function dataEffects(
  code: Uint8Array,
  address: Address
): DataEffect[][] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const factory = new InstructionInfoFactory();
  const list: DataEffect[][] = [];
  try {
    decoder.ip = BigInt(address);
    while (decoder.canDecode) {
      const decoded = decoder.decode();
      try {
        list.push(effectsOf(decoded, factory));
      } finally {
        decoded.free();
      }
    }
  } finally {
    factory.free();
    decoder.free();
  }
  return list;
}

function effectsOf(
  decoded: IcedInstruction,
  factory: InstructionInfoFactory
): DataEffect[] {
  switch (decoded.flowControl) {
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return CLOBBERED.map(register => set(register, UNKNOWN));
  }
  switch (decoded.mnemonic) {
    case Mnemonic.Push:
      return [
        set(STACK_POINTER, sum(STACK_POINTER, -WORD)),
        store({ base: STACK_POINTER, offset: 0 }, WORD, sourceOf(decoded, 0))
      ];
    case Mnemonic.Pop:
      if (decoded.op0Kind === OpKind.Register) {
        return [
          set(nameOf(decoded.op0Register), {
            kind: 'load',
            from: { base: STACK_POINTER, offset: 0 }
          }),
          set(STACK_POINTER, sum(STACK_POINTER, WORD))
        ];
      }
      break;
    case Mnemonic.Leave:
      return [
        set(FRAME_POINTER, {
          kind: 'load',
          from: { base: FRAME_POINTER, offset: 0 }
        }),
        // The old frame pointer is gone by now; what comes is the way out of the function.
        set(STACK_POINTER, UNKNOWN)
      ];
    case Mnemonic.Mov:
      return moved(decoded);
    case Mnemonic.Lea:
      if (is64Bit(decoded.op0Register)) {
        return [set(nameOf(decoded.op0Register), addressOf(decoded))];
      }
      break;
    case Mnemonic.Xor:
    case Mnemonic.Sub:
      if (
        decoded.op0Kind === OpKind.Register &&
        decoded.op1Kind === OpKind.Register &&
        decoded.op0Register === decoded.op1Register
      ) {
        return [set(nameOf(decoded.op0Register), constant(0))];
      }
      break;
  }
  return added(decoded) ?? changed(decoded, factory);
}

/** add and sub of a constant to a whole register. */
function added(decoded: IcedInstruction): DataEffect[] | undefined {
  const sign =
    decoded.mnemonic === Mnemonic.Add
      ? 1
      : decoded.mnemonic === Mnemonic.Sub
        ? -1
        : 0;
  if (
    sign === 0 ||
    decoded.op0Kind !== OpKind.Register ||
    !is64Bit(decoded.op0Register) ||
    !isImmediate(decoded.op1Kind)
  ) {
    return undefined;
  }
  const register = nameOf(decoded.op0Register);
  return [set(register, sum(register, sign * immediate(decoded, 1)))];
}

function moved(decoded: IcedInstruction): DataEffect[] {
  const value = sourceOf(decoded, 1);
  if (decoded.op0Kind === OpKind.Memory) {
    const to = operandOf(decoded);
    return to === undefined ? [] : [store(to, sizeOf(decoded), value)];
  }
  const register = decoded.op0Register;
  const whole = is64Bit(register) || value.kind === 'constant';
  return [set(nameOf(register), whole ? value : UNKNOWN)];
}

/** Each register that an instruction of no interest writes. */
function changed(
  decoded: IcedInstruction,
  factory: InstructionInfoFactory
): DataEffect[] {
  const list: DataEffect[] = [];
  const info = factory.info(decoded);
  try {
    for (const used of info.usedRegisters() as UsedRegister[]) {
      if (WRITES.has(used.access)) {
        list.push(set(nameOf(used.register), UNKNOWN));
      }
      used.free();
    }
  } finally {
    info.free();
  }
  return list;
}

/** The value of an operand; a part of a register is unknown unless it is a constant. */
function sourceOf(decoded: IcedInstruction, operand: 0 | 1): Source {
  const kind = operand === 0 ? decoded.op0Kind : decoded.op1Kind;
  if (isImmediate(kind)) {
    return constant(immediate(decoded, operand));
  }
  if (kind === OpKind.Register) {
    const register = operand === 0 ? decoded.op0Register : decoded.op1Register;
    return isGeneral(register) ? sum(nameOf(register), 0) : UNKNOWN;
  }
  if (kind === OpKind.Memory) {
    const from = operandOf(decoded);
    return from === undefined ? UNKNOWN : { kind: 'load', from };
  }
  return UNKNOWN;
}

/** The address that lea computes. */
function addressOf(decoded: IcedInstruction): Source {
  const operand = operandOf(decoded);
  if (operand === undefined) {
    return UNKNOWN;
  }
  return operand.base === undefined
    ? constant(operand.offset)
    : sum(operand.base, operand.offset);
}

/** The memory operand; undefined if it has an index register or a segment. */
function operandOf(decoded: IcedInstruction): Operand | undefined {
  if (
    decoded.memoryIndex !== Register.None ||
    decoded.segmentPrefix !== Register.None
  ) {
    return undefined;
  }
  const offset = Number(BigInt.asIntN(64, decoded.memoryDisplacement));
  // iced-x86 has added the instruction's own address to a displacement from it.
  return decoded.isIpRelMemoryOperand || decoded.memoryBase === Register.None
    ? { offset }
    : { base: nameOf(decoded.memoryBase), offset };
}

function sizeOf(decoded: IcedInstruction): number {
  if (decoded.op1Kind === OpKind.Register) {
    return RegisterExt.size(decoded.op1Register);
  }
  switch (decoded.op1Kind) {
    case OpKind.Immediate8:
      return 1;
    case OpKind.Immediate16:
      return 2;
    case OpKind.Immediate32:
      return 4;
    default:
      return WORD;
  }
}

function isImmediate(kind: OpKind): boolean {
  return kind >= OpKind.Immediate8 && kind <= OpKind.Immediate32to64;
}

function immediate(decoded: IcedInstruction, operand: 0 | 1): number {
  return Number(BigInt.asIntN(64, decoded.immediate(operand)));
}

/** As uprobe_events names it (arch/x86/kernel/ptrace.c, regoffset_table): RBX is bx, R12 is r12. */
function nameOf(register: Register): string {
  const name = Register[RegisterExt.fullRegister(register)].toLowerCase();
  return /^r\d/.test(name) ? name : name.replace(/^r/, '');
}

function is64Bit(register: Register): boolean {
  return isGeneral(register) && RegisterExt.size(register) === WORD;
}

function isGeneral(register: Register): boolean {
  return RegisterExt.isGPR(register);
}

function set(register: string, value: Source): DataEffect {
  return { kind: 'set', register, value };
}

function store(to: Operand, width: number, value: Source): DataEffect {
  return { kind: 'store', to, width, value };
}

function constant(value: number): Source {
  return { kind: 'constant', value };
}

function sum(register: string, plus: number): Source {
  return { kind: 'sum', register, plus };
}

const WRITES: ReadonlySet<OpAccess> = new Set([
  OpAccess.Write,
  OpAccess.CondWrite,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite
]);
