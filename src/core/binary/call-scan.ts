/** Finds the calls of known functions in all code of a file, without decoding it. */
import type { Address } from '../units';
import type { ElfFile } from './elf';
import { machineOf } from './machine';

/** What a call of a function has as its operand. */
export interface CallTargets {
  /** The function itself, and the stubs that lead to it. */
  readonly code: ReadonlySet<Address>;
  /** Pointers to it. */
  readonly slots: ReadonlySet<Address>;
}

/**
 * Addresses of what looks like a call of, or a jump to, one of the targets; ascending. Data between code
 * may look like one, too: decode before use.
 *
 * @throws ElfError if the file is damaged
 */
export function callsTo(elf: ElfFile, targets: CallTargets): Address[] {
  const machine = machineOf(elf);
  return elf.segments
    .filter(({ kind, executable }) => kind === 'load' && executable)
    .flatMap(({ address, fileSize }) =>
      machine.findCalls(elf.read(address, fileSize), address, targets)
    )
    .sort((left, right) => left - right);
}
