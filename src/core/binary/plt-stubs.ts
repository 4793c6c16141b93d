/**
 * The stubs of the procedure linkage table, through which a file calls the functions of others, by
 * name.
 */
import type { Address } from '../units';
import type { ElfFile, ElfSection } from './elf';
import { machineOf } from './machine';

/** A stub and the function that it leads to. */
export interface PltStub {
  readonly address: Address;
  /** Bytes, up to the next stub. */
  readonly size: number;
  readonly name: string;
}

/**
 * The stubs of the file, in the order of their addresses. Only imports that the file calls lazily or
 * at start through .rela.plt and .rela.dyn have a name; others are left out.
 *
 * @throws ElfError if a table is damaged
 */
export function pltStubs(elf: ElfFile): PltStub[] {
  const sections = elf.sections
    .filter(({ name, size }) => /^\.plt(\.|$)/.test(name) && size > 0)
    .sort((left, right) => left.address - right.address);
  if (sections.length === 0) {
    return [];
  }
  const slots = new Map<Address, string>();
  const { bindsFunction } = machineOf(elf);
  const relocations = elf.someRelocations({
    // .rela.dyn has the slots of .plt.got.
    sections: ['.rela.plt', '.rela.dyn'],
    type: type => bindsFunction.includes(type)
  });
  for (const { address, symbol } of relocations) {
    if (symbol !== '') {
      slots.set(address, symbol);
    }
  }
  return sections.flatMap(section => stubsOf(elf, section, slots));
}

function stubsOf(
  elf: ElfFile,
  { address, size }: ElfSection,
  slots: ReadonlyMap<Address, string>
): PltStub[] {
  const { slotAt, step, size: longest } = machineOf(elf).stub;
  const code = elf.read(address, size);
  const starts: { at: number; name: string }[] = [];
  for (let at = 0; at + step <= size; at += step) {
    const slot = slotAt(code.subarray(at, at + longest), address + at);
    const name = slot === undefined ? undefined : slots.get(slot);
    if (name !== undefined) {
      starts.push({ at, name });
    }
  }
  return starts.map(({ at, name }, index) => ({
    address: address + at,
    size: Math.min(starts[index + 1]?.at ?? size, at + longest) - at,
    name
  }));
}
