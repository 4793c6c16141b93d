/**
 * Which function a call reaches: by its symbol, by the PLT stub it calls, or by the pointer it goes
 * through. All three end at a name.
 */
import type { Address } from '../units';
import type { Instruction } from './disassembly';
import { ElfError } from './elf';
import type { ElfFile } from './elf';

// Relocation types of the AMD64 supplement.
const R_X86_64_64 = 1;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_RELATIVE = 8;

/** endbr64 (f3 0f 1e fa), an optional bnd prefix (f2) and jmp *disp32(%rip): 11 bytes. */
const STUB_LENGTH = 11;

export class Callees {
  /** Address of a pointer → name of what it points to, as the dynamic linker binds it. */
  private readonly imports = new Map<Address, string>();
  private readonly functions = new Map<Address, string>();

  /**
   * @param elf - the file that holds the calls
   * @param known - which names matter; a function is called by the first of its names that does
   */
  constructor(
    private readonly elf: ElfFile,
    known: (name: string) => boolean
  ) {
    for (const { address, type, symbol } of elf.relocations()) {
      const bound =
        type === R_X86_64_JUMP_SLOT ||
        type === R_X86_64_GLOB_DAT ||
        type === R_X86_64_64;
      if (bound && symbol !== '' && known(symbol)) {
        this.imports.set(address, symbol);
      }
    }
    for (const symbol of elf.symbols(known)) {
      if (symbol.defined && !this.functions.has(symbol.address)) {
        this.functions.set(symbol.address, symbol.name);
      }
    }
  }

  /** The name that a call or jump reaches, or undefined if it isn't a known one. */
  nameOf(instruction: Instruction): string | undefined {
    if (instruction.target !== undefined) {
      return this.atCode(instruction.target);
    }
    return instruction.slot === undefined
      ? undefined
      : this.throughPointer(instruction.slot);
  }

  private atCode(address: Address): string | undefined {
    const own = this.functions.get(address);
    if (own !== undefined) {
      return own;
    }
    const slot = this.stubSlot(address);
    return slot === undefined ? undefined : this.throughPointer(slot);
  }

  private throughPointer(slot: Address): string | undefined {
    const imported = this.imports.get(slot);
    if (imported !== undefined) {
      return imported;
    }
    // A function of the same file: a relative relocation, or with packed relocations (DT_RELR) and
    // in static executables the pointer as it stands in the file.
    const relative = this.elf
      .relocations()
      .find(
        ({ address, type }) => address === slot && type === R_X86_64_RELATIVE
      );
    const target = relative?.addend ?? this.pointerInFile(slot);
    return target === undefined ? undefined : this.functions.get(target);
  }

  private pointerInFile(slot: Address): Address | undefined {
    const bytes = this.bytesAt(slot, 8);
    return bytes === undefined
      ? undefined
      : Number(
          new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
        );
  }

  /**
   * The pointer that the PLT stub at `address` jumps through. The stubs of .plt, .plt.sec and
   * .plt.got (binutils, gold, lld) all start with this jump, apart from endbr64 and bnd.
   */
  private stubSlot(address: Address): Address | undefined {
    const code = this.bytesAt(address, STUB_LENGTH);
    if (code === undefined) {
      return undefined;
    }
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
    if (code[at] !== 0xff || code[at + 1] !== 0x25) {
      return undefined;
    }
    const displacement = new DataView(code.buffer, code.byteOffset).getInt32(
      at + 2,
      true
    );
    return address + at + 6 + displacement;
  }

  private bytesAt(address: Address, length: number): Uint8Array | undefined {
    try {
      return this.elf.read(address, length);
    } catch (error) {
      if (error instanceof ElfError) {
        return undefined;
      }
      throw error;
    }
  }
}
