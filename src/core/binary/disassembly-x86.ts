/**
 * The x86-64 instructions of one function body, with what the choice of probe sites needs to know of each.
 * Decoding is iced-x86's; its objects live in WebAssembly memory, so they are turned into plain
 * records here and freed.
 */
import {
  Code,
  Decoder,
  DecoderOptions,
  FlowControl,
  InstructionInfoFactory,
  OpAccess,
  Register,
  RegisterExt
} from 'iced-x86';
import type { Instruction as IcedInstruction, UsedRegister } from 'iced-x86';
import type { Address } from '../units';
import { classify } from './emulated';
import type {
  ArgumentRegister,
  Instruction,
  InstructionClass
} from './instruction';

/** @see Machine.disassemble */
export function disassemble(code: Uint8Array, address: Address): Instruction[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const registers = new InstructionInfoFactory();
  const list: Instruction[] = [];
  try {
    decoder.ip = BigInt(address);
    while (decoder.canDecode) {
      const decoded = decoder.decode();
      try {
        const start = Number(decoded.ip) - address;
        const bytes = code.subarray(start, start + decoded.length);
        list.push(describe(decoded, bytes, registers));
      } finally {
        decoded.free();
      }
    }
  } finally {
    registers.free();
    decoder.free();
  }
  return list;
}

function describe(
  decoded: IcedInstruction,
  bytes: Uint8Array,
  registers: InstructionInfoFactory
): Instruction {
  const flow = flowOf(decoded);
  const direct =
    decoded.flowControl === FlowControl.Call ||
    decoded.flowControl === FlowControl.UnconditionalBranch ||
    decoded.flowControl === FlowControl.ConditionalBranch;
  const through =
    decoded.flowControl === FlowControl.IndirectCall ||
    decoded.flowControl === FlowControl.IndirectBranch;
  const probe = classify(bytes);
  return {
    address: Number(decoded.ip),
    end: Number(decoded.nextIP),
    probe,
    marker: decoded.code === Code.Endbr64,
    flow,
    target: direct ? Number(decoded.nearBranchTarget) : undefined,
    slot: through ? slotOf(decoded) : undefined,
    ...argumentUse(decoded, probe, registers)
  };
}

function flowOf(decoded: IcedInstruction): Instruction['flow'] {
  switch (decoded.flowControl) {
    case FlowControl.UnconditionalBranch:
    case FlowControl.IndirectBranch:
      return 'jump';
    case FlowControl.ConditionalBranch:
      return 'branch';
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return 'call';
    case FlowControl.Return:
      return 'return';
    case FlowControl.Exception:
      return 'trap';
    default:
      return 'next';
  }
}

function slotOf(decoded: IcedInstruction): Address | undefined {
  if (decoded.isIpRelMemoryOperand) {
    return Number(decoded.ipRelMemoryAddress);
  }
  const absolute =
    decoded.memoryBase === Register.None &&
    decoded.memoryIndex === Register.None &&
    decoded.memoryDisplacement > 0n;
  return absolute ? Number(decoded.memoryDisplacement) : undefined;
}

function argumentUse(
  decoded: IcedInstruction,
  probe: InstructionClass,
  registers: InstructionInfoFactory
): Pick<Instruction, 'reads' | 'writes'> {
  const reads: ArgumentRegister[] = [];
  const writes: ArgumentRegister[] = [];
  const info = registers.info(decoded);
  try {
    for (const used of info.usedRegisters() as UsedRegister[]) {
      const full = RegisterExt.fullRegister(used.register);
      const access = used.access;
      used.free();
      const name =
        full === Register.RDI ? 'di' : full === Register.RSI ? 'si' : undefined;
      if (name === undefined) {
        continue;
      }
      if (probe !== 'push' && READS.has(access)) {
        reads.push(name);
      }
      if (WRITES.has(access)) {
        writes.push(name);
      }
    }
  } finally {
    info.free();
  }
  return { reads, writes };
}

const READS: ReadonlySet<OpAccess> = new Set([
  OpAccess.Read,
  OpAccess.CondRead,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite
]);

const WRITES: ReadonlySet<OpAccess> = new Set([
  OpAccess.Write,
  OpAccess.CondWrite,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite
]);
