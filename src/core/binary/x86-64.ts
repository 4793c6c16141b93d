/** x86-64: relocations and PLT stubs of the AMD64 supplement of the System V ABI. */
import type { Address } from '../units';
import { disassemble } from './disassembly-x86';
import { view } from './elf-bytes';
import type { Machine } from './machine';

const R_X86_64_64 = 1;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_RELATIVE = 8;

export const X86_64: Machine = {
  disassemble,
  argumentRegisters: ['di', 'si'],
  bindsFunction: [R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT],
  absolute: R_X86_64_64,
  relative: R_X86_64_RELATIVE,
  stub: {
    // endbr64 (f3 0f 1e fa), an optional bnd prefix (f2) and jmp *disp32(%rip).
    length: 11,
    // 16 bytes in .plt and .plt.sec, in .plt.got 8, or 16 with endbr64.
    step: 8,
    size: 16,
    slotAt
  }
};

/** The stubs of .plt, .plt.sec and .plt.got all start with a jump, apart from endbr64 and bnd. */
function slotAt(code: Uint8Array, address: Address): Address | undefined {
  let at = 0;
  if (
    code[0] === 0xf3 &&
    code[1] === 0x0f &&
    code[2] === 0x1e &&
    code[3] === 0xfa
  ) {
    at = 4;
  }
  if (code[at] === 0xf2) {
    at++;
  }
  if (code[at] !== 0xff || code[at + 1] !== 0x25 || code.length < at + 6) {
    return undefined;
  }
  return address + at + 6 + view(code).getInt32(at + 2, true);
}
