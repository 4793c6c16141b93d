/**
 * Which x86-64 instructions the kernel emulates when a uprobe stands on them. Any other instruction is
 * copied out and single-stepped, which costs a debug exception more: 2.8 times as much on hardware,
 * 12 times in some virtual machines.
 *
 * Source: Linux arch/x86/kernel/uprobes.c, branch_setup_xol_ops() and push_setup_xol_ops(), the
 * same in 6.1, 6.12 and 6.18. (6.18 emulates long NOPs too, older kernels don't, so they count as
 * stepped here.)
 */
import type { InstructionClass } from './instruction';

/**
 * The class of one x86-64 instruction.
 *
 * @param code - exactly the bytes of the instruction, prefixes included
 */
export function classify(code: Uint8Array): InstructionClass {
  let at = 0;
  let wide = false;
  while (at < code.length && isLegacyPrefix(code[at])) {
    wide ||= code[at] === 0x66;
    at++;
  }
  const rex = (code[at] & 0xf0) === 0x40 ? code[at++] : 0;
  const opcode = code[at];
  if (opcode >= 0x50 && opcode <= 0x57) {
    // The kernel takes push of a register only plain or with exactly REX.B.
    const plain = code.length === 1;
    return plain || (code.length === 2 && rex === 0x41) ? 'push' : 'stepped';
  }
  if (opcode === 0x90) {
    // With REX.B it is xchg r8,rax; F3 90 is pause.
    return rex === 0 && !code.subarray(0, at).includes(0xf3)
      ? 'nop'
      : 'stepped';
  }
  if (wide) {
    // The kernel refuses branches with an operand size prefix.
    return 'stepped';
  }
  if (opcode === 0xe8) {
    return 'call';
  }
  if (opcode === 0xe9 || opcode === 0xeb) {
    return 'jmp';
  }
  const near = opcode === 0x0f && (code[at + 1] & 0xf0) === 0x80;
  return near || (opcode & 0xf0) === 0x70 ? 'jcc' : 'stepped';
}

function isLegacyPrefix(byte: number): boolean {
  switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
      return true;
    default:
      return false;
  }
}
