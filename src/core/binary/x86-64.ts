/** x86-64: relocations and PLT stubs of the AMD64 supplement of the System V ABI. */
import type { Address } from '../units';
import type { CallTargets } from './call-scan';
import { dataEffects } from './data-effects-x86';
import { disassemble } from './disassembly-x86';
import { view } from './elf-bytes';
import type { Machine } from './machine';

const R_X86_64_64 = 1;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_RELATIVE = 8;

export const X86_64: Machine = {
  disassemble,
  dataEffects,
  findCalls,
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

const CALL = 0xe8;
const JUMP = 0xe9;
/** call and jmp through memory: ff /2 and ff /4, relative to the instruction pointer. */
const INDIRECT = 0xff;
const CALL_THROUGH = 0x15;
const JUMP_THROUGH = 0x25;

/** @see Machine.findCalls */
function findCalls(
  code: Uint8Array,
  address: Address,
  { code: functions, slots }: CallTargets
): Address[] {
  const found: Address[] = [];
  const bytes = view(code);
  for (let at = 0; at + 6 <= code.length; at++) {
    const opcode = code[at];
    if (opcode === CALL || opcode === JUMP) {
      if (functions.has(address + at + 5 + bytes.getInt32(at + 1, true))) {
        found.push(address + at);
      }
    } else if (
      opcode === INDIRECT &&
      (code[at + 1] === CALL_THROUGH || code[at + 1] === JUMP_THROUGH) &&
      slots.has(address + at + 6 + bytes.getInt32(at + 2, true))
    ) {
      found.push(address + at);
    }
  }
  return found;
}
