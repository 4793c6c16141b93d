/**
 * Which function a call reaches: by its symbol, by the PLT stub it calls, or by the pointer it goes
 * through. All three end at a name.
 */
import type { Address } from '../units';
import type { CallTargets } from './call-scan';
import { ElfError } from './elf';
import type { ElfFile } from './elf';
import type { Instruction } from './instruction';
import { machineOf } from './machine';
import type { Machine } from './machine';
import { NoReturn } from './no-return';
import { pltStubs } from './plt-stubs';

export class Callees {
  /** Address of a pointer → name of what it points to, as the dynamic linker binds it. */
  private readonly imports = new Map<Address, string>();
  private readonly functions = new Map<Address, string>();
  private readonly machine: Machine;
  private readonly noReturn: NoReturn;

  /**
   * @param elf - the file that holds the calls
   * @param known - which names matter; a function is called by the first of its names that does
   */
  constructor(
    private readonly elf: ElfFile,
    known: (name: string) => boolean
  ) {
    this.machine = machineOf(elf);
    this.noReturn = new NoReturn(elf);
    for (const { address, type, symbol } of elf.relocations()) {
      const bound =
        this.machine.bindsFunction.includes(type) ||
        type === this.machine.absolute;
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

  /** True if the call reaches a function of this file whose code has no way out. */
  neverReturns({ target }: Instruction): boolean {
    return target !== undefined && this.noReturn.has(target);
  }

  /** What calls of the functions with a matching name have as operand. */
  targets(matches: (name: string) => boolean): CallTargets {
    const named = (names: ReadonlyMap<Address, string>): Address[] =>
      [...names].filter(([, name]) => matches(name)).map(([at]) => at);
    const stubs = pltStubs(this.elf).filter(({ name }) => matches(name));
    return {
      code: new Set([
        ...named(this.functions),
        ...stubs.map(({ address }) => address)
      ]),
      slots: new Set(named(this.imports))
    };
  }

  private atCode(address: Address): string | undefined {
    const own = this.functions.get(address);
    if (own !== undefined) {
      return own;
    }
    const { length, slotAt } = this.machine.stub;
    const stub = this.bytesAt(address, length);
    const slot = stub === undefined ? undefined : slotAt(stub, address);
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
        ({ address, type }) =>
          address === slot && type === this.machine.relative
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
