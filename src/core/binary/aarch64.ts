/** aarch64: relocations (ELF for the Arm 64-bit architecture) and PLT stubs. */
import type { Address } from '../units';
import { field, matches, signed } from './bit-fields';
import type { CallTargets } from './call-scan';
import { dataEffects } from './data-effects-a64';
import { disassemble, isLandingPad, pageOf } from './disassembly-a64';
import { view } from './elf-bytes';
import type { Machine } from './machine';

const R_AARCH64_ABS64 = 257;
const R_AARCH64_GLOB_DAT = 1025;
const R_AARCH64_JUMP_SLOT = 1026;
const R_AARCH64_RELATIVE = 1027;

export const AARCH64: Machine = {
  disassemble,
  dataEffects,
  findCalls,
  argumentRegisters: ['x0', 'x1'],
  bindsFunction: [R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT],
  absolute: R_AARCH64_ABS64,
  relative: R_AARCH64_RELATIVE,
  stub: {
    // bti c, adrp, ldr.
    length: 12,
    step: 8,
    // With bti c 24 bytes, else 16.
    size: 24,
    slotAt
  }
};

/** adrp x16, PAGE; ldr x17, [x16, #OFFSET]; add; br x17, behind an optional bti c. */
function slotAt(code: Uint8Array, address: Address): Address | undefined {
  const words = view(code);
  const at =
    code.length >= 12 && isLandingPad(words.getUint32(0, true)) ? 4 : 0;
  if (code.length < at + 8) {
    return undefined;
  }
  const adrp = words.getUint32(at, true);
  const load = words.getUint32(at + 4, true);
  const isStub =
    (adrp & 0x9f00001f) >>> 0 === 0x90000010 &&
    (load & 0xffc003ff) >>> 0 === 0xf9400211;
  return isStub
    ? pageOf(adrp, address + at) + ((load >>> 10) & 0xfff) * 8
    : undefined;
}

/** bl and b; a call through memory takes several instructions here. @see Machine.findCalls */
function findCalls(
  code: Uint8Array,
  address: Address,
  { code: functions }: CallTargets
): Address[] {
  const words = view(code);
  const found: Address[] = [];
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = words.getUint32(at, true);
    const target = address + at + signed(field(word, 0, 26), 26) * 4;
    if (matches(word, 0x7c000000, 0x14000000) && functions.has(target)) {
      found.push(address + at);
    }
  }
  return found;
}
