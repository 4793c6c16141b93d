/** What the choice of probe sites needs to know of an instruction, whatever the machine. */
import type { Address } from '../units';

/**
 * How a probe on an instruction is executed: emulated by the kernel, by kind of instruction, or
 * stepped. On aarch64 `jcc` stands for b.cond, cbz, cbnz, tbz and tbnz, `jmp` for b, br and ret,
 * `call` for bl and blr, `adr` for adr and adrp.
 */
export type InstructionClass =
  'push' | 'nop' | 'jcc' | 'call' | 'jmp' | 'adr' | 'stepped';

/**
 * Registers of the first two integer arguments: System V ABI for AMD64, procedure call standard for
 * the Arm 64-bit architecture. Named as uprobe_events names them behind the `%`.
 */
export type ArgumentRegister = 'di' | 'si' | 'x0' | 'x1';

export interface Instruction {
  readonly address: Address;
  /** Address of the byte behind it. */
  readonly end: Address;
  readonly probe: InstructionClass;
  /** endbr64, bti c: says that an indirect branch may land here, and does nothing. */
  readonly marker: boolean;
  readonly flow:
    | 'next'
    | 'jump'
    | 'branch'
    | 'call'
    | 'return'
    /** ud2, hlt, brk and the like: nothing follows. */
    | 'trap';
  /** Target of a direct jump, branch or call. */
  readonly target?: Address;
  /** Address of the pointer that an indirect jump or call goes through, if it is fixed. */
  readonly slot?: Address;
  /** Argument registers whose value it uses; saving one on the stack by push doesn't count. */
  readonly reads: readonly ArgumentRegister[];
  readonly writes: readonly ArgumentRegister[];
}
