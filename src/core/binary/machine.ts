/** What differs between the machines that probe sites are chosen on. */
import type { Address } from '../units';
import { AARCH64 } from './aarch64';
import type { CallTargets } from './call-scan';
import type { DataEffect } from './data-effect';
import type { ElfFile } from './elf';
import type { MachineName } from './elf-headers';
import type { ArgumentRegister, Instruction } from './instruction';
import { X86_64 } from './x86-64';

export interface Machine {
  /**
   * Decodes a body from its first byte to its last.
   *
   * @param code - the body's bytes
   * @param address - where it starts
   */
  disassemble(code: Uint8Array, address: Address): Instruction[];
  /**
   * What each instruction of a body does to registers and memory; one entry an instruction, as
   * `disassemble` decodes them. Registers have the names of uprobe_events.
   */
  dataEffects(code: Uint8Array, address: Address): DataEffect[][];
  /**
   * Addresses of what looks like a call of, or a jump to, one of the targets.
   *
   * @param code - code and perhaps data
   * @param address - where it starts
   */
  findCalls(
    code: Uint8Array,
    address: Address,
    targets: CallTargets
  ): Address[];
  /** The first two of a function. */
  readonly argumentRegisters: readonly [ArgumentRegister, ArgumentRegister];
  /** Types of the relocations that write a symbol's address into a slot that calls go through. */
  readonly bindsFunction: readonly number[];
  /** Relocation type: a symbol's address in a word. */
  readonly absolute: number;
  /** Relocation type: an address in the same file. */
  readonly relative: number;
  /** The stubs of the procedure linkage table, made by binutils, gold and lld. */
  readonly stub: {
    /** As many bytes as `slotAt` looks at. */
    readonly length: number;
    /** Stubs start at multiples of it, from the start of their section. */
    readonly step: number;
    /** The longest stub, padding included. */
    readonly size: number;
    /**
     * The pointer that a stub jumps through; undefined if these bytes aren't a stub.
     *
     * @param code - at least `length` bytes
     * @param address - of the first byte
     */
    readonly slotAt: (
      code: Uint8Array,
      address: Address
    ) => Address | undefined;
  };
}

const MACHINES: Record<MachineName, Machine> = {
  'x86-64': X86_64,
  aarch64: AARCH64
};

export function machineOf(elf: ElfFile): Machine {
  return MACHINES[elf.machine];
}
