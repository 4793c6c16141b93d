/**
 * The A64 instructions of one function body, as far as the choice of probe sites needs them:
 * branches, and which instructions the kernel emulates. Encodings: Arm Architecture Reference Manual
 * for A-profile, chapter C4.
 *
 * The kernel simulates b, bl, b.cond, cbz, cbnz, tbz, tbnz, br, blr, ret, adr and adrp under a
 * uprobe (Linux arch/arm64/kernel/probes/decode-insn.c, arm_probe_decode_insn(), the same from 5.x
 * on). Any other it steps out of line or refuses; refused ones (exclusive loads and stores, literal
 * loads from 6.12 on) count as stepped here, since no site stands on one of them. A nop is simulated
 * by newer 6.x kernels only, so it counts as stepped.
 */
import type { Address } from '../units';
import { argumentUse } from './argument-use-a64';
import { field, matches, signed } from './bit-fields';
import { view } from './elf-bytes';
import type { Instruction, InstructionClass } from './instruction';

const LENGTH = 4;

/** @see Machine.disassemble */
export function disassemble(code: Uint8Array, address: Address): Instruction[] {
  const words = view(code);
  const list: Instruction[] = [];
  for (let at = 0; at + LENGTH <= code.length; at += LENGTH) {
    const word = words.getUint32(at, true);
    list.push({
      address: address + at,
      end: address + at + LENGTH,
      marker: isLandingPad(word),
      ...branchOf(word, address + at),
      ...argumentUse(word)
    });
  }
  return list;
}

/** bti c, bti jc: an indirect call may land here. (paciasp may be one too, but it also signs x30.) */
export function isLandingPad(word: number): boolean {
  return word === 0xd503245f || word === 0xd50324df;
}

/** The page that an adrp at `address` computes. */
export function pageOf(word: number, address: Address): Address {
  const pages = signed((field(word, 5, 19) << 2) | field(word, 29, 2), 21);
  return address - (address % 4096) + pages * 4096;
}

interface Branch {
  readonly probe: InstructionClass;
  readonly flow: Instruction['flow'];
  readonly target?: Address;
}

function branchOf(word: number, address: Address): Branch {
  const to = (low: number, width: number): Address =>
    address + signed(field(word, low, width), width) * LENGTH;

  if (matches(word, 0x7c000000, 0x14000000)) {
    return word >>> 31 === 1
      ? { probe: 'call', flow: 'call', target: to(0, 26) }
      : { probe: 'jmp', flow: 'jump', target: to(0, 26) };
  }
  if (matches(word, 0xff000000, 0x54000000)) {
    // Bit 4: bc.cond of Armv8.8, which the kernel doesn't simulate.
    const probe = field(word, 4, 1) === 0 ? 'jcc' : 'stepped';
    return { probe, flow: 'branch', target: to(5, 19) };
  }
  if (matches(word, 0x7e000000, 0x34000000)) {
    return { probe: 'jcc', flow: 'branch', target: to(5, 19) };
  }
  if (matches(word, 0x7e000000, 0x36000000)) {
    return { probe: 'jcc', flow: 'branch', target: to(5, 14) };
  }
  if (matches(word, 0xfe000000, 0xd6000000)) {
    return throughRegister(word);
  }
  if (matches(word, 0xffe0001f, 0xd4200000) || word >>> 16 === 0) {
    // brk, udf
    return { probe: 'stepped', flow: 'trap' };
  }
  const relative = matches(word, 0x1f000000, 0x10000000);
  return { probe: relative ? 'adr' : 'stepped', flow: 'next' };
}

/** br, blr, ret, and their forms with pointer authentication (retaa), which aren't simulated. */
function throughRegister(word: number): Branch {
  const plain = matches(word, 0xff9ffc1f, 0xd61f0000);
  switch (field(word, 21, 2)) {
    case 0:
      return { probe: plain ? 'jmp' : 'stepped', flow: 'jump' };
    case 1:
      return { probe: plain ? 'call' : 'stepped', flow: 'call' };
    default:
      return { probe: plain ? 'jmp' : 'stepped', flow: 'return' };
  }
}
